// Single operators, or a few in a row so that what a run costs besides does not hide them: name → { model, feeds, flops, bytes }.
// bytes: read and written by each operator, weights too. A multiply-add counts as two.
import { graph, model, node, port, tensor } from '../onnx_writer.mjs';

const elements = (dims) => dims.reduce((n, d) => n * d, 1);
// The same numbers in every process.
const values = (dims, seed) => Float32Array.from({ length: elements(dims) }, (_, i) => Math.sin(i * 12.9898 + seed) / 2);

// feeds: dims by name. weights: dims by name, or a tensor made ready.
function make({ nodes, feeds, weights = {}, out, flops = 0, passes = nodes.length }) {
  const total = (list) => list.reduce((n, dims) => n + elements(dims), 0);
  const given = Object.entries(weights).filter(([, dims]) => Array.isArray(dims));
  return {
    model: () => model({ opsets: { '': 17 }, graph: graph({
      inputs: Object.entries(feeds).map(([name, dims]) => port(name, 'float32', dims)), outputs: [port('y', 'float32', out)],
      initializers: Object.entries(weights).map(([name, dims], i) => Array.isArray(dims) ? tensor(name, 'float32', dims, values(dims, i)) : dims), nodes }) }),
    feeds: () => Object.fromEntries(Object.entries(feeds).map(([name, dims], i) => [name, { type: 'float32', dims, data: values(dims, 7 + i) }])),
    flops,
    bytes: 4 * (passes * (total(Object.values(feeds)) + elements(out)) + total(given.map(([, dims]) => dims))),
  };
}

// op on x with weights w0, w1, …; terms: the multiply-adds of one element of the answer.
const single = (op, x, weights, out, terms, attributes = {}) => make({
  nodes: [node(op, ['x', ...weights.map((_, i) => `w${i}`)], ['y'], { attributes })], feeds: { x },
  weights: Object.fromEntries(weights.map((dims, i) => [`w${i}`, dims])), out, flops: 2 * elements(out) * terms });
const conv = (channels, rows, kernel, size, stride = 1, group = 1) => {
  const pad = kernel >> 1, side = Math.floor((size + 2 * pad - kernel) / stride) + 1;
  return single('Conv', [1, channels, size, size], [[rows, channels / group, kernel, kernel], [rows]], [1, rows, side, side],
    channels / group * kernel * kernel, { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride], group });
};
const matmul = (n) => single('MatMul', [n, n], [[n, n]], [n, n], n);

const block = [1, 512, 1024];  // 2 MB
// Four of them in a row, the first on x.
const chain = (op, dims = block, weights = {}, attributes = {}) => make({
  nodes: [0, 1, 2, 3].map((i) => node(op, [i ? `t${i}` : 'x', ...Object.keys(weights)], [i < 3 ? `t${i + 1}` : 'y'], { attributes })), feeds: { x: dims }, weights, out: dims });

const scalar = (name, value) => tensor(name, 'float32', [], Float32Array.of(value));
const gelu = make({
  nodes: [node('Div', ['x', 'c'], ['a']), node('Erf', ['a'], ['e']), node('Add', ['e', 'one'], ['p']), node('Mul', ['x', 'p'], ['m']), node('Mul', ['m', 'half'], ['y'])],
  feeds: { x: block }, weights: { c: scalar('c', Math.SQRT2), one: scalar('one', 1), half: scalar('half', 0.5) }, out: block });
const heads = [1, 12, 128, 64];
const attention = make({
  nodes: [node('Transpose', ['k'], ['kt'], { attributes: { perm: [0, 1, 3, 2] } }), node('MatMul', ['x', 'kt'], ['qk']), node('Mul', ['qk', 'sc'], ['q2']),
    node('Softmax', ['q2'], ['p'], { attributes: { axis: -1 } }), node('MatMul', ['p', 'v'], ['y'])],
  feeds: { x: heads, k: heads, v: heads }, weights: { sc: scalar('sc', 0.125) }, out: heads, flops: 4 * 12 * 128 * 128 * 64, passes: 1 });
const resize = (mode, more) => make({
  nodes: [node('Resize', ['x', '', 's'], ['y'], { attributes: { mode, ...more } })], feeds: { x: [1, 64, 45, 45] },
  weights: { s: tensor('s', 'float32', [4], Float32Array.of(1, 1, 2, 2)) }, out: [1, 64, 90, 90] });

