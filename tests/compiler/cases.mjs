// The compiler: which graph it makes of a small model, and that the graph answers as the model did. A model
// is compiled twice, the second time with its inner values as outputs: nothing can be fused or removed there.
import { compile, instantiate } from '../../js/engine.js';
import { get_module } from '../../js/modules.js';
import { make_model } from '../models.mjs';
import { node, port, tensor } from '../onnx_writer.mjs';
import { difference, make_tensor } from '../tensors.mjs';

async function graph_of(bytes) {
  const compiler = await instantiate(await get_module('compiler'));
  const copy = ({ offset, bytes: n, address }) => {
    const piece = bytes.subarray(offset, offset + n);
    compiler.memory.write(address, piece);
    return piece.length;
  };
  return JSON.parse(new TextDecoder().decode((await compile(compiler, copy)).graph));
}

// The operators in order, those of other domains with the domain in front.
const ops_of = (graph) => graph.nodes.filter((n) => n.op !== 'null').map((n) => n.domain
  ? `${n.domain}.${n.op}` : n.op);
const find = (graph, op) => graph.nodes.find((n) => n.op === op);

const sequence = (n, scale = 1) => Float32Array.from({ length: n }, (_, i) => ((i * 7 + 3) % 11 - 5) * scale);
const f32 = (dims, scale) => make_tensor('float32', dims,
  [...sequence(dims.reduce((n, d) => n * d, 1), scale)]);
const weight = (name, dims, scale = 0.25) => tensor(name, 'float32', dims,
  sequence(dims.reduce((n, d) => n * d, 1), scale));
const ints = (name, ...values) => tensor(name, 'int64', [values.length], BigInt64Array.from(values, BigInt));

async function answer(t, bytes, feeds) {
  const model = await t.load(bytes);
  try {
    return await model.run(feeds);
  } finally {
    await model.dispose();
  }
}

// parts: as make_model takes them, with x (dims) for the input and `inner`, names of values between; ops:
// what is left, null: any;
// look(graph, t): more that the graph must be.
const compiled = (name, { x, inner = [], nodes, ops, tolerance = { ulp: 4 }, look, want, ...parts }) =>
  ({ name, async run(t) {
  const build = (more) => make_model({ inputs: [port('x', 'float32', x.map((_, i) => `d${i}`))],
    outputs: [port('y', 'float32', null), ...more.map((v) => port(v, 'float32', null))], nodes, ...parts });
  const graph = await graph_of(build([]));
  if (ops) t.equal(ops_of(graph), ops, 'operators');
  await look?.(graph, t);
  const feeds = { x: f32(x) }, { y } = await answer(t, build([]), feeds);
  if (inner.length) {
    const d = difference(y, (await answer(t, build(inner), feeds)).y, tolerance);
    if (d) t.fail(`beside the model with its inner values as outputs: ${d}`);
  }
  if (want) {
    const d = difference(y, want, tolerance);
    if (d) t.fail(d);
  }
} });

const old = (version) => ({ opsets: { '': version } });
const floats = (dims, ...values) => make_tensor('float32', dims, values);

const upgrades = [
  compiled('upgrade: Clip of opset 6 takes its limits as inputs', { ...old(6), x: [5], ops: ['Clip'],
    nodes: [node('Clip', ['x'], ['y'], { attributes: { min: { float: -1 }, max: { float: 2 } } })],
    look: (g, t) => t.equal([find(g, 'Clip').inputs.length, find(g, 'Clip').attrs?.min], [3, undefined],
      'inputs, attribute min'),
    want: floats([5], -1, 2, 1, -1, 2) }),
  compiled('upgrade: Squeeze of opset 11 takes its axes as an input', { ...old(11), x: [1, 3, 1],
    ops: ['Squeeze'],
    nodes: [node('Squeeze', ['x'], ['y'], { attributes: { axes: [0] } })],
    look: (g, t) => t.equal(find(g, 'Squeeze').inputs.length, 2, 'inputs'), want: floats([3, 1], -2, 5, 1) }),
  compiled('upgrade: Softmax of opset 11 goes over all dimensions from its axis on',
    { ...old(11), x: [2, 2, 2], ops: null,
    nodes: [node('Softmax', ['x'], ['y'], { attributes: { axis: 1 } })], tolerance: { ulp: 8 },
    want: (() => {
      const x = sequence(8), rows = [x.subarray(0, 4), x.subarray(4)];
      return floats([2, 2, 2], ...rows.flatMap((r) => { const e = [...r].map(Math.exp),
        sum = e.reduce((a, b) => a + b); return e.map((v) => v / sum); }));
    })() }),
  compiled('upgrade: Dropout of opset 6 lets its input through', { ...old(6), x: [3], ops: null,
    nodes: [node('Dropout', ['x'], ['d'], { attributes: { ratio: { float: 0.5 }, is_test: 1 } }),
      node('Relu', ['d'], ['y'])], want: floats([3], 0, 5, 1) }),
];

