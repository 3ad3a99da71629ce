// One engine with one model in a process of its own, asked by messages:
//   { engine, zoo, name, warm_ms }  loads, answers once, checks the answer, warms up; gives { import, load, first } in ms
//   { ms }                          runs for that long, at least once; gives { times } in ms
// engine: 'ort' (onnxruntime-web on one thread) or a variant of Mote. An error is { error }, and the end.
import { readFileSync } from 'node:fs';
import { golden_case } from './golden.mjs';

const engines = {
  async ort() {
    const ort = await import('onnxruntime-web/wasm');
    ort.env.wasm.numThreads = 1;
    return async (path, feeds) => {  // a path is no source for it in Node
      const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(path)));
      const given = Object.fromEntries(Object.entries(feeds).map(([name, { type, dims, data }]) => [name, new ort.Tensor(type, data, dims)]));
      return () => session.run(given);
    };
  },
  async mote(variant) {
    const { load } = await import('../../js/index.js');
    return async (path, feeds) => {
      const model = await load(path, { variant });
      return () => model.run(feeds);
    };
  },
};

let run;
async function open({ engine, zoo, name, warm_ms }) {
  const { path, feeds, check } = golden_case(zoo, name);
  const t0 = performance.now();
  const create = await (engines[engine] ?? engines.mote)(engine);
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
