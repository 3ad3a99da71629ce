// Gradient beside central differences in float64: one model an operator, of which the squares of what it
// gives are differentiated.
import { make_model } from '../models.mjs';
import { node, port, tensor } from '../onnx_writer.mjs';
import { element_count, make_tensor } from '../tensors.mjs';

const domain = 'ai.onnx.preview.training';
const opsets = { '': 21, [domain]: 1 };
// Values that are no ties and lie off the corners of every function here.
const values = (dims, seed, scale) => make_tensor('float64', dims, Array.from({ length: element_count(dims) },
  (_, i) => scale * (((i + 1) * 37 + seed * 13) % 29 - 13.6 + seed * 0.17) / 10));
const ints = (name, ...v) => tensor(name, 'int64', [v.length], BigInt64Array.from(v, BigInt));
const square = (f) => node('Mul', [f, f], ['loss']);
const sum = (x) => x.data.reduce((a, b) => a + b, 0);
const gradient = (xs, y, { inputs = xs, outputs = xs.map((x) => `d${x}`), zs } = {}) => node('Gradient', inputs, outputs,
  { domain, name: 'grad', attributes: { xs: { strings: xs }, y, ...zs && { zs: { strings: zs } } } });

async function with_model(t, parts, use) {
  const model = await t.load_shared(make_model({ opsets, ...parts }));
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}

async function check(t, model, feeds, loss, of = Object.keys(feeds)) {
  const first = await model.run(feeds), step = 1e-5;
  for (const name of of) {
    const x = feeds[name], got = first[`d${name}`];
    t.equal(got.dims, x.dims, `shape of d${name}`);
    for (let i = 0; i < x.data.length; ++i) {
      const at = async (v) => sum((await model.run({ ...feeds, [name]: { ...x, data: x.data.with ? x.data.with(i, v) : Float64Array.from(x.data, (o, k) => k === i ? v : o) } }))[loss]);
      const want = (await at(x.data[i] + step) - await at(x.data[i] - step)) / (2 * step);
      t.assert(Math.abs(got.data[i] - want) <= 1e-5 + 1e-5 * Math.abs(want), `d${name}[${i}]: got ${got.data[i]}, expected ${want}`);
    }
  }
}

export const cases = [];
// shapes: of the inputs a, b, ...; nodes end in the value f.
function derived(name, shapes, nodes, { initializers = [], scale = 1, known = true } = {}) {
  cases.push({ name: `gradient of ${name}`, run: (t) => {
    const feeds = Object.fromEntries(shapes.map((dims, i) => ['abc'[i], values(dims, i + 1, scale)]));
    const xs = Object.keys(feeds), port_of = ([key, v]) => port(key, 'float64', known ? v.dims : null);
    return with_model(t, { inputs: Object.entries(feeds).map(port_of), initializers,
      outputs: ['loss', ...xs.map((x) => `d${x}`)].map((v) => port(v, 'float64', null)),
      nodes: [...nodes, square('f'), gradient(xs, 'loss')] }, (model) => check(t, model, feeds, 'loss'));
  } });
}
const plain = (op, shapes, attributes, options) => derived(op + (options?.what ?? ''), shapes,
  [node(op, [...shapes.map((_, i) => 'abc'[i]), ...options?.more ?? []], ['f'], { attributes })], options);

for (const op of ['Identity', 'Neg', 'Exp', 'Reciprocal', 'Abs', 'Sin', 'Cos', 'Sinh', 'Cosh', 'Atan', 'Tanh', 'Sigmoid', 'Softplus', 'Erf', 'Relu', 'LeakyRelu', 'Elu'])
  plain(op, [[2, 3]]);
