// Every rewrite of compiler/fusions.def: models that hold its pattern, where it must apply and the answers
// agree with those of the model as it is written, and models with a twist, where it must not.
import { graph, model, node, port, tensor } from '../onnx_writer.mjs';

const f32 = (dims, ...values) => ({ type: 'float32', dims, data: Float32Array.from(values) });
const i64 = (...values) => ({ type: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) });
const one = (value) => f32([], value);
// The same numbers each time, between -2 and 2.
const noise = (n, seed = 1) => Float32Array.from({ length: n }, () => ((seed = (seed * 16807) % 2147483647) / 2147483647) * 4 - 2);
const count = (dims) => dims.reduce((a, b) => a * b, 1);
const weights = (dims, seed) => ({ type: 'float32', dims, data: noise(count(dims), seed) });

// A case: nodes as [op, inputs, outputs, attributes]; inputs as name: dims, dims in the model where they
// differ: { dims, as }; constants by name. `direct`: the last step reads no view. `fuses`: the rewrite that
// must show, with the operators that are left; `keeps`: those that must still be there.
const cases_of = [];
const fuses = (rewrite, name, ops, spec) => cases_of.push({ rewrite, name: `${rewrite}: ${name}`, ops, ...spec });
const keeps = (rewrite, name, ops, spec) => cases_of.push({ rewrite, name: `${rewrite}: not ${name}`, ops, kept: true, ...spec });

function bytes_of({ inputs, constants = {}, nodes, outputs = ['y'], opset = 20 }) {
  const given = Object.entries(inputs).map(([name, i]) => port(name, i.type ?? 'float32', i.as === null ? null : i.as ?? i.dims ?? i));
  return model({ opsets: { '': opset }, graph: graph({
    inputs: given, outputs: outputs.map((name) => port(name, 'float32', null)),
    initializers: Object.entries(constants).map(([name, c]) => tensor(name, c.type, c.dims, c.data)),
    nodes: nodes.map(([op, from, to, attributes = {}]) => node(op, from, [to].flat(), { attributes })) }) });
}

async function answers(t, spec, options) {
  const m = await t.load(bytes_of(spec), options);
  try {
    const feeds = Object.fromEntries(Object.entries(spec.inputs).map(([name, i], k) => {
      const dims = i.dims ?? i;
      return [name, { type: 'float32', dims, data: i.data ?? noise(count(dims), k + 7) }];
    }));
    const outputs = await m.run(feeds);
    const { steps, places } = m.steps(), last = steps.at(-1)?.inputs[0];
    return { outputs, ops: steps.map((s) => s.op), viewed: last !== undefined && places[last].root !== last };
  } finally {
    m.dispose();
  }
}

const difference = (a, b) => {
  if (String(a.dims) !== String(b.dims)) return `shape [${a.dims}], not [${b.dims}]`;
  for (const [i, v] of a.data.entries()) {
    const w = b.data[i];
    if (!(Math.abs(v - w) <= 2e-5 + 2e-5 * Math.abs(w)) && !(Number.isNaN(v) && Number.isNaN(w)) && v !== w) return `[${i}]: ${v}, not ${w}`;
  }
};

// ---- activations

