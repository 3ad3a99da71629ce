// Single operators, or a few in a row so that what a run costs besides does not hide them: name → { model,
// feeds, constants, flops, bytes, most_error, goal, simd_goal, tfjs }. bytes: read and written by each
// operator, weights too. A multiply-add counts as two. goal: { ratio: onnxruntime-web's least time ÷ Mote's,
// of whole runs; peak: GFLOP/s ÷ the peak measured; copy: GB/s ÷ those of a copy of as many bytes }, the
// latter two of the operator's own time. simd_goal: the ratio without relaxed SIMD. tfjs(tf, values): the
// same by tfjs-backend-wasm where it has it: { run, back }, values are its tensors by name; where it wants
// channels last, they are put there before, and back is the order of axes that gives ours again.
import { graph, model, node, port, tensor } from '../onnx_writer.mjs';
import { array_of, element_count } from '../tensors.mjs';

// The same numbers in every process: float32 up to a half, integers of the whole range.
function values(type, dims, seed) {
  const n = element_count(dims);
  if (type === 'float32') return Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 + seed) / 2);
  return array_of(type).from({ length: n }, (_, i) => Math.imul(i + seed + 1, 2654435761) >>> 16);
}
const tensor_of = (entry, seed) => {
  const { type, dims, data } = Array.isArray(entry) ? { type: 'float32', dims: entry } : entry;
  return { type, dims, data: data ?? values(type, dims, seed) };
};
const made = (entries, seed) => Object.fromEntries(Object.entries(entries).map(([name, entry], i) => [name, tensor_of(entry, seed + i)]));

// feeds, weights: dims by name, or { type, dims, data? }. out: dims, or { type, dims }. passes: how often
// feeds are read, and as much as the answer is written.
function make({ nodes, feeds, weights = {}, out, flops = 0, passes = nodes.length, bytes, most_error = 1e-3, ...more }) {
  const y = Array.isArray(out) ? { type: 'float32', dims: out } : out, size = ({ data }) => data.byteLength;
  const total = (tensors) => Object.values(tensors).reduce((n, t) => n + size(t), 0);
  return {
    model() {
      const constants = made(weights, 0), ins = Object.entries(made(feeds, 7));
      return model({ opsets: { '': 17, 'com.microsoft': 1 }, graph: graph({
        inputs: ins.map(([name, t]) => port(name, t.type, t.dims)), outputs: [port('y', y.type, y.dims)],
        initializers: Object.entries(constants).map(([name, t]) => tensor(name, t.type, t.dims, t.data)), nodes }) });
    },
    feeds: () => made(feeds, 7),
    constants: () => made(weights, 0),
    flops, most_error, type: y.type,
    get bytes() { return bytes ?? passes * (total(made(feeds, 7)) + element_count(y.dims) * array_of(y.type).BYTES_PER_ELEMENT) + total(made(weights, 0)); },
    ...more,
  };
}

const names_of = (weights) => weights.map((_, i) => `w${i}`);
// op on x with weights w0, w1, …; terms: the multiply-adds of one element of the answer.
const single = (op, x, weights, out, terms, attributes = {}, more = {}) => make({
  nodes: [node(op, ['x', ...names_of(weights)], ['y'], { attributes })], feeds: { x },
  weights: Object.fromEntries(weights.map((entry, i) => [`w${i}`, entry])), out, flops: 2 * element_count(out.dims ?? out) * terms, ...more });
// n of them in a row, the first on x.
const chain = (op, dims = block, weights = {}, attributes = {}, more = {}, n = 4) => make({
  nodes: Array.from({ length: n }, (_, i) => node(op, [i ? `t${i}` : 'x', ...Object.keys(weights)], [i < n - 1 ? `t${i + 1}` : 'y'], { attributes })),
  feeds: { x: dims }, weights, out: dims, ...more });
const repeated = (f, n = 4) => (tf, { x, ...rest }) => ({ run: () => {
  let y = x;
  for (let i = 0; i < n; ++i) y = f(tf, y, rest);
  return y;
} });

