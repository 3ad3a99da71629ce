// The threads variants: answers that do not depend on the number of threads, and workers that come and go.
import { floats, make_model } from '../models.mjs';
import { node, port, tensor } from '../onnx_writer.mjs';

const list = [];
const add = (name, run) => list.push({ name, run(t) {
  if (!t.variant.startsWith('threads')) t.skip('not a variant with threads');
  return run(t);
} });

const values = (dims, seed) => {
  const data = Float32Array.from({ length: dims.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(i * 12.9898 + seed) * 3);
  return { type: 'float32', dims, data };
};
// Of the bits of outputs: two hashes.
const bits = (outputs) => Object.values(outputs).map(({ data }) => {
  let a = 0x811c9dc5, b = data.length;
  for (const word of new Uint32Array(data.buffer, data.byteOffset, data.length)) {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b, 31) + word | 0;
  }
  return `${a} ${b}`;
}).join();

// One operator on x with weights.
const single = (op, x, weights, attributes = {}, opset = 17) => [op, make_model({
  opsets: { '': opset },
  inputs: [port('x', 'float32', x)], outputs: [port('y', 'float32', null)],
  initializers: weights.map((dims, i) => tensor(`w${i}`, 'float32', dims, values(dims, i).data)),
  nodes: [node(op, ['x', ...weights.map((_, i) => `w${i}`)], ['y'], { attributes })] }), x];
const conv = (x, w, attributes = {}) => single('Conv', x, [w, [w[0]]], { kernel_shape: w.slice(2), ...attributes });

const models = [
  single('MatMul', [37, 131], [[131, 203]]), single('MatMul', [1, 1031], [[1031, 613]]), single('MatMul', [3, 5, 67, 129], [[129, 65]]),
  single('MatMul', [6, 65, 129], [[6, 129, 67]]), single('MatMul', [1021, 257], [[257, 1]]), single('MatMul', [1023, 259], [[259, 9]]),
  single('Gemm', [129, 65], [[127, 65], [127]], { transB: 1 }), single('Gemm', [65, 129], [[65, 127], [127]], { transA: 1 }),
  conv([1, 31, 45, 53], [45, 31, 1, 1]), conv([1, 129, 7, 7], [203, 129, 1, 1]), conv([2, 13, 37, 41], [29, 13, 3, 3], { pads: [1, 1, 1, 1] }),
  conv([1, 3, 99, 101], [17, 3, 7, 7], { strides: [2, 2], pads: [3, 3, 3, 3] }), conv([1, 64, 9, 11], [65, 64, 3, 3], { pads: [1, 1, 1, 1] }),
  conv([1, 33, 43, 47], [33, 1, 3, 3], { group: 33, pads: [1, 1, 1, 1] }), conv([2, 33, 43, 47], [33, 1, 5, 5], { group: 33, pads: [2, 2, 2, 2], strides: [2, 2] }),
  conv([1, 24, 43, 47], [36, 6, 3, 3], { group: 4, dilations: [2, 2] }), conv([1, 61, 1501], [67, 61, 3]), conv([1, 61, 601], [67, 61, 3], { strides: [2] }),
  single('MatMul', [131, 769], [[769, 1031]]), single('ConvTranspose', [1, 24, 31, 37], [[24, 19, 2, 2], [19]], { strides: [2, 2] }),
  single('ConvTranspose', [1, 24, 31, 37], [[24, 19, 2, 3], [19]], { strides: [2, 2], pads: [1, 1, 0, 1] }), single('ConvTranspose', [2, 37, 401], [[37, 29, 16], [29]], { strides: [8] }),
  single('Concat', [3, 41001], [[3, 29001]], { axis: 1 }),
  single('Softmax', [131, 1021], []), single('Softmax', [7, 1021, 13], [], { axis: 1 }), single('Sigmoid', [99991], []), single('Erf', [313, 331], []),
  single('LayerNormalization', [331, 257], [[257], [257]]), single('InstanceNormalization', [2, 17, 43, 47], [[17], [17]]),
  single('MaxPool', [2, 17, 61, 67], [], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }), single('AveragePool', [1, 19, 61, 67], [], { kernel_shape: [3, 3] }),
  single('GlobalAveragePool', [1, 131, 47, 43], []), single('Add', [331, 257], [[257]]), single('Mul', [1, 67, 41, 43], [[67, 1, 1]]),
];

