// Writes ONNX models: as much protobuf as tests need, no dependency, so that pages can make models as well.
//
//   model({ opsets: { '': 17 }, graph: graph({
//     inputs: [port('x', 'float32', ['n', 3])], outputs: [port('y', 'float32', ['n', 3])],
//     initializers: [tensor('w', 'float32', [3], data)], nodes: [node('Add', ['x', 'w'], ['y'], { attributes
//       })] }) }) -> Uint8Array
import { raw_bytes, type_codes } from './tensors.mjs';

const encoder = new TextEncoder();

export function varint(value) {
  let n = BigInt.asUintN(64, BigInt(value));
  const out = [];
  while (n > 127n) {
    out.push(Number(n & 127n) | 128);
    n >>= 7n;
  }
  out.push(Number(n));
  return Uint8Array.from(out);
}

export function concat(parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

// Fields by number. A field is null (left out), a number or BigInt (varint), a string, bytes
// (length-delimited), or a list of those.
export function message(fields) {
  const parts = [];
  for (const [number, value] of fields) {
    for (const v of Array.isArray(value) ? value : [value]) {
      if (v === null || v === undefined) continue;
      if (typeof v === 'number' || typeof v === 'bigint' || typeof v === 'boolean') {
        parts.push(varint(number << 3), varint(v));
      } else if (v.float !== undefined) {
        parts.push(varint(number << 3 | 5), new Uint8Array(Float32Array.of(v.float).buffer));
      } else {
        const bytes = typeof v === 'string' ? encoder.encode(v) : v;
        parts.push(varint(number << 3 | 2), varint(bytes.length), bytes);
      }
    }
  }
  return concat(parts);
}

const type_code = (type) => typeof type === 'number' ? type : type_codes[type];

// TensorProto. options: { external: { location, offset, length } }, { packed: [values] } for varint or packed
// fields in place of raw_data, { raw } for bytes that need not fit.
export function tensor(name, type, dims, data, { external, packed, raw } = {}) {
  const code = type_code(type);
  const fields = [[1, dims], [2, code], [8, name || null]];
  if (external) {
    const entries = Object.entries(external).map(([key, value]) => message([[1, key], [2, String(value)]]));
    fields.push([13, entries], [14, 1]);
  } else if (packed) {
    const field = { 1: 4, 7: 7, 11: 10, 12: 11, 13: 11 }[code] ?? 5;
    fields.push([field, field === 4 ? new Uint8Array(Float32Array.from(packed).buffer)
      : field === 10 ? new Uint8Array(Float64Array.from(packed).buffer) : concat(packed.map(varint))]);
  } else if (type === 'string') {
    fields.push([6, data]);
  } else {
    fields.push([9, raw ?? raw_bytes({ data })]);
  }
  return message(fields);
}

const shape_of = (dims) => message([[1, dims.map((d) => typeof d === 'number' ? message([[1, d]]) : message([[2, d || null]]))]]);
const tensor_type = (type, dims) => message([[1, message([[1, type_code(type)], [2, dims ? shape_of(dims) : null]])]]);

// ValueInfoProto; dims null: unknown rank. kind: sequence or optional of such tensors.
export function port(name, type, dims, kind) {
  const inner = tensor_type(type, dims);
  const proto = kind === 'sequence' ? message([[4, message([[1, inner]])]]) : kind === 'optional' ? message([[9, message([[1, inner]])]]) : inner;
  return message([[1, name], [2, proto]]);
}

// AttributeProto by the kind of value: an integer (number without fraction, BigInt), { float }, string, list
// of integers, { floats }, { strings }, { tensor }, { graph }, { ref: [name of the function's attribute,
// type] }.
function attribute(name, v) {
  const is_integer = (x) => typeof x === 'bigint' || Number.isInteger(x);
  if (is_integer(v)) return message([[1, name], [3, v], [20, 2]]);
  if (typeof v === 'string') return message([[1, name], [4, v], [20, 3]]);
  if (Array.isArray(v)) return message([[1, name], [8, v], [20, 7]]);
  if (v.float !== undefined) return message([[1, name], [2, v], [20, 1]]);
  if (v.floats) return message([[1, name], [7, v.floats.map((float) => ({ float }))], [20, 6]]);
  if (v.strings) return message([[1, name], [9, v.strings], [20, 8]]);
  if (v.tensor) return message([[1, name], [5, v.tensor], [20, 4]]);
  if (v.graph) return message([[1, name], [6, v.graph], [20, 5]]);
  if (v.ref) return message([[1, name], [21, v.ref[0]], [20, v.ref[1]]]);
  throw new Error(`attribute ${name}`);
}

export const node = (op, inputs, outputs, { name, domain, attributes = {} } = {}) => message([
  [1, inputs], [2, outputs], [3, name], [4, op], [5, Object.entries(attributes).map(([k, v]) => attribute(k, v))], [7, domain]]);

export const graph = ({ name = 'graph', nodes = [], inputs = [], outputs = [], initializers = [] }) =>
  message([[1, nodes], [2, name], [5, initializers], [11, inputs], [12, outputs]]);

const opset_list = (opsets) => Object.entries(opsets).map(([domain, version]) => message([[1, domain || null], [2, version]]));

// FunctionProto of a model-local function.
export const local_function = ({ domain = 'local', name, inputs = [], outputs = [], attributes = [], nodes = [], opsets = { '': 17 } }) =>
  message([[1, name], [4, inputs], [5, outputs], [6, attributes], [7, nodes], [9, opset_list(opsets)], [10, domain]]);

export const model = ({ graph: g, opsets = { '': 17 }, ir = 8, functions = [] }) =>
  message([[1, ir], [2, 'mote tests'], [7, g], [8, opset_list(opsets)], [25, functions]]);