plain('Tan', [[2, 3]], {}, { scale: 0.5 });
for (const op of ['Log', 'Sqrt']) derived(op, [[2, 3]], [node('Exp', ['a'], ['e']), node(op, ['e'], ['f'])]);
for (const op of ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Sum', 'Mean']) {
  plain(op, [[2, 3], [2, 3]]);
  plain(op, [[2, 1, 3], [4, 1]], {}, { what: ', broadcast' });
  plain(op, [[], [2]], {}, { what: ' of a scalar', known: false });
}
derived('Pow', [[2, 3], [3]], [node('Exp', ['a'], ['e']), node('Pow', ['e', 'b'], ['f'])]);
plain('PRelu', [[2, 3, 2], [3, 1]]);
derived('Where', [[2, 3], [3]], [node('Less', ['a', 'b'], ['c']), node('Where', ['c', 'a', 'b'], ['f'])]);
for (const [a, b] of [[[2, 3], [3, 2]], [[4, 2, 3], [3, 2]], [[2, 3], [4, 3, 2]], [[2, 1, 2, 3], [3, 3, 2]], [[3], [3]], [[3], [4, 3, 2]], [[4, 2, 3], [3]]])
  plain('MatMul', [a, b], {}, { what: ` of [${a}] and [${b}]` });
for (const transA of [0, 1])
  for (const transB of [0, 1])
    plain('Gemm', [transA ? [3, 2] : [2, 3], transB ? [4, 3] : [3, 4], [4]], { transA, transB, alpha: { float: 0.5 }, beta: { float: 1.5 } }, { what: ` ${transA} ${transB}` });