export const operators = {
  matmul_128: matmul(128),
  matmul_256: matmul(256),
  matmul_512: matmul(512),
  matmul_1024: matmul(1024),
  matmul_one_row_2048: single('MatMul', [1, 2048], [[2048, 2048]], [1, 2048], 2048),
  gemm_128x768x3072: single('Gemm', [128, 768], [[3072, 768], [3072]], [128, 3072], 768, { transB: 1 }),
  conv1x1_64_56: conv(64, 256, 1, 56),
  conv1x1_512_14: conv(512, 512, 1, 14),
  conv1x1_gate: conv(240, 60, 1, 1),
  conv3x3_64_56: conv(64, 64, 3, 56),
  conv3x3_256_14: conv(256, 256, 3, 14),
  conv3x3s2_3_224: conv(3, 32, 3, 224, 2),
  conv7x7s2_3_224: conv(3, 64, 7, 224, 2),
  conv3x3_128_28_g32: conv(128, 128, 3, 28, 1, 32),
  depthwise3x3_96_112: conv(96, 96, 3, 112, 1, 96),
  depthwise3x3s2_96_112: conv(96, 96, 3, 112, 2, 96),
  depthwise5x5_240_28: conv(240, 240, 5, 28, 1, 240),
  conv_transpose2x2_64_28: single('ConvTranspose', [1, 64, 28, 28], [[64, 64, 2, 2]], [1, 64, 56, 56], 64, { strides: [2, 2] }),
  max_pool3x3s2_64_112: single('MaxPool', [1, 64, 112, 112], [], [1, 64, 56, 56], 0, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  average_pool3x3_64_56: single('AveragePool', [1, 64, 56, 56], [], [1, 64, 56, 56], 0, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  global_average_pool_512_32: single('GlobalAveragePool', [1, 512, 32, 32], [], [1, 512, 1, 1], 0),
  lstm_128: single('LSTM', [32, 1, 128], [[1, 512, 128], [1, 512, 128], [1, 1024]], [32, 1, 1, 128], 1024, { hidden_size: 128 }),
  attention_12x128x64: attention,
  softmax: chain('Softmax', block, {}, { axis: -1 }),
  relu: chain('Relu'),
  sigmoid: chain('Sigmoid'),
  tanh: chain('Tanh'),
  erf: chain('Erf'),
  exp: make({ nodes: [node('Neg', ['x'], ['n0']), node('Exp', ['n0'], ['t0']), node('Neg', ['t0'], ['n1']), node('Exp', ['n1'], ['y'])], feeds: { x: block }, out: block }),
  gelu_decomposed: gelu,
  add: make({ nodes: [0, 1, 2, 3].map((i) => node('Add', [i ? `t${i}` : 'x', 'b'], [i < 3 ? `t${i + 1}` : 'y'])), feeds: { x: block, b: block }, out: block }),
  mul_row: chain('Mul', block, { b: [1024] }),
  add_channel: chain('Add', [1, 64, 91, 90], { b: [1, 64, 1, 1] }),
  layer_norm: chain('LayerNormalization', block, { g: [1024], b: [1024] }, { axis: -1 }),
  instance_norm: single('InstanceNormalization', [1, 64, 90, 90], [[64], [64]], [1, 64, 90, 90], 0),
  reduce_mean_last: single('ReduceMean', block, [], [1, 512, 1], 0, { axes: [-1] }),
  reduce_mean_axis1: single('ReduceMean', block, [], [1, 1, 1024], 0, { axes: [1] }),
  transpose: single('Transpose', block, [], [1, 1024, 512], 0, { perm: [0, 2, 1] }),
  transpose_heads: single('Transpose', [1, 512, 16, 64], [], [1, 16, 512, 64], 0, { perm: [0, 2, 1, 3] }),
  transpose_nhwc: single('Transpose', [1, 64, 90, 90], [], [1, 90, 90, 64], 0, { perm: [0, 2, 3, 1] }),
  concat: make({ nodes: [node('Concat', ['x', 'b'], ['y'], { attributes: { axis: 1 } })], feeds: { x: [1, 32, 90, 90], b: [1, 32, 90, 90] }, out: [1, 64, 90, 90] }),
  resize_nearest: resize('nearest', { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }),
  resize_linear: resize('linear', { coordinate_transformation_mode: 'half_pixel' }),
};