const x = { x: [2, 3, 5] };
const erf = (scale, op = 'Div') => [[op, ['x', 'c'], 'a'], ['Erf', ['a'], 'b'], ['Add', ['b', 'one'], 'd']];
const erf_constants = { c: one(Math.SQRT2), one: one(1), half: one(0.5) };
fuses('gelu', 'as PyTorch writes it', ['Gelu'], { inputs: x, constants: erf_constants, nodes: [...erf(), ['Mul', ['x', 'd'], 'e'], ['Mul', ['e', 'half'], 'y']] });
fuses('gelu', 'as the newer PyTorch writes it', ['Gelu'], { inputs: x, constants: erf_constants, nodes: [...erf(), ['Mul', ['half', 'd'], 'e'], ['Mul', ['x', 'e'], 'y']] });
fuses('gelu', 'with x halved first, by a product', ['Gelu'], { inputs: x, constants: { ...erf_constants, c: one(Math.SQRT1_2), half: one(2) }, nodes: [...erf(0, 'Mul'), ['Div', ['x', 'half'], 'e'], ['Mul', ['e', 'd'], 'y']] });
keeps('gelu', 'with another scale', ['Erf'], { inputs: x, constants: { ...erf_constants, c: one(1.5) }, nodes: [...erf(), ['Mul', ['x', 'd'], 'e'], ['Mul', ['e', 'half'], 'y']] });
keeps('gelu', 'with another factor', ['Erf'], { inputs: x, constants: { ...erf_constants, half: one(0.75) }, nodes: [...erf(), ['Mul', ['x', 'd'], 'e'], ['Mul', ['e', 'half'], 'y']] });
keeps('gelu', 'of two tensors', ['Erf'], { inputs: { ...x, z: [2, 3, 5] }, constants: erf_constants, nodes: [...erf(), ['Mul', ['z', 'd'], 'e'], ['Mul', ['e', 'half'], 'y']] });
keeps('gelu', 'where the erf is an output', ['Erf'], { inputs: x, constants: erf_constants, outputs: ['y', 'b'], nodes: [...erf(), ['Mul', ['x', 'd'], 'e'], ['Mul', ['e', 'half'], 'y']] });

const cube = { k: one(0.044715), s: one(0.7978845608), one: one(1), half: one(0.5), three: one(3) };
const tanh = [['Mul', ['u', 's'], 'v'], ['Tanh', ['v'], 'w'], ['Add', ['w', 'one'], 'z'], ['Mul', ['x', 'half'], 'h'], ['Mul', ['h', 'z'], 'y']];
fuses('gelu_tanh', 'by Pow', ['Gelu'], { inputs: x, constants: cube, nodes: [['Pow', ['x', 'three'], 'p'], ['Mul', ['p', 'k'], 'q'], ['Add', ['x', 'q'], 'u'], ...tanh] });
fuses('gelu_tanh', 'by products', ['Gelu'], { inputs: x, constants: cube, nodes: [['Mul', ['k', 'x'], 'p'], ['Mul', ['x', 'p'], 'r'], ['Mul', ['x', 'r'], 'q'], ['Add', ['x', 'q'], 'u'], ...tanh] });
keeps('gelu_tanh', 'of the square', ['Tanh'], { inputs: x, constants: { ...cube, three: one(2) }, nodes: [['Pow', ['x', 'three'], 'p'], ['Mul', ['p', 'k'], 'q'], ['Add', ['x', 'q'], 'u'], ...tanh] });
keeps('gelu_tanh', 'with another constant', ['Tanh'], { inputs: x, constants: { ...cube, k: one(0.05) }, nodes: [['Pow', ['x', 'three'], 'p'], ['Mul', ['p', 'k'], 'q'], ['Add', ['x', 'q'], 'u'], ...tanh] });

fuses('swish', 'Silu', ['Swish'], { inputs: x, nodes: [['Sigmoid', ['x'], 's'], ['Mul', ['x', 's'], 'y']] });
fuses('swish', 'QuickGelu', ['Swish'], { inputs: x, constants: { a: one(1.702) }, nodes: [['Mul', ['x', 'a'], 'b'], ['Sigmoid', ['b'], 's'], ['Mul', ['s', 'x'], 'y']] });
keeps('swish', 'of two tensors', ['Sigmoid'], { inputs: { ...x, z: [2, 3, 5] }, nodes: [['Sigmoid', ['z'], 's'], ['Mul', ['x', 's'], 'y']] });
keeps('swish', 'with a scale a row', ['Sigmoid'], { inputs: x, constants: { a: f32([5], 1, 2, 3, 4, 5) }, nodes: [['Mul', ['x', 'a'], 'b'], ['Sigmoid', ['b'], 's'], ['Mul', ['s', 'x'], 'y']] });
keeps('swish', 'where the sigmoid is read twice', ['Sigmoid'], { inputs: x, outputs: ['y', 'z'], nodes: [['Sigmoid', ['x'], 's'], ['Mul', ['x', 's'], 'y'], ['Neg', ['s'], 'z']] });

