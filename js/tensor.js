// Tensors as the caller has them: { type, dims, data }, data in ONNX's raw layout.
import { fault } from './fault.js';

// By ONNX's TensorProto.DataType: name, array, numbers an element has, bits where they are below 8.
export const types = [
  , ['float32', Float32Array], ['uint8', Uint8Array], ['int8', Int8Array], ['uint16', Uint16Array], ['int16', Int16Array],
  ['int32', Int32Array], ['int64', BigInt64Array], ['string', Array], ['bool', Uint8Array], ['float16', Uint16Array],
  ['float64', Float64Array], ['uint32', Uint32Array], ['uint64', BigUint64Array], ['complex64', Float32Array, 2],
  ['complex128', Float64Array, 2], ['bfloat16', Uint16Array], ['float8e4m3fn', Uint8Array], ['float8e4m3fnuz', Uint8Array],
  ['float8e5m2', Uint8Array], ['float8e5m2fnuz', Uint8Array], ['uint4', Uint8Array, 1, 4], ['int4', Uint8Array, 1, 4],
  ['float4e2m1', Uint8Array, 1, 4], ['float8e8m0', Uint8Array], ['uint2', Uint8Array, 1, 2], ['int2', Uint8Array, 1, 2],
].map(([name, array, numbers = 1, bits = 8], code) => ({ code, name, array, numbers, bits }));
export const string_type = 8;
const max_rank = 8, int64 = types[7];
export const kinds = ['tensor', 'sequence', 'map', 'optional'], sequence = 1, map = 2, absent = 3;

// Arrays that are taken too: what onnxruntime-common has for these types.
const also = { float16: 'Float16Array', uint8: 'Uint8ClampedArray', int4: 'Int8Array', int2: 'Int8Array' };
const class_of = (x) => Object.prototype.toString.call(x).slice(8, -1);  // also of another realm

export const count_of = (dims) => dims.reduce((n, d) => n * d, 1);

// A feed, checked: { kind, type, dims, data } or { kind, type, dims, parts }. `where` begins the sentence of an error.
export function check_feed(feed, port, where, tensor) {
  const wrong = (code, text) => fault(code, `${where}: ${text}`, { tensor });
  const declared = types[port.code] ?? types[1];
  if (feed === null) return { kind: absent, type: declared, dims: [] };
  if (Array.isArray(feed)) {
    const parts = feed.map((part, i) => check_feed(part, port, `${where}[${i}]`, tensor));
    return { kind: sequence, type: parts[0]?.type ?? declared, dims: [feed.length], parts };
  }
  if (feed instanceof Map) {
    const parts = [[feed.keys(), int64], [feed.values(), declared.code === string_type ? types[1] : declared]].map(([items, type]) => {
      const data = [...items], kind = typeof data[0];
      if (data.some((x) => typeof x !== kind)) throw wrong('bad_type', 'keys, and values, of a map must be of one type');
      type = kind === 'string' ? types[string_type] : kind === 'bigint' ? int64 : type;
      return { kind: 0, type, dims: [data.length], data: type.array.from(data, type === int64 ? BigInt : undefined) };
    });
    return { kind: map, type: parts[1].type, dims: [], parts };
  }
  if (!feed?.type) throw wrong('bad_kind', `got ${class_of(feed)}, expected { type, dims, data }`);
  const { dims } = feed, data = feed.data ?? feed.cpuData, type = types.find((t) => t?.name === feed.type);
  if (!type) throw wrong('bad_type', `type '${feed.type}' is not one of ${types.map((t) => t.name).join(' ').trim()}`);
  if (!Array.isArray(dims) || !dims.every((d) => Number.isSafeInteger(d) && d >= 0)) throw wrong('bad_shape', `dims (${dims}) must be an array of non-negative integers`);
  if (dims.length > max_rank) throw wrong('rank_limit', `rank ${dims.length} is above the limit of ${max_rank}`);
  const { name } = type.array, got = class_of(data);
  if (got !== name && got !== also[feed.type]) throw wrong('bad_type', `data of type ${feed.type} is ${got}, expected ${name}`);
  const length = Math.ceil(count_of(dims) * type.numbers * type.bits / 8);
  if (data.length !== length) throw wrong('size_mismatch', `data has ${data.length} elements, shape [${dims}] of ${feed.type} needs ${length}`);
  if (type.code === string_type && !data.every((s) => typeof s === 'string')) throw wrong('bad_type', 'data has elements that are no strings');
  return { kind: 0, type, dims, data };
}

// The bytes of checked data as the runtime holds them: one element of a 4- or 2-bit type a byte.
export function to_bytes({ type: { bits, name }, dims, data }) {
  const from = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (bits === 8) return from;
  const each = 8 / bits, up = name[0] === 'i' ? 32 - bits : 0, mask = (1 << bits) - 1;
  return new Uint8Array(count_of(dims)).map((_, i) => (from[i / each | 0] >> i % each * bits & mask) << up >> up);
}

// Fresh data of `count` elements; read(bytes) gives the runtime's bytes.
export function from_bytes({ array, numbers, bits }, count, read) {
  const each = 8 / bits, data = new array(Math.ceil(count * numbers / each));
  if (bits === 8) new Uint8Array(data.buffer).set(read(data.byteLength));
  else read(count).forEach((x, i) => { data[i / each | 0] |= (x & (1 << bits) - 1) << i % each * bits; });
  return data;
}