for (const op of ['ReduceSum', 'ReduceMean', 'ReduceSumSquare', 'ReduceL1', 'ReduceL2', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMin']) {
  plain(op, [[2, 3, 2]]);
  plain(op, [[2, 3, 2]], { keepdims: 0 }, { what: ' over all', known: false });
  for (const keepdims of [0, 1]) plain(op, [[2, 3, 2]], { keepdims }, { what: ` over two axes, ${keepdims}`, more: ['axes'], initializers: [ints('axes', 0, -1)] });
}
derived('ReduceLogSum', [[2, 3]], [node('Exp', ['a'], ['e']), node('ReduceLogSum', ['e'], ['f'], { attributes: { keepdims: 0 } })]);
plain('Reshape', [[2, 3]], {}, { more: ['s'], initializers: [ints('s', 3, -1)] });
plain('Flatten', [[2, 3, 2]]);
plain('Unsqueeze', [[2, 3]], {}, { more: ['s'], initializers: [ints('s', 1)] });
plain('Squeeze', [[2, 1, 3]]);
plain('Expand', [[2, 1]], {}, { more: ['s'], initializers: [ints('s', 3, 2, 4)] });
plain('Transpose', [[2, 3, 4]], { perm: [1, 2, 0] });
plain('Transpose', [[2, 3]], {}, { what: ' of a matrix' });
for (const axis of [0, -1]) plain('Concat', [[2, 2], axis ? [2, 3] : [3, 2], [2, 2]], { axis }, { what: ` along ${axis}` });
derived('Split', [[5, 2]], [node('Split', ['a', 's'], ['p', 'q', 'r']), node('Mul', ['p', 'r'], ['f'])], { initializers: [ints('s', 2, 1, 2)] });
derived('Slice', [[4, 3]], [node('Slice', ['a', 's', 'e', 'x', 'p'], ['f'])], { initializers: [ints('s', -1, 0), ints('e', -100, 2), ints('x', 0, 1), ints('p', -2, 1)] });
plain('Gather', [[3, 2]], {}, { more: ['i'], initializers: [ints('i', 2, 0, 2)], what: ' with a row twice' });
plain('Tile', [[2, 2]], {}, { more: ['s'], initializers: [ints('s', 2, 3)] });
plain('DepthToSpace', [[1, 4, 1, 2]], { blocksize: 2 });
for (const op of ['Softmax', 'LogSoftmax']) for (const axis of [0, -1]) plain(op, [[2, 3]], { axis }, { what: ` along ${axis}` });
derived('Clip', [[2, 3]], [node('Clip', ['a', 'low', 'high'], ['f'])], { initializers: [tensor('low', 'float64', [], Float64Array.of(-0.5)), tensor('high', 'float64', [], Float64Array.of(0.75))] });
derived('Cast', [[2, 2]], [node('Cast', ['a'], ['w'], { attributes: { to: 11 } }), node('Mul', ['w', 'a'], ['f'])]);
derived('a value of no floats, which is constant', [[2, 3]], [node('Floor', ['a'], ['i']), node('Mul', ['a', 'i'], ['f'])]);
derived('two layers', [[2, 3], [3, 4], [4]], [node('Gemm', ['a', 'b', 'c'], ['h']), node('Tanh', ['h'], ['u']),
  node('Softmax', ['u'], ['p']), node('Log', ['p'], ['l']), node('ReduceMean', ['l'], ['f'], { attributes: { keepdims: 0 } })]);

const port_of = (name) => port(name, 'float64', null);
cases.push({ name: 'gradient at another point: what computes y is copied', run: (t) => with_model(t, {
  inputs: ['a', 'b', 'at'].map(port_of), outputs: ['loss', 'd'].map(port_of),
  nodes: [node('Mul', ['a', 'b'], ['f']), square('f'), gradient(['a'], 'loss', { inputs: ['at', 'b'], outputs: ['d'], zs: ['b'] })],
}, async (model) => {
  const v = (...x) => make_tensor('float64', [x.length], x);
  const { loss, d } = await model.run({ a: v(1, 2), b: v(3, 4), at: v(5, 7) });  // 2 a b^2
  t.equal([[...loss.data], [...d.data]], [[9, 64], [90, 224]]);
}) });
cases.push({ name: 'gradient of a gradient', run: (t) => with_model(t, {
  inputs: ['a'].map(port_of), outputs: ['d', 'dd'].map(port_of),
  nodes: [node('Exp', ['a'], ['e']), node('Mul', ['e', 'a'], ['y']), gradient(['a'], 'y', { outputs: ['d'] }), gradient(['a'], 'd', { outputs: ['dd'] })],
}, async (model) => {
  const x = 0.5, { d, dd } = await model.run({ a: make_tensor('float64', [1], [x]) });
  t.assert(Math.abs(d.data[0] - Math.exp(x) * (1 + x)) < 1e-12 && Math.abs(dd.data[0] - Math.exp(x) * (2 + x)) < 1e-12, `${d.data} ${dd.data}`);
}) });
cases.push({ name: 'gradient by a value that is computed, and by one that y does not depend on', run: (t) => with_model(t, {
  inputs: ['a', 'b'].map(port_of), outputs: ['dh', 'db'].map(port_of),
  nodes: [node('Exp', ['a'], ['h']), square('h'), gradient(['h', 'b'], 'loss')],
}, async (model) => {
  const { dh, db } = await model.run({ a: make_tensor('float64', [1], [0]), b: make_tensor('float64', [2, 1], [3, 4]) });
  t.equal([[...dh.data], db.dims, [...db.data]], [[2], [2, 1], [0, 0]]);
}) });
for (const [name, code, nodes] of [
  ['an operator without a rule', 'no_derivative', [node('Det', ['a'], ['f'], { name: 'det' }), square('f'), gradient(['a'], 'loss', { outputs: ['d'] })]],
  ['a node that lacks an input', 'no_derivative', [node('Mul', ['a'], ['f'], { name: 'half' }), square('f'), gradient(['a'], 'loss', { outputs: ['d'] })]],
  ['a node with an absent input', 'no_derivative', [node('Sub', ['', 'a'], ['f']), square('f'), gradient(['a'], 'loss', { outputs: ['d'] })]],
  ['a name that nothing has', 'undefined_value', [square('a'), gradient(['a'], 'less', { outputs: ['d'] })]],
  ['too few inputs', 'bad_gradient', [square('a'), gradient(['a', 'b'], 'loss', { inputs: ['a'], outputs: ['d'] })]],
  ['a cycle', 'cyclic_graph', [node('Add', ['a', 'loss'], ['f']), square('f'), gradient(['a'], 'loss', { outputs: ['d'] })]],
])
  cases.push({ name: `gradient: ${name} is one sentence`, run: (t) => t.error(
    t.load(make_model({ opsets, inputs: [port_of('a'), port_of('b')], outputs: [port_of('d')], nodes })), code) });
