// Feeds and outputs: every type there and back, sequences, maps, absent optionals, and what is refused.
import { add_model, floats, make_model } from '../models.mjs';
import { node, port } from '../onnx_writer.mjs';
import { data_length, difference, type_codes } from '../tensors.mjs';

const echo = (type, dims = ['n'], kind) => make_model({
  opsets: { '': 25 }, ir: 10, inputs: [port('x', type, dims, kind)], outputs: [port('y', type, dims, kind)], nodes: [node('Identity', ['x'], ['y'])] });

// Graph JSON whose output is its input.
const pass = (attrs) => ({ graph: { mote: 1, files: [''], nodes: [
  { op: 'null', name: 'x', attrs }, { op: 'Identity', name: 'i', inputs: [[0, 0]], outputs: ['y'] }], arg_nodes: [0], heads: [[1, 0]] } });

async function with_model(t, source, use, options) {
  const model = await t.load(source, options);
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}

const bytes_of = (length, seed) => Uint8Array.from({ length }, (_, i) => (i * 37 + seed * 11 + 5) % 256);
const classes = { float32: Float32Array, float64: Float64Array, int8: Int8Array, int16: Int16Array, int32: Int32Array, uint16: Uint16Array,
  uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array, float16: Uint16Array, bfloat16: Uint16Array, complex64: Float32Array, complex128: Float64Array };

// Data of n elements: any bits; the bits past the last element of a packed type are zero.
function data_of(type, n) {
  if (type === 'string') return Array.from({ length: n }, (_, i) => ['', 'a', 'Zürich', '日本', '🙂', 'two\nlines', 'nul\0inside'][i % 7]);
  const length = data_length(type, n), of = classes[type] ?? Uint8Array;
  if (type === 'bool') return Uint8Array.from({ length }, (_, i) => i & 1);
  if (/^(float(32|64)|complex)/.test(type)) return of.from({ length }, (_, i) => i * 0.75 - 3);
  const data = new of(bytes_of(length * of.BYTES_PER_ELEMENT, n).buffer);
  const bits = { int4: 4, uint4: 4, float4e2m1: 4, int2: 2, uint2: 2 }[type];
  if (bits && n * bits % 8) data[length - 1] &= (1 << n * bits % 8) - 1;
  return data;
}

const list = [];
const add = (name, run) => list.push({ name, run });

for (const type of Object.keys(type_codes)) add(`${type} there and back`, (t) => with_model(t, pass({ type, shape: ['n', 'm'] }), async (model) => {
  t.equal(model.inputs, [{ name: 'x', type, shape: ['n', 'm'] }], 'inputs');
  for (const dims of [[1, 7], [3, 5], [0, 4], [2, 8], [1, 1]]) {
    const x = { type, dims, data: data_of(type, dims[0] * dims[1]) }, before = JSON.stringify(Array.from(x.data, String));
    const { y } = await model.run({ x });
    const wanted = type === 'string' ? 'Array' : (classes[type] ?? Uint8Array).name;
    t.equal(y.data.constructor.name, wanted, 'class');
    t.equal([y.type, y.dims, Array.from(y.data, String)], [type, dims, Array.from(x.data, String)]);
    t.equal(JSON.stringify(Array.from(x.data, String)), before, 'the feed');
    t.assert(y.data !== x.data && y.data.buffer !== (x.data.buffer ?? 0) , 'the output is no copy');
  }
}));