const six = { three: one(3), low: one(0), high: one(6) };
fuses('hard_swish', 'by Clip', ['HardSwish'], { inputs: x, constants: six, nodes: [['Add', ['x', 'three'], 'a'], ['Clip', ['a', 'low', 'high'], 'b'], ['Mul', ['x', 'b'], 'c'], ['Div', ['c', 'high'], 'y']] });
fuses('hard_swish', 'by HardSigmoid', ['HardSwish'], { inputs: x, nodes: [['HardSigmoid', ['x'], 'a', { alpha: { float: 1 / 6 } }], ['Mul', ['x', 'a'], 'y']] });
keeps('hard_swish', 'with another slope', ['HardSigmoid'], { inputs: x, nodes: [['HardSigmoid', ['x'], 'a'], ['Mul', ['x', 'a'], 'y']] });
keeps('hard_swish', 'with another bound', ['Clip'], { inputs: x, constants: { ...six, low: one(-1) }, nodes: [['Add', ['x', 'three'], 'a'], ['Clip', ['a', 'low', 'high'], 'b'], ['Mul', ['x', 'b'], 'c'], ['Div', ['c', 'high'], 'y']] });

fuses('mish', 'by Softplus', ['Mish'], { inputs: x, nodes: [['Softplus', ['x'], 'a'], ['Tanh', ['a'], 'b'], ['Mul', ['x', 'b'], 'y']] });
fuses('mish', 'by Log and Exp', ['Mish'], { inputs: x, constants: { one: one(1) }, nodes: [['Exp', ['x'], 'e'], ['Add', ['e', 'one'], 'f'], ['Log', ['f'], 'a'], ['Tanh', ['a'], 'b'], ['Mul', ['x', 'b'], 'y']] });
keeps('mish', 'of another tensor', ['Tanh'], { inputs: { ...x, z: [2, 3, 5] }, nodes: [['Softplus', ['z'], 'a'], ['Tanh', ['a'], 'b'], ['Mul', ['x', 'b'], 'y']] });

// ---- normalisations

const norm = { two: one(2), eps: one(1e-5), w: weights([5], 3), b: weights([5], 5), axes: i64(-1) };
const centred = [['ReduceMean', ['x', 'axes'], 'm'], ['Sub', ['x', 'm'], 'd']];
const spread = (of) => [['Pow', [of, 'two'], 'p'], ['ReduceMean', ['p', 'axes'], 'v'], ['Add', ['v', 'eps'], 'e'], ['Sqrt', ['e'], 'r']];
const scaled = [['Mul', ['q', 'w'], 'z'], ['Add', ['z', 'b'], 'y']];
fuses('layer_norm', 'by Div', ['LayerNormalization'], { inputs: x, constants: norm, nodes: [...centred, ...spread('d'), ['Div', ['d', 'r'], 'q'], ...scaled] });
fuses('layer_norm', 'by Reciprocal, the square by a product', ['LayerNormalization'], { inputs: x, constants: norm, nodes: [...centred, ['Mul', ['d', 'd'], 'p'], ...spread('d').slice(1), ['Reciprocal', ['r'], 'i'], ['Mul', ['d', 'i'], 'q'], ...scaled] });
fuses('layer_norm', 'without a bias', ['LayerNormalization'], { inputs: x, constants: norm, nodes: [...centred, ...spread('d'), ['Div', ['d', 'r'], 'q'], ['Mul', ['w', 'q'], 'y']] });
fuses('layer_norm', 'of symbolic rows', ['LayerNormalization'], { inputs: { x: { dims: [2, 3, 5], as: ['n', 'm', 5] } }, constants: norm, nodes: [...centred, ...spread('d'), ['Div', ['d', 'r'], 'q'], ...scaled] });
keeps('layer_norm', 'over another axis', ['ReduceMean'], { inputs: x, constants: { ...norm, axes: i64(1) }, nodes: [...centred, ...spread('d'), ['Div', ['d', 'r'], 'q'], ...scaled] });
keeps('layer_norm', 'of a last axis of any length', ['ReduceMean'], { inputs: { x: { dims: [2, 3, 1], as: [2, 3, 'n'] } }, constants: norm, nodes: [...centred, ...spread('d'), ['Div', ['d', 'r'], 'q'], ...scaled] });
keeps('layer_norm', 'where the mean is of another tensor', ['ReduceMean'], { inputs: { ...x, o: [2, 3, 5] }, constants: norm, nodes: [['ReduceMean', ['o', 'axes'], 'm'], ['Sub', ['x', 'm'], 'd'], ...spread('d'), ['Div', ['d', 'r'], 'q'], ...scaled] });