const folds = [
  compiled('fold: what constants alone decide is a constant', { x: [2, 3], ops: ['Reshape'],
    initializers: [ints('a', 1, 1), ints('b', 2, 1)], want: f32([3, 2]),
    nodes: [node('Add', ['a', 'b'], ['s']), node('Reshape', ['x', 's'], ['y'])],
    look: (g, t) => t.equal(g.nodes.filter((n) => n.attrs?.data !== undefined).length, 1, 'constants') }),
  compiled('fold: a node that no output needs is dropped', { x: [2], ops: ['Relu'],
    nodes: [node('Exp', ['x'], ['unused']), node('Relu', ['x'], ['y'])], want: floats([2], 0, 5) }),
  compiled('fold: Identity is dropped', { x: [2], ops: ['Neg'],
    nodes: [node('Identity', ['x'], ['i']), node('Neg', ['i'], ['j']), node('Identity', ['j'], ['y'])],
      want: floats([2], 2, -5) }),
];

const conv = node('Conv', ['x', 'w', 'b'], ['c'], { name: 'conv', attributes: { pads: [1, 1, 1, 1] } });
const conv_weights = [weight('w', [4, 2, 3, 3]), weight('b', [4])];
const moments = ['scale', 'shift', 'mean'].map((name) => weight(name, [4])).concat(tensor('variance',
  'float32', [4], Float32Array.of(1, 2, 3, 0.5)));
const fuses = [
  compiled('fuse: Conv and Relu', { x: [1, 2, 5, 5], inner: ['c'], ops: ['mote.Conv'],
    initializers: conv_weights,
    nodes: [conv, node('Relu', ['c'], ['y'])], look: (g, t) => t.equal(find(g, 'Conv').attrs.activation,
      'Relu', 'activation') }),
  compiled('fuse: batch normalisation goes into the weights of Conv', { x: [1, 2, 5, 5], inner: ['c'],
    tolerance: { atol: 1e-5, rtol: 1e-5 }, ops: null,
    initializers: [...conv_weights, ...moments],
      nodes: [conv, node('BatchNormalization', ['c', 'scale', 'shift', 'mean', 'variance'], ['y'])],
    look: (g, t) => t.assert(!find(g, 'BatchNormalization') && ops_of(g).filter((op) => /Conv$/.test(op))
      .length === 1, `operators: ${ops_of(g)}`) }),
  compiled('fuse: MatMul and its bias', { x: [2, 3], inner: ['m'], ops: null,
    initializers: [weight('w', [3, 4]), weight('b', [4])],
    nodes: [node('MatMul', ['x', 'w'], ['m']), node('Add', ['m', 'b'], ['y'])],
    look: (g, t) => t.assert(!find(g, 'Add'), `operators: ${ops_of(g)}`) }),
  compiled('fuse: a Conv that others read too stays', { x: [1, 2, 4, 4], inner: ['c'],
    ops: ['Conv', 'Relu', 'Add'], initializers: conv_weights,
    nodes: [conv, node('Relu', ['c'], ['r']), node('Add', ['c', 'r'], ['y'])] }),
];

export const cases = [...upgrades, ...folds, ...fuses];
