// One engine with one model or operator in a process or a page of its own, asked by messages:
//   { engine, root, zoo, name, warm_ms }  loads a model, answers once, checks the answer, warms up; gives {
//                                         import, load, first } in ms
//   { engine, op, warm_ms }               the same of an operator; gives { first, later, answer }: the first
//                                         call and the hundredth (or
//                                         the last of the warm-up) in ms, and the bytes of y as base64
//   { ms }                                runs for that long, at least once; gives { times } in ms
//   { own: ms }                           Mote on one thread: gives { own }, the least ms of its operators
//                                         without what a run costs besides
// engine: 'ort' (onnxruntime-web), 'native' (onnxruntime-node), 'tfjs' (operators only), or a variant of
// Mote; ':2' behind it: on two threads. An error is { error }, and the end.
import { golden_case } from './golden.mjs';
import { operators } from './operators.mjs';
import { import_native, import_ort, import_tf, in_page, native_options, session_of, web_options } from './peers.mjs';

async function read(path) {
  if (in_page) {
    const response = await fetch(path);
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
  }
  const { existsSync, readFileSync } = await import('node:fs');
  return existsSync(path) ? new Uint8Array(readFileSync(path)) : null;
}

let own_times;  // of each step, while they are wanted

// Mote with a step of a run at a time, where own_times are wanted.
async function stepping(variant) {
  const [{ instantiate }, { get_module }] = await Promise.all([import('../../js/engine.js'), import('../../js/modules.js')]);
  const [runtime, compiler] = await Promise.all([variant, 'compiler'].map(async (name) => instantiate(await get_module(name))));
  const real = runtime.exports.mote_run, paused = 2;
  const mote_run = (context, steps) => {
    if (!own_times) return real(context, steps);
    for (let i = 0; ; ++i) {
      const from = performance.now(), state = real(context, 1);
      own_times[i] = Math.min(own_times[i] ?? Infinity, performance.now() - from);
      if (state !== paused) return state;
    }
  };
  return { variant, runtime: { ...runtime, exports: { ...runtime.exports, mote_run } }, compiler };
}

// Each gives a function from { path, bytes } and feeds to one that runs. A path is no source for
// onnxruntime-web in Node.
const engines = {
  async ort(_, threads) {
    const ort = await import_ort(threads);
    return async ({ path, bytes }, feeds) => (await session_of(ort, bytes ?? await read(path), feeds, web_options)).run;
  },
  async native(_, threads) {
    const ort = await import_native();
    return async ({ path, bytes }, feeds) => (await session_of(ort, bytes ?? await read(path), feeds, native_options(threads))).run;
  },
  async mote(variant, threads) {
    const { load } = await import('../../js/index.js');
    return async ({ path, bytes }, feeds) => {
      const model = await load(path ?? bytes, bytes && threads === 1 ? { engine: await stepping(variant) } : { variant, threads });
      return () => model.run(feeds);
    };
  },
};
const created = (engine) => {
  const [kind, threads = 1] = engine.split(':');
  return (engines[kind] ?? engines.mote)(kind, Number(threads));
};

let run;
async function open({ engine, root, zoo, name, warm_ms }) {
  const { path, feeds, check } = await golden_case(root, zoo, name, read);
  const t0 = performance.now();
  const create = await created(engine);
  const t1 = performance.now();
  run = await create({ path }, feeds);
  const t2 = performance.now();
  const outputs = await run();
  const t3 = performance.now();
  const wrong = check(outputs);
  if (wrong) throw new Error(`wrong answer of ${engine}: ${wrong}`);
  while (performance.now() < t3 + warm_ms) await run();
  return { import: t1 - t0, load: t2 - t1, first: t3 - t2 };
}

// tfjs's answers are { y: { data } } as well: synchronous copies.
async function tfjs_run({ tfjs, feeds, constants }) {
  const tf = await import_tf();
  const known = Object.entries({ ...feeds(), ...constants() }).filter(([, { type }]) => type === 'float32');
  const values = Object.fromEntries(known.map(([name, { type, dims, data }]) => [name, tf.tensor(data, dims, type)]));
  const { run, back } = tfjs(tf, values);
  const data_of = (f) => {
    let data;
    tf.tidy(() => { data = f().dataSync(); });  // what a tidy returns it walks, element by element
    return data;
  };
  return { run: () => ({ y: { data: data_of(run) } }), ours: () => data_of(() => back ? tf.transpose(run(), back) : run()) };
}

const base64 = ({ buffer, byteOffset, byteLength }) => {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return bytes.toBase64?.() ?? Buffer.from(bytes).toString('base64');
};
async function open_operator({ engine, op, warm_ms }) {
  const one = operators[op];
  const tf = engine === 'tfjs' && await tfjs_run(one);
  run = tf ? tf.run : await (await created(engine))({ bytes: one.model() }, one.feeds());
  const start = performance.now(), { y } = await run(), first = performance.now() - start;
  let later = first;
  for (let calls = 2; calls === 2 || performance.now() < start + warm_ms; ++calls) {
    const from = performance.now();
    await run();
    if (calls <= 100) later = performance.now() - from;
  }
  return { first, later, answer: base64(tf ? tf.ours() : y.data) };
}

async function own(ms) {
  own_times = [];
  const start = performance.now();
  do await run(); while (performance.now() < start + ms);
  const sum = own_times.reduce((a, b) => a + b, 0);
  own_times = null;
  return { own: sum };
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

export const answer = (message) => (message.op ? open_operator(message) : message.engine ? open(message) : message.own !== undefined ? own(message.own) : time(message.ms))
  .catch((e) => ({ error: e.message }));
