// Tensors of the tests: making data in ONNX's raw layout from values, reading it back, comparing with a
// tolerance. A tensor is { type, dims, data } as the shim takes and gives it.

export const short_names = {
  f32: 'float32', f64: 'float64', f16: 'float16', bf16: 'bfloat16', f8e4m3fn: 'float8e4m3fn', f8e4m3fnuz: 'float8e4m3fnuz',
  f8e5m2: 'float8e5m2', f8e5m2fnuz: 'float8e5m2fnuz', f8e8m0: 'float8e8m0', f4e2m1: 'float4e2m1', i2: 'int2', u2: 'uint2',
  i4: 'int4', u4: 'uint4', i8: 'int8', u8: 'uint8', i16: 'int16', u16: 'uint16', i32: 'int32', u32: 'uint32', i64: 'int64',
  u64: 'uint64', bool: 'bool', str: 'string', c64: 'complex64', c128: 'complex128',
};

// ONNX TensorProto.DataType codes by name.
export const type_codes = {
  float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, string: 8, bool: 9, float16: 10, float64: 11,
  uint32: 12, uint64: 13, complex64: 14, complex128: 15, bfloat16: 16, float8e4m3fn: 17, float8e4m3fnuz: 18, float8e5m2: 19,
  float8e5m2fnuz: 20, uint4: 21, int4: 22, float4e2m1: 23, float8e8m0: 24, uint2: 25, int2: 26,
};

const arrays = {
  float32: Float32Array, float64: Float64Array, float16: Uint16Array, bfloat16: Uint16Array, int8: Int8Array, uint8: Uint8Array,
  int16: Int16Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array,
  bool: Uint8Array, complex64: Float32Array, complex128: Float64Array,
};
const subbyte_bits = { int4: 4, uint4: 4, float4e2m1: 4, int2: 2, uint2: 2 };

export const array_of = (type) => arrays[type] ?? Uint8Array;
export const element_count = (dims) => dims.reduce((n, d) => n * d, 1);

// Numbers that data has for n elements.
export const data_length = (type, n) =>
  subbyte_bits[type] ? Math.ceil(n * subbyte_bits[type] / 8) : type.startsWith('complex') ? 2 * n : n;

// ---- small floats: a table of all codes

function small_float(type, code) {
  const e5 = type.includes('e5m2');
  const [exponent_bits, mantissa_bits] = type === 'float4e2m1' ? [2, 1] : e5 ? [5, 2] : [4, 3];
  if (type === 'float8e8m0') return code === 255 ? NaN : 2 ** (code - 127);
  const bits = 1 + exponent_bits + mantissa_bits;
  const sign = code >> bits - 1 ? -1 : 1;
  const exponent = code >> mantissa_bits & (1 << exponent_bits) - 1;
  const mantissa = code & (1 << mantissa_bits) - 1;
  const fnuz = type.endsWith('fnuz');
  if (fnuz && code === 0x80) return NaN;
  if (type === 'float8e4m3fn' && (code & 0x7f) === 0x7f) return NaN;
  if (type === 'float8e5m2' && exponent === 31) return mantissa ? NaN : sign * Infinity;
  const bias = (1 << exponent_bits - 1) - 1 + (fnuz ? 1 : 0);
  return sign * (exponent ? (1 + mantissa / (1 << mantissa_bits)) * 2 ** (exponent - bias)
    : mantissa / (1 << mantissa_bits) * 2 ** (1 - bias));
}

const small_tables = {};
const small_table = (type) => small_tables[type] ??=
  Array.from({ length: type === 'float4e2m1' ? 16 : 256 }, (_, code) => small_float(type, code));

function to_small(type, value) {
  const table = small_table(type);
  let best = -1;
  for (let code = 0; code < table.length; ++code) {
    if (Object.is(table[code], value)) return code;
    if (Number.isNaN(table[code]) || Math.abs(table[code]) === Infinity) continue;
    if (best < 0 || Math.abs(table[code] - value) < Math.abs(table[best] - value)) best = code;
  }
  if (table[best] !== value && !(value === 0)) throw new Error(`${value} is not a ${type}`);
  return best;
}