fuses('rms_norm', 'by Div of 1', ['RMSNormalization'], { inputs: x, constants: { ...norm, one: one(1) }, nodes: [...spread('x'), ['Div', ['one', 'r'], 'i'], ['Mul', ['x', 'i'], 'q'], ['Mul', ['w', 'q'], 'y']] });
fuses('rms_norm', 'by Pow', ['RMSNormalization'], { inputs: x, constants: { ...norm, minus: one(-0.5) }, nodes: [...spread('x').slice(0, 3), ['Pow', ['e', 'minus'], 'i'], ['Mul', ['x', 'i'], 'q'], ['Mul', ['q', 'w'], 'y']] });
keeps('rms_norm', 'of the cube', ['ReduceMean'], { inputs: x, constants: { ...norm, two: one(3), eps: one(50) }, nodes: [...spread('x'), ['Div', ['x', 'r'], 'q'], ['Mul', ['q', 'w'], 'y']] });
keeps('rms_norm', 'with a scale of another shape', ['ReduceMean'], { inputs: x, constants: { ...norm, w: weights([3, 1], 3) }, nodes: [...spread('x'), ['Div', ['x', 'r'], 'q'], ['Mul', ['q', 'w'], 'y']] });

const group = { to: i64(0, 2, -1), ones: f32([2], 1, 1), zeros: f32([2], 0, 0), w: weights([4, 1, 1], 3), b: weights([4, 1, 1], 5) };
const grouped = [['Reshape', ['x', 'to'], 'g'], ['InstanceNormalization', ['g', 'ones', 'zeros'], 'i'], ['Shape', ['x'], 's'], ['Reshape', ['i', 's'], 'r'], ['Mul', ['r', 'w'], 'm'], ['Add', ['m', 'b'], 'y']];
const image = { x: { dims: [2, 4, 3, 5], as: ['n', 4, 'h', 'w'] } };
fuses('group_norm', 'of a symbolic image', ['GroupNormalization'], { inputs: image, constants: group, nodes: grouped });
keeps('group_norm', 'where groups are scaled too', ['InstanceNormalization'], { inputs: image, constants: { ...group, ones: f32([2], 1, 2) }, nodes: grouped });
keeps('group_norm', 'with a scale a column', ['InstanceNormalization'], { inputs: image, constants: { ...group, w: weights([1, 1, 5], 3) }, nodes: grouped });

// ---- attention

const heads = { q: [2, 3, 4, 8], k: [2, 3, 6, 8], v: [2, 3, 6, 5] };
const attend = (mask = []) => [['Transpose', ['k'], 'kt', { perm: [0, 1, 3, 2] }], ['MatMul', ['q', 'kt'], 's'], ['Div', ['s', 'c'], 'u'],
  ...mask, ['Softmax', [mask.length ? 'a' : 'u'], 'p', { axis: -1 }], ['MatMul', ['p', 'v'], 'y']];