add('a scalar', (t) => with_model(t, echo('float32', []), async (model) => {
  t.equal((await model.run({ x: { type: 'float32', dims: [], data: Float32Array.of(4) } })).y, { type: 'float32', dims: [], data: Float32Array.of(4) });
}));
add('outputs are fresh copies', (t) => with_model(t, add_model(), async (model) => {
  const first = (await model.run({ x: floats(1, 2) })).y, second = (await model.run({ x: floats(5, 6) })).y;
  t.equal([...first.data, ...second.data], [11, 12, 15, 16]);
  first.data.fill(0);
  t.equal([...second.data], [15, 16]);
}));
add('a feed that is a part of a buffer', (t) => with_model(t, add_model(), async (model) => {
  const all = Float32Array.of(9, 1, 2, 9), x = { type: 'float32', dims: [2], data: all.subarray(1, 3) };
  t.equal([...(await model.run({ x })).y.data], [11, 12]);
  t.equal([...all], [9, 1, 2, 9]);
}));
add("onnxruntime-common's tensor and other arrays of the same bits", async (t) => {
  await with_model(t, add_model(), async (model) => {
    class Tensor {  // its data is a getter, its own field is cpuData
      type = 'float32';
      dims = [2];
      cpuData = Float32Array.of(1, 2);
      get data() { return this.cpuData; }
    }
    t.equal([...(await model.run({ x: new Tensor() })).y.data], [11, 12]);
    t.equal([...(await model.run({ x: { type: 'float32', dims: [1], cpuData: Float32Array.of(3) } })).y.data], [13]);
    if (globalThis.SharedArrayBuffer) {
      const data = new Float32Array(new SharedArrayBuffer(8)).fill(7);
      t.equal([...(await model.run({ x: { type: 'float32', dims: [2], data } })).y.data], [17, 17]);
    }
  });
  await with_model(t, pass({ type: 'uint8', shape: ['n'] }), async (model) =>
    t.equal([...(await model.run({ x: { type: 'uint8', dims: [2], data: Uint8ClampedArray.of(3, 255) } })).y.data], [3, 255]));
  await with_model(t, pass({ type: 'int4', shape: ['n'] }), async (model) =>
    t.equal([...(await model.run({ x: { type: 'int4', dims: [3], data: Int8Array.of(-2, 7) } })).y.data], [254, 7]));
  if (globalThis.Float16Array) await with_model(t, pass({ type: 'float16', shape: ['n'] }), async (model) =>
    t.equal([...(await model.run({ x: { type: 'float16', dims: [2], data: Float16Array.of(1, -2) } })).y.data], [0x3c00, 0xc000]));
});

// ---- sequences, maps, optionals

add('sequences', (t) => with_model(t, pass({ type: 'float32', kind: 'sequence', shape: [] }), async (model) => {
  for (const x of [[floats(1, 2), { type: 'float32', dims: [1, 3], data: Float32Array.of(3, 4, 5) }], [], [floats()]])
    t.equal((await model.run({ x })).y, x);
  await t.error(model.run({ x: floats(1) }), 'bad_kind', /'x' is a tensor, expected a sequence/);
  await t.error(model.run({ x: [floats(1), { type: 'float32', dims: [2], data: new Float32Array(1) }] }), 'size_mismatch', /input 'x'\[1\]/);
  t.equal((await model.run({ x: [floats(8)] })).y, [floats(8)]);
}));
add('sequences of strings', (t) => with_model(t, pass({ type: 'string', kind: 'sequence', shape: [] }), async (model) => {
  const x = [{ type: 'string', dims: [2], data: ['', 'Zürich'] }, { type: 'string', dims: [0], data: [] }];
  t.equal((await model.run({ x })).y, x);
}));
add('sequences of an .onnx', (t) => with_model(t, echo('int64', null, 'sequence'), async (model) => {
  const x = [{ type: 'int64', dims: [2], data: BigInt64Array.of(-1n, 2n ** 62n) }];
  t.equal((await model.run({ x })).y, x);
}));
add('maps', async (t) => {
  await with_model(t, pass({ type: 'float32', kind: 'map' }), async (model) => {
    for (const x of [new Map([['a', 0.5], ['ü', -2]]), new Map([[1n, 3], [-(2n ** 60n), 4]])]) {
      const { y } = await model.run({ x });
      t.assert(y instanceof Map, 'a Map');
      t.equal([...y], [...x]);
    }
    await t.error(model.run({ x: new Map([['a', 1], [2n, 1]]) }), 'bad_type', /'x'/);
    await t.error(model.run({ x: floats(1) }), 'bad_kind', /expected a map/);
  });
  await with_model(t, pass({ type: 'string', kind: 'map' }), async (model) => {
    const x = new Map([[7n, 'seven'], [8n, '']]);
    t.equal([...(await model.run({ x })).y], [...x]);
  });
});
add('absent optionals', (t) => with_model(t, pass({ type: 'float32', kind: 'optional', shape: ['n'] }), async (model) => {
  t.equal((await model.run({ x: null })).y, null);
  t.equal((await model.run({ x: floats(1, 2) })).y, floats(1, 2));
  t.equal((await model.run({ x: null })).y, null);
}));

// ---- refused