const block = [1, 512, 1024];  // 2 MB
const scalar = (type, value) => ({ type, dims: [], data: array_of(type).of(value) });
const ints = (...list) => ({ type: 'int64', dims: [list.length], data: BigInt64Array.from(list, BigInt) });
const exact = { most_error: 0 };

// ---- products

const bound = { goal: { ratio: 1.8, peak: 0.85 }, simd_goal: 1.5 };
const matmul = (n, goals) => single('MatMul', [n, n], [[n, n]], [n, n], n, {}, { ...goals, tfjs: (tf, { x, w0 }) => ({ run: () => tf.matMul(x, w0) }) });
const product = (op, x, w, zeros = []) => single(op, x, [w, ...zeros], { type: 'int32', dims: [x.dims[0], w.dims[1]] }, x.dims[1], {}, exact);
const bytes_of = (type, ...dims) => ({ type, dims });
const nbits = (rows, attributes) => {
  const n = 2048, block_size = 32;
  return make({ nodes: [node('MatMulNBits', ['x', 'w', 's'], ['y'], { domain: 'com.microsoft', attributes: { K: n, N: n, bits: 4, block_size, ...attributes } })],
    feeds: { x: [rows, n] }, weights: { w: bytes_of('uint8', n, n / block_size, block_size / 2),
      s: { type: 'float32', dims: [n * n / block_size], data: new Float32Array(n * n / block_size).fill(0.01) } },
    out: [rows, n], flops: 2 * rows * n * n, most_error: attributes?.accuracy_level ? 0.5 : 2e-2 });
};

// ---- convolutions and pools

const last = [0, 2, 3, 1], first = [0, 3, 1, 2];
// Values with channels last; weights by the given order.
const turned = (tf, x, w, order) => [tf.keep(tf.transpose(x, last)), w && tf.keep(tf.transpose(w, order))];
function conv(channels, rows, kernel, size, stride = 1, group = 1, goals = {}) {
  const pad = kernel >> 1, side = Math.floor((size + 2 * pad - kernel) / stride) + 1, depthwise = group === channels;
  return single('Conv', [1, channels, size, size], [[rows, channels / group, kernel, kernel], [rows]], [1, rows, side, side],
    channels / group * kernel * kernel, { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride], group },
    { ...goals, tfjs: group > 1 && !depthwise ? null : (tf, { x, w0, w1 }) => {
      const [image, weight] = turned(tf, x, w0, depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]), pads = [[0, 0], [pad, pad], [pad, pad], [0, 0]];
      const padded = pad ? tf.keep(tf.pad(image, pads)) : image;  // its Conv2D takes no pads of odd strides
      const op = depthwise ? tf.depthwiseConv2d : tf.conv2d;
      return { run: () => tf.add(op(stride > 1 ? padded : image, weight, stride, stride > 1 ? 'valid' : 'same'), w1), back: first };
    } });
}
// Each lies between two convolutions: four in a row.
const depthwise_chain = (channels, size, goals) => {
  const dims = [1, channels, size, size];
  return chain('Conv', dims, { w: [channels, 1, 3, 3], b: [channels] }, { kernel_shape: [3, 3], pads: [1, 1, 1, 1], group: channels },
    { flops: 4 * 2 * 9 * element_count(dims), ...goals });
};
function qconv(channels, rows, kernel, size, stride = 1, group = 1) {
  const pad = kernel >> 1, side = Math.floor((size + 2 * pad - kernel) / stride) + 1, terms = channels / group * kernel * kernel;
  return make({ nodes: [node('QLinearConv', ['x', 's', 'z', 'w', 'ws', 'wz', 'os', 'oz'], ['y'],
    { attributes: { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride], group } })],
  feeds: { x: bytes_of('uint8', 1, channels, size, size) },
  weights: { s: scalar('float32', 0.02), z: scalar('uint8', 128), w: bytes_of('int8', rows, channels / group, kernel, kernel), ws: scalar('float32', 0.01), wz: scalar('int8', 0),
    os: scalar('float32', 1), oz: scalar('uint8', 128) }, out: { type: 'uint8', dims: [1, rows, side, side] }, flops: 2 * rows * side * side * terms, most_error: 1 });
}
const pool = (op, dims, out, attributes, tfjs) => single(op, dims, [], out, 0, attributes, { goal: { ratio: 2 }, tfjs: tfjs && ((tf, { x }) => {
  const [image] = turned(tf, x);
  return { run: () => tfjs(tf, image), back: first };
}) });
const resize = (mode, attributes, goal, tfjs) => make({
  nodes: [node('Resize', ['x', '', 's'], ['y'], { attributes: { mode, ...attributes } })], feeds: { x: [1, 64, 45, 45] },
  weights: { s: { type: 'float32', dims: [4], data: Float32Array.of(1, 1, 2, 2) } }, out: [1, 64, 90, 90], goal, tfjs: (tf, { x }) => {
    const [image] = turned(tf, x);
    return { run: () => tfjs(tf, image), back: first };
  } });