const root8 = { c: one(Math.sqrt(8)) };
fuses('attention', 'with the scores divided', ['Attention'], { inputs: heads, constants: root8, nodes: attend() });
fuses('attention', 'with a mask', ['Attention'], { inputs: { ...heads, mask: [2, 1, 4, 6] }, constants: root8, nodes: attend([['Add', ['u', 'mask'], 'a']]) });
fuses('attention', 'with a mask that lets a row see nothing', ['Attention'], { inputs: { ...heads, mask: { dims: [4, 1], data: Float32Array.of(0, -Infinity, 1, 2) } }, constants: root8, nodes: attend([['Add', ['mask', 'u'], 'a']]) });
fuses('attention', 'with two masks', ['Attention'], { inputs: { ...heads, mask: [6], other: [3, 1, 1] }, constants: root8, nodes: attend([['Add', ['u', 'mask'], 'b'], ['Add', ['b', 'other'], 'a']]) });
fuses('attention', 'with a mask of more heads', ['Attention'], { inputs: { q: [1, 1, 4, 8], k: [1, 1, 6, 8], v: [1, 1, 6, 5], mask: [2, 3, 4, 6] }, constants: root8, nodes: attend([['Add', ['u', 'mask'], 'a']]) });
fuses('attention', 'with the root of the scale on both sides, guarded', ['Attention'], { inputs: { ...heads, mask: { dims: [4, 1], data: Float32Array.of(0, -Infinity, 1, 2) } }, constants: { c: one(0.6), zero: one(0) },
  nodes: [['Mul', ['q', 'c'], 'qs'], ['Transpose', ['k'], 'kt', { perm: [0, 1, 3, 2] }], ['Mul', ['kt', 'c'], 'ks'], ['MatMul', ['qs', 'ks'], 's'], ['Add', ['s', 'mask'], 'a'], ['Softmax', ['a'], 'p'],
    ['IsNaN', ['p'], 'n'], ['Where', ['n', 'zero', 'p'], 'z'], ['MatMul', ['z', 'v'], 'y']] });
fuses('attention', 'of rank 3', ['Attention'], { inputs: { q: [3, 4, 8], k: [3, 6, 8], v: [3, 6, 5] }, constants: root8, nodes: attend().map((n) => n[0] === 'Transpose' ? ['Transpose', ['k'], 'kt', { perm: [0, 2, 1] }] : n) });
fuses('attention', 'with symbols', ['Attention'], { inputs: Object.fromEntries(Object.entries(heads).map(([name, dims]) => [name, { dims, as: ['b', 3, '', dims[3]] }])), constants: root8, nodes: attend() });
fuses('attention_transpose', 'with heads behind the rows', ['Attention'], { inputs: { q: [2, 4, 3, 8], k: [2, 6, 3, 8], v: [2, 6, 3, 5] }, constants: root8, none: ['Transpose'],
  nodes: [['Transpose', ['q'], 'qt', { perm: [0, 2, 1, 3] }], ['Transpose', ['k'], 'kt', { perm: [0, 2, 3, 1] }], ['Transpose', ['v'], 'vt', { perm: [0, 2, 1, 3] }], ['MatMul', ['qt', 'kt'], 's'],
    ['Mul', ['s', 'c'], 'u'], ['Softmax', ['u'], 'p'], ['MatMul', ['p', 'vt'], 'o'], ['Transpose', ['o'], 'y', { perm: [0, 2, 1, 3] }]] });
keeps('attention', 'where the softmax is of another axis', ['Softmax'], { inputs: heads, constants: root8, nodes: attend().map((n) => n[0] === 'Softmax' ? ['Softmax', ['u'], 'p', { axis: 2 }] : n) });
keeps('attention', 'where the weights are an output', ['Softmax'], { inputs: heads, constants: root8, outputs: ['y', 'p'], nodes: attend() });
keeps('attention', 'with keys that are not turned', ['Softmax'], { inputs: { ...heads, k: [2, 3, 8, 6] }, constants: root8, nodes: attend().slice(1).map((n) => n[0] === 'MatMul' && n[1][0] === 'q' ? ['MatMul', ['q', 'k'], 's'] : n) });

