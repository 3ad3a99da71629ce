// One engine with one model in a process of its own, asked by messages:
//   { engine, zoo, name, warm_ms }  loads, answers once, checks the answer, warms up; gives { import, load, first } in ms
//   { ms }                          runs for that long, at least once; gives { times } in ms
// engine: 'ort' (onnxruntime-web), 'native' (onnxruntime-node) or a variant of Mote; ':2' behind it: on two threads.
// An error is { error }, and the end.
import { readFileSync } from 'node:fs';
import { golden_case } from './golden.mjs';

// A path is no source for onnxruntime-web in Node.
const session_of = (ort, options) => async (path, feeds) => {
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(path)), options);
  const given = Object.fromEntries(Object.entries(feeds).map(([name, { type, dims, data }]) => [name, type === 'string' ? new ort.Tensor(data, dims) : new ort.Tensor(type, data, dims)]));
  return () => session.run(given);
};
const engines = {
  async ort(_, threads) {
    const ort = await import(threads > 1 ? 'onnxruntime-web' : 'onnxruntime-web/wasm');  // in Node only the former finds its worker
    ort.env.wasm.numThreads = threads;
    return session_of(ort, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  },
  async native(_, threads) {
    const { default: ort } = await import('onnxruntime-node');
    return session_of(ort, { executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3 });
  },
  async mote(variant, threads) {
    const { load } = await import('../../js/index.js');
    return async (path, feeds) => {
      const model = await load(path, { variant, threads });
      return () => model.run(feeds);
    };
  },
};

let run;
async function open({ engine, zoo, name, warm_ms }) {
  const { path, feeds, check } = golden_case(zoo, name);
  const t0 = performance.now();
  const [kind, threads = 1] = engine.split(':');
  const create = await (engines[kind] ?? engines.mote)(kind, Number(threads));
  const t1 = performance.now();
  run = await create(path, feeds);
  const t2 = performance.now();
  const outputs = await run();
  const t3 = performance.now();
  const wrong = check(outputs);
  if (wrong) throw new Error(`wrong answer of ${engine}: ${wrong}`);
  while (performance.now() < t3 + warm_ms) await run();
  return { import: t1 - t0, load: t2 - t1, first: t3 - t2 };
}

async function time(ms) {
  const times = [], start = performance.now();
  do {
    const from = performance.now();
    await run();
    times.push(performance.now() - from);
  } while (performance.now() < start + ms);
  return { times };
}

process.on('message', (m) => (m.engine ? open(m) : time(m.ms)).catch((e) => ({ error: e.message })).then((answer) => process.send(answer)));