const feeds_refused = {
  'null for a tensor': [null, 'missing_feed', /input 'x' is missing: expected float32 \[n\]/],
  'undefined': [undefined, 'missing_feed', /'x'/],
  'a number': [3, 'bad_kind', /got Number, expected \{ type, dims, data \}/],
  'an object without a type': [{ dims: [1], data: Float32Array.of(1) }, 'bad_kind', /'x'/],
  'a type that is none': [{ type: 'float', dims: [1], data: Float32Array.of(1) }, 'bad_type', /'float' is not one of float32 uint8/],
  'another type': [{ type: 'float64', dims: [1], data: Float64Array.of(1) }, 'bad_type', /float64.*float32/],
  'data of another class': [{ type: 'float32', dims: [1], data: Float64Array.of(1) }, 'bad_type', /is Float64Array, expected Float32Array/],
  'data that is a list': [{ type: 'float32', dims: [1], data: [1] }, 'bad_type', /is Array, expected Float32Array/],
  'no data': [{ type: 'float32', dims: [1] }, 'bad_type', /is Undefined/],
  'too little data': [{ type: 'float32', dims: [2, 3], data: new Float32Array(5) }, 'size_mismatch', /has 5 elements, shape \[2,3\] of float32 needs 6/],
  'dims that are no list': [{ type: 'float32', dims: 1, data: Float32Array.of(1) }, 'bad_shape', /must be an array/],
  'dims that are BigInts': [{ type: 'float32', dims: [1n], data: Float32Array.of(1) }, 'bad_shape', /\(1\)/],
  'no dims': [{ type: 'float32', data: Float32Array.of(1) }, 'bad_shape', /'x'/],
  'a negative dimension': [{ type: 'float32', dims: [-1], data: Float32Array.of(1) }, 'bad_shape', /\(-1\)/],
  'half a dimension': [{ type: 'float32', dims: [0.5], data: Float32Array.of(1) }, 'bad_shape', /\(0.5\)/],
  'nine dimensions': [{ type: 'float32', dims: Array(9).fill(1), data: Float32Array.of(1) }, 'rank_limit', /rank 9/],
  'another rank': [{ type: 'float32', dims: [1, 1], data: Float32Array.of(1) }, 'bad_rank', /'x'/],
};
for (const [name, [x, code, pattern]] of Object.entries(feeds_refused)) add(`refused: ${name}`, (t) => with_model(t, add_model(), async (model) => {
  const e = await t.error(model.run({ x }), code === 'bad_rank' ? undefined : code, pattern);
  t.equal(e.tensor, 'x', 'tensor');
  t.assert(typeof e.code === 'string', 'a code');
  t.equal([...(await model.run({ x: floats(1) })).y.data], [11], 'the next run');
}));
add('refused: strings that are none', (t) => with_model(t, pass({ type: 'string', shape: ['n'] }), (model) =>
  t.error(model.run({ x: { type: 'string', dims: [1], data: [1] } }), 'bad_type', /no strings/)));
add('refused: a misspelt name', (t) => with_model(t, add_model(), async (model) => {
  await t.error(model.run({ imput: floats(1) }), 'unknown_feed', /no input 'imput'; inputs are 'x'/);
  await t.error(model.run({ x: floats(1), toString: floats(1) }), 'unknown_feed', /'toString'/);
  await t.error(model.run(), 'missing_feed', /'x'/);
}));

add('names that objects have', (t) => with_model(t, make_model({
  inputs: [port('__proto__', 'float32', ['n']), port('constructor', 'float32', ['n'])], outputs: [port('toString', 'float32', ['n'])],
  nodes: [node('Add', ['__proto__', 'constructor'], ['toString'])] }), async (model) => {
  const feeds = Object.fromEntries([['__proto__', floats(1)], ['constructor', floats(2)]]);
  const d = difference((await model.run(feeds)).toString, floats(3));
  if (d) t.fail(d);
  await t.error(model.run({ constructor: floats(1) }), 'missing_feed', /'__proto__'/);
}));

add('ports', (t) => with_model(t, make_model({
  inputs: [port('a', 'float32', ['batch', 3, '']), port('b', 'float32', ['batch', 3, ''])], outputs: [port('z', 'float32', ['batch', 3, null]), port('y', 'float32', ['batch', 3, ''])],
  nodes: [node('Add', ['a', 'b'], ['y']), node('Mul', ['a', 'b'], ['z'])] }), async (model) => {
  t.equal(model.inputs, ['a', 'b'].map((name) => ({ name, type: 'float32', shape: ['batch', 3, ''] })), 'inputs');
  t.equal(model.outputs, ['z', 'y'].map((name) => ({ name, type: 'float32', shape: ['batch', 3, ''] })), 'outputs');
  const x = { type: 'float32', dims: [1, 3, 1], data: Float32Array.of(1, 2, 3) };
  t.equal(Object.keys(await model.run({ a: x, b: x })), ['z', 'y'], 'order of the outputs');
}));

export const cases = list;
