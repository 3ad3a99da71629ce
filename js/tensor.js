// Tensors as the shim takes and gives them: { type, dims, data }, data in ONNX's raw layout. Checks feeds, and packs and
// unpacks the 4- and 2-bit types, of which the runtime holds one element a byte.
import { fault } from './fault.js';

// By ONNX's TensorProto.DataType: name, array, numbers an element has, bits where they are below 8.
const rows = [
  , ['float32', Float32Array], ['uint8', Uint8Array], ['int8', Int8Array], ['uint16', Uint16Array], ['int16', Int16Array],
  ['int32', Int32Array], ['int64', BigInt64Array], ['string', Array], ['bool', Uint8Array], ['float16', Uint16Array],
  ['float64', Float64Array], ['uint32', Uint32Array], ['uint64', BigUint64Array], ['complex64', Float32Array, 2],
  ['complex128', Float64Array, 2], ['bfloat16', Uint16Array], ['float8e4m3fn', Uint8Array], ['float8e4m3fnuz', Uint8Array],
  ['float8e5m2', Uint8Array], ['float8e5m2fnuz', Uint8Array], ['uint4', Uint8Array, 1, 4], ['int4', Uint8Array, 1, 4],
  ['float4e2m1', Uint8Array, 1, 4], ['float8e8m0', Uint8Array], ['uint2', Uint8Array, 1, 2], ['int2', Uint8Array, 1, 2],
];
export const types = rows.map(([name, array, numbers = 1, bits = 8], code) => ({ code, name, array, numbers, bits }));
const by_name = new Map(types.filter(Boolean).map((t) => [t.name, t]));
export const string_type = 8;
const max_rank = 8;

// Also arrays of another realm (an iframe, a vm context), and what onnxruntime-common uses for the same bits.
const also = { float16: ['Float16Array'], uint8: ['Uint8ClampedArray'], int4: ['Int8Array'], int2: ['Int8Array'] };
const kind_of = (x) => x === null ? 'null' : Array.isArray(x) ? 'Array' : typeof x === 'object' ? Object.prototype.toString.call(x).slice(8, -1) : typeof x;

// The type, dims, data and number of elements of a tensor that the caller gave; `where` begins the sentence of an error.
export function check_tensor(feed, where, tensor) {
  const wrong = (code, text) => fault(code, `${where}: ${text}`, { tensor });
  if (feed === null || typeof feed !== 'object' || !('type' in feed)) throw wrong('bad_kind', `got ${kind_of(feed)}, expected a tensor { type, dims, data }`);
  const { dims } = feed, data = feed.data ?? feed.cpuData, type = by_name.get(feed.type);
  if (!type) throw wrong('bad_type', `type '${feed.type}' is not one of ${[...by_name.keys()].join(' ')}`);
  if (!Array.isArray(dims)) throw wrong('bad_shape', `dims is ${kind_of(dims)}, expected an Array of numbers`);
  const bad = dims.find((d) => !Number.isSafeInteger(d) || d < 0);
  if (bad !== undefined || dims.includes(undefined)) throw wrong('bad_shape', `dims [${dims.map(String)}] must be non-negative integers`);
  if (dims.length > max_rank) throw wrong('rank_limit', `rank ${dims.length} is above the limit of ${max_rank}`);
  const kind = kind_of(data);
  if (kind !== type.array.name && !also[type.name]?.includes(kind)) throw wrong('bad_type', `data of type ${type.name} is ${kind}, expected ${[type.array.name, ...also[type.name] ?? []].join(' or ')}`);
  const count = dims.reduce((n, d) => n * d, 1), length = Math.ceil(count * type.numbers * type.bits / 8);
  if (data.length !== length) throw wrong('size_mismatch', `data has ${data.length} elements, shape [${dims}] of ${type.name} needs ${length}`);
  if (type.code === string_type && !data.every((s) => typeof s === 'string')) throw wrong('bad_type', 'data of type string has elements that are no strings');
  return { type, dims, data, count };
}

// The bytes of checked data, as the runtime holds them.
export function to_bytes({ type: { bits, name }, data, count }) {
  const from = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (bits === 8) return from;
  const to = new Uint8Array(count), each = 8 / bits, up = name[0] === 'i' ? 32 - bits : 0, mask = (1 << bits) - 1;
  for (let i = 0; i < count; ++i) to[i] = (from[i / each | 0] >> i % each * bits & mask) << up >> up;
  return to;
}

// Bytes of memory that `count` elements have; strings apart.
export const byte_size = ({ array, numbers, bits }, count) => count * numbers * (bits < 8 ? 1 : array.BYTES_PER_ELEMENT);

// Fresh data from the bytes of `count` elements in the runtime's memory.
export function from_bytes({ array, numbers, bits }, count, bytes) {
  const each = 8 / bits, data = new array(Math.ceil(count * numbers / each));
  if (bits === 8) new Uint8Array(data.buffer).set(bytes);
  else for (let i = 0; i < count; ++i) data[i / each | 0] |= (bytes[i] & (1 << bits) - 1) << i % each * bits;
  return data;
}
