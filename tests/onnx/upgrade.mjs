// Operators of older opsets as they were meant, where the packs hold no case of them.
import { graph, node, port, tensor } from '../onnx_writer.mjs';
import { floats, make_model } from '../models.mjs';
import { make_tensor } from '../tensors.mjs';

export const cases = [];

// A model of one node: its inputs are fed, outputs are { name: [type, dims] } for the file and { name: values
// } as expected.
function old(name, opset, made, inputs, expected, tolerance = 0) {
  cases.push({ name: `opset ${opset}: ${name}`, async run(t) {
    const model = await t.load_shared(make_model({
      opsets: { '': opset }, nodes: [made],
      inputs: Object.entries(inputs).map(([key, v]) => port(key, v.type, v.dims.map(() => ''))),
      outputs: Object.entries(expected).map(([key, v]) => port(key, v.type, null)),
    }));
    try {
      const outputs = await model.run(inputs);
      for (const [key, want] of Object.entries(expected)) {
        const got = outputs[key];
        t.equal([got.type, got.dims], [want.type, want.dims], key);
        want.data.forEach((v, i) => t.assert(Math.abs(Number(got.data[i]) - Number(v)) <= tolerance, `${key}[${i}]: got ${got.data[i]}, expected ${v}`));
      }
    } finally {
      await model.dispose();
    }
  } });
}
const f32 = (dims, ...values) => make_tensor('float32', dims, values);

// ---- Scan of opset 8: sums along a sequence, and their doubles

const body = { graph: graph({
  name: 'body', inputs: [port('sum', 'float32', [1]), port('x', 'float32', [1])], outputs: [port('next', 'float32', [1]), port('twice', 'float32', [1])],
  nodes: [node('Add', ['sum', 'x'], ['next']), node('Add', ['next', 'next'], ['twice'])],
}) };
const scan = (lengths, attributes = {}) => node('Scan', [lengths, 'start', 'xs'], ['end', 'ys'], { attributes: { body, num_scan_inputs: 1, ...attributes } });
const sequences = { start: f32([2, 1], 0, 100), xs: f32([2, 3, 1], 1, 2, 3, 4, 5, 6) };
old('Scan', 8, scan(''), sequences, { end: f32([2, 1], 6, 115), ys: f32([2, 3, 1], 2, 6, 12, 208, 218, 230) });
for (const [name, lengths, end, ys] of [
  ['of two', [3, 2], [6, 109], [2, 6, 12, 208, 218, 0]], ['of nothing', [0, 1], [0, 104], [0, 0, 0, 208, 0, 0]],
])
  old(`Scan with lengths ${name}`, 8, scan('n'), { n: make_tensor('int64', [2], lengths), ...sequences }, { end: f32([2, 1], ...end), ys: f32([2, 3, 1], ...ys) });
old('Scan backwards with lengths', 8, scan('n', { directions: [1] }), { n: make_tensor('int64', [2], [2, 3]), ...sequences },
  { end: f32([2, 1], 3, 115), ys: f32([2, 3, 1], 4, 6, 0, 212, 222, 230) });

// ---- BatchNormalization in training: x of channel 0 is 1, 3, of channel 1 is 10, 30

const normal = { x: f32([2, 2], 1, 10, 3, 30), scale: f32([2], 1, 2), b: f32([2], 0, 1), mean: f32([2], 0, 0), var: f32([2], 1, 1) };
const normalization = (outputs, attributes) => node('BatchNormalization', ['x', 'scale', 'b', 'mean', 'var'], outputs, { attributes: { epsilon: { float: 0 }, ...attributes } });
const trained = f32([2, 2], -1, -1, 1, 3);
for (const opset of [6, 7, 9])
  old('BatchNormalization in training', opset, normalization(['y', 'm', 'v', 'own_m', 'own_v'], { momentum: { float: 0.5 } }), normal,
    { y: trained, m: f32([2], 1, 10), v: f32([2], 1, 50.5), own_m: f32([2], 2, 20), own_v: f32([2], 1, 100) }, 1e-5);
old('BatchNormalization in training, some outputs', 9, normalization(['y', '', '', '', 'own_v'], {}), normal, { y: trained, own_v: f32([2], 1, 100) }, 1e-5);
old('BatchNormalization to test', 6, normalization(['y'], { is_test: 1 }), normal, { y: f32([2, 2], 1, 21, 3, 61) }, 1e-5);

// ---- Dropout in training: an element is 0 or doubled, and the mask, of the type of x, says which