// ---- float16 and bfloat16, rounding to nearest even

const f32 = new Float32Array(1), u32 = new Uint32Array(f32.buffer);

export function to_f16(value) {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const x = Math.abs(value);
  if (x >= 65520) return sign | 0x7c00;
  const exponent = x < 2 ** -14 ? -14 : Math.floor(Math.log2(x));
  const step = 2 ** (exponent - 10);
  let n = Math.floor(x / step);
  const rest = x / step - n;
  if (rest > 0.5 || (rest === 0.5 && n & 1)) ++n;  // carries into the exponent by itself
  return sign | (exponent === -14 ? n : n + (exponent + 14 << 10));
}
export function from_f16(bits) {
  const exponent = bits >> 10 & 31, mantissa = bits & 1023, sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return sign * (exponent ? (1 + mantissa / 1024) * 2 ** (exponent - 15) : mantissa * 2 ** -24);
}
export function to_bf16(value) {
  f32[0] = value;
  if (Number.isNaN(value)) return 0x7fc0;
  return u32[0] + 0x7fff + (u32[0] >>> 16 & 1) >>> 16 & 0xffff;
}
export function from_bf16(bits) {
  u32[0] = bits << 16;
  return f32[0];
}

// ---- values to data and back. Values: numbers, BigInts for 64-bit integers, strings; re, im one after the
// other.

export function make_data(type, values) {
  if (type === 'string') return [...values];
  const bits = subbyte_bits[type];
  const code = type === 'float16' ? to_f16 : type === 'bfloat16' ? to_bf16 :
    type.startsWith('float8') || type === 'float4e2m1' ? (v) => to_small(type, v) :
    type.endsWith('int64') ? BigInt : Number;
  if (!bits) return array_of(type).from(values, code);
  const data = new Uint8Array(Math.ceil(values.length * bits / 8));
  values.forEach((v, i) => { data[i * bits >> 3] |= (code(v) & (1 << bits) - 1) << (i * bits & 7); });
  return data;
}

export const make_tensor = (type, dims, values) => ({ type, dims, data: make_data(type, values) });

// The value at element i as a number, BigInt or string; parts of complex numbers have an index each.
function reader(type, data) {
  const bits = subbyte_bits[type];
  if (bits) {
    const raw = (i) => data[i * bits >> 3] >> (i * bits & 7) & (1 << bits) - 1;
    if (type.startsWith('u')) return raw;
    if (type.startsWith('i')) return (i) => raw(i) << 32 - bits >> 32 - bits;
    return (i) => small_float(type, raw(i));
  }
  if (type === 'float16') return data.constructor.name === 'Float16Array' ? (i) => data[i] : (i) => from_f16(data[i]);
  if (type === 'bfloat16') return (i) => from_bf16(data[i]);
  if (type.startsWith('float8')) return (i) => small_table(type)[data[i]];
  return (i) => data[i];
}

// Distance in units of the last place of the type.
const f64 = new Float64Array(2), u64 = new BigInt64Array(f64.buffer);
function ulps(type, got, want) {
  if (type === 'float64' || type === 'complex128') {
    f64[0] = got; f64[1] = want;
    const order = (b) => b < 0n ? -(b & 0x7fffffffffffffffn) : b;
    const d = order(u64[0]) - order(u64[1]);
    return Number(d < 0n ? -d : d);
  }
  let order;
  if (type === 'float16' || type === 'bfloat16') {
    const bits = type === 'float16' ? to_f16 : to_bf16;
    order = (x) => { const b = bits(x); return b & 0x8000 ? -(b & 0x7fff) : b; };
  } else if (type.startsWith('float8') || type === 'float4e2m1') {
    order = (x) => { const b = to_small(type, x), half = small_table(type).length / 2; return b & half ? -(b & half - 1) : b; };
  } else {
    order = (x) => { f32[0] = x; return u32[0] >> 31 ? -(u32[0] & 0x7fffffff) : u32[0]; };
  }
  return Math.abs(order(got) - order(want));
}

