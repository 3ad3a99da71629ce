// .npy files, little endian, C order, version 1: what wasm/'s command and the zoo exchange.

const descriptors = {
  float32: '<f4', float64: '<f8', float16: '<f2', int8: '|i1', uint8: '|u1', int16: '<i2', uint16: '<u2', int32: '<i4',
  uint32: '<u4', int64: '<i8', uint64: '<u8', bool: '|b1', complex64: '<c8', complex128: '<c16',
};
const types = Object.fromEntries(Object.entries(descriptors).map(([type, d]) => [d, type]));
types['<b1'] = types['?'] = 'bool';

import { array_of } from './tensors.mjs';

export function read_npy(bytes) {
  if (!(bytes[0] === 0x93 && bytes[1] === 0x4e)) throw new Error('not a .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6] > 1;
  const start = wide ? 12 : 10;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const [, descriptor] = header.match(/'descr':\s*'([^']*)'/) ?? [];
  const type = types[descriptor];
  if (!type) throw new Error(`.npy of type ${descriptor}`);
  if (/'fortran_order':\s*True/.test(header)) throw new Error('.npy in Fortran order');
  const dims = header.match(/'shape':\s*\(([^)]*)\)/)[1].split(',').map((s) => s.trim()).filter(Boolean).map(Number);
  const data = new Uint8Array(bytes.length - start - length);  // a copy: a slice of a Buffer would be a view
  data.set(bytes.subarray(start + length));
  return { type, dims, data: new (array_of(type))(data.buffer) };
}

export function write_npy({ type, dims, data }) {
  if (!descriptors[type]) throw new Error(`.npy has no type ${type}`);
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  let header = `{'descr': '${descriptors[type]}', 'fortran_order': False, 'shape': (${shape}), }`;
  header = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + '\n';
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const out = new Uint8Array(10 + header.length + raw.length);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  out.set(new TextEncoder().encode(header), 10);
  out.set(raw, 10 + header.length);
  return out;
}