// ---- convolutions and matrix products

const conv = { w: weights([4, 2, 3, 3], 3), b: weights([4], 5) };
const picture = { x: [1, 2, 6, 7] };
const batch = { s: weights([4], 6), t: weights([4], 7), m: weights([4], 8), v: f32([4], 0.5, 1, 2, 3) };
fuses('conv_channels', 'a batch normalisation', ['Conv'], { inputs: picture, constants: { ...conv, ...batch }, none: ['BatchNormalization'], nodes: [['Conv', ['x', 'w', 'b'], 'a'], ['BatchNormalization', ['a', 's', 't', 'm', 'v'], 'y']] });
fuses('conv_channels', 'a product and a sum', ['Conv'], { inputs: picture, constants: { ...conv, s: weights([4, 1, 1], 6), t: one(0.5) }, none: ['Mul', 'Add', 'Sub'], nodes: [['Conv', ['x', 'w'], 'a'], ['Mul', ['a', 's'], 'c'], ['Sub', ['c', 't'], 'd'], ['Add', ['d', 's'], 'y']] });
fuses('conv_channels', 'a quotient after a transposed convolution', ['ConvTranspose'], { inputs: picture, constants: { w: weights([2, 4, 3, 3], 3), b: conv.b, s: f32([1, 4, 1, 1], 1, 2, 3, 4) }, none: ['Div'], nodes: [['ConvTranspose', ['x', 'w', 'b'], 'a'], ['Div', ['a', 's'], 'y']] });
keeps('conv_channels', 'a product of rows', ['Mul'], { inputs: picture, constants: { ...conv, s: weights([4, 1], 6) }, nodes: [['Conv', ['x', 'w'], 'a'], ['Mul', ['a', 's'], 'y']] });
keeps('conv_channels', 'where the convolution is an output', ['Mul'], { inputs: picture, constants: { ...conv, s: weights([4, 1, 1], 6) }, outputs: ['y', 'a'], nodes: [['Conv', ['x', 'w'], 'a'], ['Mul', ['a', 's'], 'y']] });
const point = { w: weights([4, 2, 1, 1], 3), b: weights([4], 5), s: one(0.5), t: one(0.25) };
fuses('conv_input', 'a product and a sum', ['Conv'], { inputs: picture, constants: point, none: ['Mul', 'Add'], nodes: [['Mul', ['x', 's'], 'a'], ['Add', ['t', 'a'], 'c'], ['Conv', ['c', 'w', 'b'], 'y']] });
keeps('conv_input', 'with padding', ['Add'], { inputs: picture, constants: point, nodes: [['Add', ['x', 't'], 'c'], ['Conv', ['c', 'w', 'b'], 'y', { pads: [1, 1, 1, 1] }]] });
fuses('activation', 'of a convolution', ['Conv'], { inputs: picture, constants: conv, none: ['LeakyRelu'], nodes: [['Conv', ['x', 'w', 'b'], 'a'], ['LeakyRelu', ['a'], 'y', { alpha: { float: 0.25 } }]] });
fuses('activation', 'Silu of a convolution', ['Conv'], { inputs: picture, constants: conv, none: ['Sigmoid', 'Mul', 'Swish'], nodes: [['Conv', ['x', 'w', 'b'], 'a'], ['Sigmoid', ['a'], 's'], ['Mul', ['a', 's'], 'y']] });
fuses('activation', 'Clip of a product', ['MatMul'], { inputs: { x: [3, 4] }, constants: { w: weights([4, 6], 3), low: one(-0.5), high: one(1) }, none: ['Clip'], nodes: [['MatMul', ['x', 'w'], 'a'], ['Clip', ['a', 'low', 'high'], 'y']] });
keeps('activation', 'that is read before', ['Relu'], { inputs: picture, constants: conv, outputs: ['y', 'z'], nodes: [['Conv', ['x', 'w', 'b'], 'a'], ['Relu', ['a'], 'y'], ['Neg', ['a'], 'z']] });
fuses('conv_affine', 'a product and a sum after Relu', ['Conv'], { inputs: picture, constants: { ...conv, s: one(0.5), t: one(0.25) }, none: ['Mul', 'Add'], nodes: [['Conv', ['x', 'w', 'b'], 'a'], ['Relu', ['a'], 'r'], ['Mul', ['s', 'r'], 'c'], ['Add', ['c', 't'], 'y']] });
keeps('conv_affine', 'a product of the sum', ['Mul'], { inputs: picture, constants: { ...conv, s: one(0.5), t: one(0.25) }, nodes: [['Conv', ['x', 'w', 'b'], 'a'], ['Relu', ['a'], 'r'], ['Add', ['r', 't'], 'c'], ['Mul', ['c', 's'], 'y']] });
fuses('matmul_bias', 'a row', ['MatMul'], { inputs: { x: [2, 3, 4] }, constants: { w: weights([4, 6], 3), b: weights([6], 5) }, none: ['Add'], nodes: [['MatMul', ['x', 'w'], 'a'], ['Add', ['b', 'a'], 'y']] });
keeps('matmul_bias', 'a column', ['Add'], { inputs: { x: [2, 6, 4] }, constants: { w: weights([4, 6], 3), b: weights([6, 1], 5) }, nodes: [['MatMul', ['x', 'w'], 'a'], ['Add', ['b', 'a'], 'y']] });
keeps('matmul_bias', 'of a higher rank', ['Add'], { inputs: { x: [3, 4] }, constants: { w: weights([4, 6], 3), b: weights([1, 1, 6], 5) }, nodes: [['MatMul', ['x', 'w'], 'a'], ['Add', ['b', 'a'], 'y']] });