const show = (x) => typeof x === 'string' ? JSON.stringify(x) : Object.is(x, -0) ? '-0' : String(x);

// Null where `got` agrees with `want`, else a sentence. tolerance: {} exact, { ulp }, { atol, rtol }, {
// rel_l2 }. NaN equals NaN, -0 equals 0. Sequences, maps and absent optionals are compared by element.
export function difference(got, want, tolerance = {}, where = 'output') {
  if (want === null || got === null || got === undefined) return got == want ? null : `${where}: got ${got}, expected ${want}`;
  if (Array.isArray(want)) {
    if (!Array.isArray(got)) return `${where}: got no sequence`;
    if (got.length !== want.length) return `${where}: got ${got.length} elements, expected ${want.length}`;
    for (let i = 0; i < want.length; ++i) {
      const d = difference(got[i], want[i], tolerance, `${where}[${i}]`);
      if (d) return d;
    }
    return null;
  }
  if (want instanceof Map) {
    if (!(got instanceof Map)) return `${where}: got no map`;
    if (got.size !== want.size) return `${where}: got ${got.size} keys, expected ${want.size}`;
    for (const [k, v] of want) {
      const g = got.get(k);
      if (!(g === v || Math.abs(g - v) <= (tolerance.atol ?? 0) + (tolerance.rtol ?? 0) * Math.abs(v))) return `${where}[${k}]: got ${g}, expected ${v}`;
    }
    return null;
  }
  if (got.type !== want.type) return `${where}: got type ${got.type}, expected ${want.type}`;
  if (got.dims.length !== want.dims.length || got.dims.some((d, i) => d !== want.dims[i]))
    return `${where}: got shape [${got.dims}], expected [${want.dims}]`;
  const elements = element_count(want.dims);
  const length = data_length(want.type, elements);
  if (got.data.length !== length) return `${where}: got ${got.data.length} numbers, expected ${length}`;
  const n = subbyte_bits[want.type] ? elements : length;
  const g = reader(got.type, got.data), w = reader(want.type, want.data);
  const floating = /^(b?float|complex)/.test(want.type);
  const { ulp = 0, atol = 0, rtol = 0, rel_l2 } = tolerance;
  if (rel_l2 !== undefined && floating) {
    let error = 0, norm = 0;
    for (let i = 0; i < n; ++i) {
      error += (g(i) - w(i)) ** 2;
      norm += w(i) ** 2;
    }
    const relative = Math.sqrt(error / norm);
    return relative <= rel_l2 ? null : `${where}: relative L2 difference ${relative.toExponential(2)}, allowed ${rel_l2}`;
  }
  let wrong = 0, first = '', worst = 0;
  for (let i = 0; i < n; ++i) {
    const a = g(i), b = w(i);
    if (a === b || (a !== a && b !== b)) continue;
    if (floating && (Number.isFinite(a) && Number.isFinite(b) || ulp)) {
      if (ulp && a === a && b === b && ulps(want.type, a, b) <= ulp) continue;
      if (Number.isFinite(a) && Math.abs(a - b) <= atol + rtol * Math.abs(b)) continue;
      worst = Math.max(worst, Math.abs(a - b));
    } else if (!floating && typeof b === 'number' && Math.abs(a - b) <= atol + rtol * Math.abs(b)) continue;
    if (!wrong++) first = `${where}[${i}]: got ${show(a)}, expected ${show(b)}`;
  }
  return wrong ? `${first}${wrong > 1 ? ` (and ${wrong - 1} more of ${n}${worst ? `, worst difference ${worst.toExponential(2)}` : ''})` : ''}` : null;
}

export function base64(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

// The bytes of a tensor in ONNX's raw layout.
export const raw_bytes = (tensor) => new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);

// Type, shape and `data` of a tensor, as graph JSON writes a constant.
export const graph_constant = ({ type, dims, data }) =>
  ({ type, shape: dims, data: type === 'string' ? data : base64(raw_bytes({ data })) });