// ---- the others

const moved = (op, x, weights, out, attributes, more) => single(op, x, weights, out, 0, attributes, { ...exact, goal: { ratio: 1, copy: 0.8 }, ...more });
const transpose = (x, perm) => moved('Transpose', x, [], perm.map((axis) => x[axis]), { perm }, { tfjs: (tf, { x }) => ({ run: () => tf.transpose(x, perm) }) });
const mean = (out, axis) => single('ReduceMean', block, [], out, 0, { axes: [axis] },
  { bytes: 4 * element_count(block), goal: { ratio: 2 }, tfjs: (tf, { x }) => ({ run: () => tf.mean(x, axis, true) }) });
const gelu = make({
  nodes: [node('Div', ['x', 'c'], ['a']), node('Erf', ['a'], ['e']), node('Add', ['e', 'one'], ['p']), node('Mul', ['x', 'p'], ['m']), node('Mul', ['m', 'half'], ['y'])],
  feeds: { x: block }, weights: { c: scalar('float32', Math.SQRT2), one: scalar('float32', 1), half: scalar('float32', 0.5) }, out: block, passes: 1, goal: { ratio: 4 } });
const heads = [1, 12, 128, 64], attention_flops = 4 * 12 * 128 * 128 * 64;
const attention = make({
  nodes: [node('Transpose', ['k'], ['kt'], { attributes: { perm: [0, 1, 3, 2] } }), node('MatMul', ['x', 'kt'], ['qk']), node('Mul', ['qk', 'sc'], ['q2']),
    node('Softmax', ['q2'], ['p'], { attributes: { axis: -1 } }), node('MatMul', ['p', 'v'], ['y'])],
  feeds: { x: heads, k: heads, v: heads }, weights: { sc: scalar('float32', 0.125) }, out: heads, flops: attention_flops, passes: 1, goal: { ratio: 2 } });
const mha = make({
  nodes: [node('MultiHeadAttention', ['x', 'k', 'v'], ['y'], { domain: 'com.microsoft', attributes: { num_heads: 12 } })],
  feeds: { x: [1, 128, 768], k: [1, 128, 768], v: [1, 128, 768] }, out: [1, 128, 768], flops: attention_flops, goal: { ratio: 2 } });
const recurrent = (op, gates) => single(op, [32, 1, 128], [[1, gates * 128, 128], [1, gates * 128, 128], [1, 2 * gates * 128]], [32, 1, 1, 128], 2 * gates * 128, { hidden_size: 128 });
const rms_norm = make({
  nodes: [node('Pow', ['x', 'two'], ['p']), node('ReduceMean', ['p'], ['m'], { attributes: { axes: [-1] } }), node('Add', ['m', 'eps'], ['e']), node('Sqrt', ['e'], ['r']),
    node('Div', ['x', 'r'], ['d']), node('Mul', ['d', 'g'], ['y'])],
  feeds: { x: block }, weights: { two: scalar('float32', 2), eps: scalar('float32', 1e-5), g: [1024] }, out: block, passes: 1 });
const dynamic_product = make({
  nodes: [node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']), node('MatMulInteger', ['q', 'w', 'z'], ['i']), node('Cast', ['i'], ['c'], { attributes: { to: 1 } }),
    node('Mul', ['s', 'ws'], ['ss']), node('Mul', ['c', 'ss'], ['y'])],
  feeds: { x: [128, 768] }, weights: { w: bytes_of('int8', 768, 768), ws: scalar('float32', 0.01) }, out: [128, 768], flops: 2 * 128 * 768 * 768, passes: 1, most_error: 0.2 });