for (const opset of [1, 6])
  cases.push({ name: `opset ${opset}: Dropout in training`, async run(t) {
    const model = await t.load_shared(make_model({
      opsets: { '': opset }, nodes: [node('Dropout', ['x'], ['y', 'mask'])], inputs: [port('x', 'float32', [''])],
      outputs: [port('y', 'float32', null), port('mask', 'float32', null)],
    }));
    try {
      const x = floats(...Array.from({ length: 1000 }, (_, i) => i + 1));
      const { y, mask } = await model.run({ x });
      t.equal([mask.type, mask.dims], ['float32', [1000]]);
      x.data.forEach((v, i) => t.assert(y.data[i] === 2 * v * mask.data[i], `y[${i}] is ${y.data[i]}, the mask ${mask.data[i]}`));
      const kept = mask.data.filter((m) => m === 1).length;
      t.assert(kept > 400 && kept < 600 && mask.data.every((m) => m === 0 || m === 1), `${kept} of 1000 are kept`);
    } finally {
      await model.dispose();
    }
  } });

// ---- types and defaults that changed

old('Dropout with a mask', 7, node('Dropout', ['x'], ['y', 'mask']), { x: floats(1, 2) }, { y: floats(1, 2), mask: floats(1, 1) });
old('Dropout to test', 6, node('Dropout', ['x'], ['y'], { attributes: { is_test: 1 } }), { x: floats(1, 2) }, { y: floats(1, 2) });
old('Dropout with a mask', 10, node('Dropout', ['x'], ['y', 'mask']), { x: floats(1, 2) }, { y: floats(1, 2), mask: make_tensor('bool', [2], [1, 1]) });
old('Selu', 1, node('Selu', ['x'], ['y']), { x: floats(1, -100) }, { y: floats(1.0507, -1.0507 * 1.6732) }, 1e-6);
old('Split by an input', 1, node('Split', ['x', 'n'], ['a', 'b'], { attributes: { axis: 0 } }), { x: floats(1, 2, 3), n: floats(1, 2) }, { a: floats(1), b: floats(2, 3) });
for (const [to, type, want] of [[22, 'int4', [-8, 7, 0]], [21, 'uint4', [0, 15, 0]]])
  cases.push({ name: `opset 23: CastLike of what does not fit ${type}`, async run(t) {
    const model = await t.load_shared(make_model({ opsets: { '': 23 }, inputs: [port('x', 'float32', [3])], outputs: [port('y', 'int8', null)],
      initializers: [tensor('like', type, [1], Uint8Array.of(0))],
      nodes: [node('CastLike', ['x', 'like'], ['small']), node('Cast', ['small'], ['y'], { attributes: { to: 3 } })] }));
    try {
      t.equal([...(await model.run({ x: floats(-100, 100, NaN) })).y.data], want, `type ${to}`);
    } finally {
      await model.dispose();
    }
  } });

// ---- operators that were taken back

const image = { x: f32([1, 2, 2, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) };
old('ImageScaler', 6, node('ImageScaler', ['x'], ['y'], { attributes: { scale: { float: 2 }, bias: { floats: [10, 20] } } }), image,
  { y: f32([1, 2, 2, 3], 12, 14, 16, 18, 20, 22, 34, 36, 38, 40, 42, 44) });
old('Crop', 6, node('Crop', ['x'], ['y'], { attributes: { border: [1, 0, 0, 1] } }), image, { y: f32([1, 2, 1, 2], 2, 3, 8, 9) });
old('Crop to a size', 6, node('Crop', ['x'], ['y'], { attributes: { border: [1, 1, 0, 0], scale: [1, 1] } }), image, { y: f32([1, 2, 1, 1], 5, 11) });
old('Affine', 6, node('Affine', ['x'], ['y'], { attributes: { alpha: { float: 2 }, beta: { float: 1 } } }), { x: floats(1, 2) }, { y: floats(3, 5) });
old('Scale', 6, node('Scale', ['x'], ['y'], { attributes: { scale: { float: 3 } } }), { x: floats(1, 2) }, { y: floats(3, 6) });
old('ScaledTanh', 6, node('ScaledTanh', ['x'], ['y'], { attributes: { alpha: { float: 2 }, beta: { float: 0.5 } } }), { x: floats(1, -2) },
  { y: floats(2 * Math.tanh(0.5), -2 * Math.tanh(1)) }, 1e-6);
old('ParametricSoftplus', 6, node('ParametricSoftplus', ['x'], ['y'], { attributes: { alpha: { float: 3 } } }), { x: floats(0, 1) },
  { y: floats(3 * Math.log(2), 3 * Math.log(1 + Math.E)) }, 1e-6);
const rows = { x: f32([1, 2, 1, 2], 1, 3, 10, 20) };
old('MeanVarianceNormalization', 1, node('MeanVarianceNormalization', ['x'], ['y']), rows, { y: f32([1, 2, 1, 2], -1, 1, -1, 1) }, 1e-5);
old('MeanVarianceNormalization of the mean alone', 1, node('MeanVarianceNormalization', ['x'], ['y'], { attributes: { normalize_variance: 0, across_channels: 1 } }), rows,
  { y: f32([1, 2, 1, 2], -7.5, -5.5, 1.5, 11.5) }, 1e-5);