// ---- what moves or computes nothing

fuses('same_node', 'two of a kind', ['Exp'], { inputs: x, times: { Exp: 1 }, nodes: [['Exp', ['x'], 'a'], ['Exp', ['x'], 'b'], ['Neg', ['b'], 'c'], ['Mul', ['a', 'c'], 'y']] });
keeps('same_node', 'with other attributes', ['LeakyRelu'], { inputs: x, times: { LeakyRelu: 2 }, nodes: [['LeakyRelu', ['x'], 'a', { alpha: { float: 0.5 } }], ['LeakyRelu', ['x'], 'b', { alpha: { float: 0.25 } }], ['Mul', ['a', 'b'], 'y']] });
fuses('no_cast', 'to the same type, CastLike, times one', ['Exp'], { inputs: x, constants: { one: one(1) }, none: ['Cast', 'CastLike', 'Mul'], nodes: [['Exp', ['x'], 'a'], ['Cast', ['a'], 'b', { to: 1 }], ['CastLike', ['b', 'x'], 'c'], ['Mul', ['c', 'one'], 'd'], ['Neg', ['d'], 'y']] });
keeps('no_cast', 'to another type', ['Cast'], { inputs: x, times: { Cast: 2 }, nodes: [['Cast', ['x'], 'b', { to: 7 }], ['Cast', ['b'], 'c', { to: 1 }], ['Neg', ['c'], 'y']] });
keeps('no_cast', 'times a one that adds an axis', ['Mul'], { inputs: { x: { dims: [3], as: null } }, constants: { ones: f32([1, 1], 1) }, nodes: [['Mul', ['x', 'ones'], 'd'], ['Neg', ['d'], 'y']] });
fuses('transposes', 'back and forth', ['Neg'], { inputs: x, none: ['Transpose'], nodes: [['Transpose', ['x'], 'a', { perm: [1, 2, 0] }], ['Transpose', ['a'], 'b', { perm: [2, 0, 1] }], ['Neg', ['b'], 'y']] });
fuses('transposes', 'two in a row', ['Transpose'], { inputs: x, times: { Transpose: 1 }, nodes: [['Transpose', ['x'], 'a', { perm: [1, 2, 0] }], ['Transpose', ['a'], 'b', { perm: [1, 0, 2] }], ['Neg', ['b'], 'y']] });
fuses('transposes', 'by three dimensions', ['Transpose'], { direct: true, inputs: { x: { dims: [2, 3, 4, 5], as: ['a', 'b', 'c', 'd'] } }, constants: { last: i64(-1), third: i64(-2), end: i64(99), start: i64(0) },
  nodes: [['Shape', ['x'], 's'], ['Slice', ['s', 'last', 'end'], 'n'], ['Slice', ['s', 'third', 'last'], 'm'], ['Slice', ['s', 'start', 'third'], 'l'], ['Concat', ['last', 'm', 'n'], 'c', { axis: 0 }],
    ['Reshape', ['x', 'c'], 'a'], ['Transpose', ['a'], 'b', { perm: [0, 2, 1] }], ['Concat', ['l', 'n', 'm'], 'd', { axis: 0 }], ['Reshape', ['b', 'd'], 'e'], ['Neg', ['e'], 'y']] });