const rows = { type: 'int64', dims: [2048], data: BigInt64Array.from({ length: 2048 }, (_, i) => BigInt(i * 7919 % 8000)) };
const mask = { type: 'int32', dims: [1, 1, 1024], data: Int32Array.from({ length: 1024 }, (_, i) => i * 7919 % 13 < 6 ? 1 : 0) };
const quantum = { s: scalar('float32', 0.02), z: scalar('uint8', 128) };
const binary = (op, tfjs) => make({ nodes: [0, 1, 2, 3].map((i) => node(op, [i ? `t${i}` : 'x', 'b'], [i < 3 ? `t${i + 1}` : 'y'])), feeds: { x: block, b: block }, out: block, tfjs: repeated(tfjs) });

export const operators = {
  matmul_128: matmul(128),
  matmul_256: matmul(256, bound),
  matmul_512: matmul(512, bound),
  matmul_1024: matmul(1024, bound),
  matmul_2048: matmul(2048, bound),
  matmul_one_row_2048: single('MatMul', [1, 2048], [[2048, 2048]], [1, 2048], 2048, {}, { goal: { ratio: 1 }, tfjs: (tf, { x, w0 }) => ({ run: () => tf.matMul(x, w0) }) }),
  // 64 MB
  matmul_four_rows_4096: single('MatMul', [4, 4096], [[4096, 4096]], [4, 4096], 4096, {}, { goal: { ratio: 1 } }),
  matmul_batched_12x128x64: make({ nodes: [node('MatMul', ['x', 'w'], ['y'])], feeds: { x: [12, 128, 64], w: [12, 64, 128] }, out: [12, 128, 128], flops: 2 * 12 * 128 * 128 * 64 }),
  gemm_128x768x3072: single('Gemm', [128, 768], [[3072, 768], [3072]], [128, 3072], 768, { transB: 1 },
    { ...bound, tfjs: (tf, { x, w0, w1 }) => ({ run: () => tf.add(tf.matMul(x, w0, false, true), w1) }) }),
  conv1x1_64_56: conv(64, 256, 1, 56, 1, 1, { goal: { ratio: 1.7 }, simd_goal: 1.5 }),
  conv1x1_512_14: conv(512, 512, 1, 14, 1, 1, { goal: { ratio: 1.7 }, simd_goal: 1.5 }),
  conv1x1_gate: conv(240, 60, 1, 1),
  conv3x3_64_56: conv(64, 64, 3, 56, 1, 1, { goal: { ratio: 2.5 }, simd_goal: 1.5 }),
  conv3x3_256_14: conv(256, 256, 3, 14, 1, 1, { goal: { ratio: 2.5 }, simd_goal: 1.5 }),
  conv3x3_32_128: conv(32, 32, 3, 128),
  conv5x5_32_56: conv(32, 32, 5, 56),
  conv3x3s2_3_224: conv(3, 32, 3, 224, 2),
  conv7x7s2_3_224: conv(3, 64, 7, 224, 2, 1, { goal: { ratio: 1.7 }, simd_goal: 1.5 }),
  conv3x3_128_28_g32: conv(128, 128, 3, 28, 1, 32),
  depthwise3x3_96_112: conv(96, 96, 3, 112, 1, 96, { goal: { ratio: 2.5 } }),
  depthwise3x3_144_56: conv(144, 144, 3, 56, 1, 144, { goal: { ratio: 2.5 } }),
  depthwise3x3s2_96_112: conv(96, 96, 3, 112, 2, 96, { goal: { ratio: 2.5 } }),
  depthwise3x3s2_576_14: conv(576, 576, 3, 14, 2, 576),
  depthwise5x5_576_7: conv(576, 576, 5, 7, 1, 576),
  depthwise5x5_240_28: conv(240, 240, 5, 28, 1, 240, { goal: { ratio: 2.5 } }),
  depthwise3x3_96_112_in_a_row: depthwise_chain(96, 112, { goal: { ratio: 4 } }),
  depthwise3x3_144_56_in_a_row: depthwise_chain(144, 56, { goal: { ratio: 4 } }),
  conv_transpose2x2_64_28: single('ConvTranspose', [1, 64, 28, 28], [[64, 64, 2, 2]], [1, 64, 56, 56], 64, { strides: [2, 2] }),
  max_pool3x3s2_64_112: pool('MaxPool', [1, 64, 112, 112], [1, 64, 56, 56], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, (tf, x) => tf.maxPool(x, 3, 2, 1)),
  average_pool3x3_64_56: pool('AveragePool', [1, 64, 56, 56], [1, 64, 56, 56], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, (tf, x) => tf.avgPool(x, 3, 1, 'same')),
  global_average_pool_512_32: pool('GlobalAveragePool', [1, 512, 32, 32], [1, 512, 1, 1], {}, (tf, x) => tf.mean(x, [1, 2], true)),
  resize_nearest: resize('nearest', { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }, { ratio: 2 }, (tf, x) => tf.image.resizeNearestNeighbor(x, [90, 90])),
  resize_linear: resize('linear', { coordinate_transformation_mode: 'half_pixel' }, { ratio: 2 }, (tf, x) => tf.image.resizeBilinear(x, [90, 90], false, true)),
  lstm_128: recurrent('LSTM', 4),
  gru_128: recurrent('GRU', 3),
  attention_12x128x64: attention,
  mha_12x128x64: mha,
  softmax: chain('Softmax', block, {}, { axis: -1 }, { goal: { ratio: 2 }, tfjs: repeated((tf, x) => tf.softmax(x)) }),
  layer_norm: chain('LayerNormalization', block, { g: [1024], b: [1024] }, { axis: -1 }, { goal: { ratio: 8 } }),
  rms_norm_decomposed: rms_norm,
  instance_norm: single('InstanceNormalization', [1, 64, 90, 90], [[64], [64]], [1, 64, 90, 90], 0, {}, { goal: { ratio: 2 } }),
  erf: chain('Erf', block, {}, {}, { goal: { ratio: 4 } }),
  exp: make({ nodes: [node('Neg', ['x'], ['n0']), node('Exp', ['n0'], ['t0']), node('Neg', ['t0'], ['n1']), node('Exp', ['n1'], ['y'])], feeds: { x: block }, out: block,
    goal: { ratio: 4 }, tfjs: repeated((tf, x) => tf.exp(tf.neg(x)), 2) }),
  gelu_decomposed: gelu,
  sigmoid: chain('Sigmoid', block, {}, {}, { goal: { ratio: 3 }, tfjs: repeated((tf, x) => tf.sigmoid(x)) }),
  tanh: chain('Tanh', block, {}, {}, { goal: { ratio: 3 }, tfjs: repeated((tf, x) => tf.tanh(x)) }),
  relu: chain('Relu', block, {}, {}, { tfjs: repeated((tf, x) => tf.relu(x)) }),
  hard_swish: chain('HardSwish'),
  sqrt_abs: make({ nodes: [node('Abs', ['x'], ['a']), node('Sqrt', ['a'], ['y'])], feeds: { x: block }, out: block, tfjs: (tf, { x }) => ({ run: () => tf.sqrt(tf.abs(x)) }) }),
  add: binary('Add', (tf, x, { b }) => tf.add(x, b)),
  mul_row: chain('Mul', block, { b: [1024] }, {}, { tfjs: repeated((tf, x, { b }) => tf.mul(x, b)) }),
  add_channel: chain('Add', [1, 64, 91, 90], { b: [1, 64, 1, 1] }, {}, { tfjs: repeated((tf, x, { b }) => tf.add(x, b)) }),
  add_mul_4_x100: make({ nodes: Array.from({ length: 100 }, (_, i) => node(i % 2 ? 'Add' : 'Mul', [i ? `t${i}` : 'x', 'b'], [i < 99 ? `t${i + 1}` : 'y'])), feeds: { x: [4] }, weights: { b: [4] }, out: [4] }),
  where_mask: make({ nodes: [node('Cast', ['c'], ['m'], { attributes: { to: 9 } }), node('Where', ['m', 'x', 'k'], ['y'])], feeds: { x: block, c: mask },
    weights: { k: scalar('float32', -1e9) }, out: block, passes: 1, ...exact }),
  reduce_mean_last: mean([1, 512, 1], -1),
  reduce_mean_axis1: mean([1, 1, 1024], 1),
  transpose: transpose(block, [0, 2, 1]),
  transpose_heads: transpose([1, 512, 16, 64], [0, 2, 1, 3]),
  transpose_nhwc: transpose([1, 64, 90, 90], [0, 2, 3, 1]),
  concat: make({ nodes: [node('Concat', ['x', 'b'], ['y'], { attributes: { axis: 1 } })], feeds: { x: [1, 32, 90, 90], b: [1, 32, 90, 90] }, out: [1, 64, 90, 90], ...exact,
    goal: { ratio: 1, copy: 0.8 }, tfjs: (tf, { x, b }) => ({ run: () => tf.concat([x, b], 1) }) }),
  slice_columns: moved('Slice', [1, 128, 64, 64], [ints(0), ints(32), ints(3)], [1, 128, 64, 32], {},
    { bytes: 8 * 128 * 64 * 32, tfjs: (tf, { x }) => ({ run: () => tf.slice(x, [0, 0, 0, 0], [1, 128, 64, 32]) }) }),
  gather_rows: make({ nodes: [node('Gather', ['w', 'x'], ['y'])], feeds: { x: rows }, weights: { w: [8000, 256] }, out: [2048, 256], bytes: 8 * 2048 * 256, ...exact,
    goal: { ratio: 1, copy: 0.8 } }),
  pad: moved('Pad', [1, 64, 90, 90], [ints(0, 0, 1, 1, 0, 0, 1, 1)], [1, 64, 92, 92], {},
    { tfjs: (tf, { x }) => ({ run: () => tf.pad(x, [[0, 0], [0, 0], [1, 1], [1, 1]]) }) }),
  cast_int32: single('Cast', bytes_of('int32', ...block), [], block, 0, { to: 1 }, exact),
  matmul_integer_256: product('MatMulInteger', bytes_of('uint8', 256, 256), bytes_of('int8', 256, 256), [scalar('uint8', 128)]),
  matmul_integer_1024: product('MatMulInteger', bytes_of('uint8', 1024, 1024), bytes_of('int8', 1024, 1024), [scalar('uint8', 128)]),
  matmul_integer_one_row_2048: product('MatMulInteger', bytes_of('uint8', 1, 2048), bytes_of('int8', 2048, 2048), [scalar('uint8', 128)]),
  matmul_integer_u8_128x768: product('MatMulInteger', bytes_of('uint8', 128, 768), bytes_of('uint8', 768, 768), [scalar('uint8', 128), scalar('uint8', 127)]),
  matmul_dynamic_128x768: dynamic_product,
  matmul_4bits_one_row: nbits(1),
  matmul_4bits_64_rows: nbits(64),
  matmul_4bits_level4_one_row: nbits(1, { accuracy_level: 4 }),
  matmul_4bits_level4_64_rows: nbits(64, { accuracy_level: 4 }),
  qconv3x3_64_28: qconv(64, 64, 3, 28),
  qconv1x1_96_56: qconv(96, 24, 1, 56),
  qdepthwise3x3_144_56: qconv(144, 144, 3, 56, 1, 144),
  qconv3x3s2_3_224: qconv(3, 32, 3, 224, 2),
  dynamic_quantize_128x768: make({ nodes: [node('DynamicQuantizeLinear', ['x'], ['y', 's', 'z'])], feeds: { x: [128, 768] }, out: { type: 'uint8', dims: [128, 768] }, most_error: 1 }),
  quantize_u8: single('QuantizeLinear', block, Object.values(quantum), { type: 'uint8', dims: block }, 0, {}, { most_error: 1 }),
  dequantize_u8: single('DequantizeLinear', bytes_of('uint8', ...block), Object.values(quantum), block, 0),
};