add('1, 2 and 4 threads give the same bits', async (t) => {
  for (const [op, bytes, dims] of models) {
    const feeds = { x: values(dims, 7) };
    let want;
    for (const threads of [1, 2, 4]) {
      const model = await t.load(bytes, { threads });
      // workers start after the first run that has work for them
      for (let i = 0; i < (threads > 1 ? 4 : 1); ++i) {
        const got = bits(await model.run(feeds));
        t.assert((want ??= got) === got, `${op} [${dims}] on ${threads} threads, run ${i}`);
        await new Promise((done) => setTimeout(done, threads > 1 ? 20 : 0));
      }
      model.dispose();
    }
  }
});

let made;
// over 16 MB: workers start while it loads
const large = () => made ??= single('MatMul', [16, 1031], [[1031, 4099]]);

// Threads of the process: those of workers among them.
async function count_threads() {
  const { readdirSync } = await import('node:fs');
  return readdirSync('/proc/self/task').length;
}
add('no worker outlives its model', async (t) => {
  if (!t.node) t.skip('only Node can count them');
  const [, bytes, dims] = large(), feeds = { x: values(dims, 1) };
  const models = [];
  const once = async () => {
    const model = await t.load(bytes, { threads: 4 });
    models.push(model);
    return model.run(feeds);
  };
  const want = bits(await once());
  const with_workers = await count_threads();
  models.pop().dispose();
  for (let i = 0; i < 50; ++i) {
    if (i % 3) t.assert(bits(await once()) === want, `load ${i}`);
    else models.push(await t.load(bytes, { threads: 4 }));
    models.pop().dispose();
  }
  for (let i = 0; i < 200 && await count_threads() > with_workers - 3; ++i) await new Promise((done) => setTimeout(done, 20));
  t.assert(await count_threads() <= with_workers - 3, `${await count_threads()} threads, with one model's workers ${with_workers}`);
});
add('loads that fail or end early leave no worker', async (t) => {
  if (!t.node) t.skip('only Node can count them');
  const [, bytes] = large();
  (await t.load(bytes, { threads: 2 })).dispose();
  await new Promise((done) => setTimeout(done, 300));
  const before = await count_threads();
  for (let i = 0; i < 5; ++i) {
    const controller = new AbortController();
    await t.load(bytes, { threads: 4, signal: controller.signal, progress: ({ phase }) => phase === 'weights' && controller.abort() }).then(() => t.fail('it loaded'), () => {});
  }
  for (let i = 0; i < 200 && await count_threads() > before; ++i) await new Promise((done) => setTimeout(done, 20));
  t.assert(await count_threads() <= before, `${await count_threads()} threads, before ${before}`);
});
add('two models at once, each with workers', async (t) => {
  const [, bytes, dims] = large(), feeds = { x: values(dims, 1) };
  const [a, b] = await Promise.all([t.load(bytes, { threads: 2 }), t.load(bytes, { threads: 3 })]);
  const answers = await Promise.all([a, b, a, b].map((model) => model.run(feeds)));
  t.equal(new Set(answers.map(bits)).size, 1, 'different answers');
  a.dispose();
  t.assert(bits(await b.run(feeds)) === bits(answers[0]), 'after the other one is gone');
  b.dispose();
});
add('an abort between nodes leaves the workers in order', async (t) => {
  const n = 400, dims = [128, 300];
  const bytes = make_model({
    opsets: { '': 17 },
    inputs: [port('x', 'float32', dims)], outputs: [port('y', 'float32', dims)],
    initializers: [tensor('w', 'float32', [300, 300], values([300, 300], 3).data.map((v) => v / 90))],
    nodes: Array.from({ length: n }, (_, i) => node('MatMul', [i ? `t${i - 1}` : 'x', 'w'], [i < n - 1 ? `t${i}` : 'y'])) });
  const feeds = { x: values(dims, 2) };
  const model = await t.load(bytes, { threads: 2 });
  const want = bits(await model.run(feeds));
  for (let i = 0; i < 3; ++i) {
    const controller = new AbortController(), reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 5);
    const e = await model.run(feeds, { signal: controller.signal }).then(() => null, (e) => e);
    t.assert(e === reason, `aborted: ${e}`);
    t.assert(bits(await model.run(feeds)) === want, 'the next run');
  }
  const last = model.run(feeds);
  setTimeout(() => model.dispose(), 5);
  await t.error(last, 'disposed');
});
add('an error leaves the workers in order', async (t) => {
  const [, bytes, dims] = large(), model = await t.load(bytes, { threads: 2 });
  const want = bits(await model.run({ x: values(dims, 1) }));
  await t.error(model.run({ x: floats(1) }), 'bad_shape');
  t.assert(bits(await model.run({ x: values(dims, 1) })) === want, 'the next run');
  model.dispose();
});
add('a number of threads that is none', async (t) => {
  for (const threads of [0, -1, 1.5, 17, 'two', NaN]) await t.error(t.load(large()[1], { threads }), 'bad_threads');
});

export const cases = list;