keeps('transposes', 'by three other dimensions', ['Transpose'], { inputs: { x: [2, 3, 4, 5] }, constants: { c: i64(8, 3, 5), d: i64(2, 3, 5, 4) },
  nodes: [['Reshape', ['x', 'c'], 'a'], ['Transpose', ['a'], 'b', { perm: [0, 2, 1] }], ['Reshape', ['b', 'd'], 'e'], ['Neg', ['e'], 'y']] });
fuses('reshapes', 'there and back', ['Neg'], { direct: true, inputs: { x: { dims: [2, 3, 5], as: ['n', 3, 'm'] } }, constants: { flat: i64(-1), axis: i64(1) },
  nodes: [['Shape', ['x'], 's'], ['Reshape', ['x', 'flat'], 'a'], ['Reshape', ['a', 's'], 'b'], ['Unsqueeze', ['b', 'axis'], 'c'], ['Squeeze', ['c', 'axis'], 'd'], ['Neg', ['d'], 'y']] });
keeps('reshapes', 'to another shape', ['Neg'], { inputs: x, constants: { to: i64(5, 6) }, nodes: [['Reshape', ['x', 'to'], 'b'], ['Neg', ['b'], 'y']] });
fuses('softmax_axis', 'of the last axis', ['Attention'], { opset: 11, inputs: heads, constants: root8, nodes: attend().map((n) => n[0] === 'Softmax' ? ['Softmax', ['u'], 'p', { axis: 3 }] : n) });
keeps('softmax_axis', 'of two axes', ['Softmax'], { opset: 11, inputs: { x: { dims: [2, 3, 5], as: ['n', 3, 5] } }, nodes: [['Softmax', ['x'], 'a', { axis: 1 }], ['Neg', ['a'], 'y']] });

export const cases = cases_of.map((spec) => ({
  name: spec.name,
  async run(t) {
    const plain = await answers(t, spec, { rewrites: false }), got = await answers(t, spec), off = await answers(t, spec, { rewrites: { [spec.rewrite]: false } });
    const shown = ({ ops, viewed }) => !(spec.direct && viewed) && spec.ops.every((op) => ops.includes(op)) && !(spec.none ?? []).some((op) => ops.includes(op)) &&
      Object.entries(spec.times ?? {}).every(([op, n]) => ops.filter((o) => o === op).length === n);
    if (!shown(got)) t.fail(`steps are ${got.ops.join(' ')}`);
    if (!spec.kept && shown(off)) t.fail(`it shows where it is off: ${off.ops.join(' ')}`);
    for (const [name, want] of Object.entries(plain.outputs))
      for (const [how, { outputs }] of [['all', got], ['all but it', off]]) {
        const d = difference(outputs[name], want);
        if (d) t.fail(`${name} with ${how}: ${d}`);
      }
  },
}));
