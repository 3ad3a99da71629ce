// Memory of an instance: the only file that touches memory.buffer. Every call makes its own view, since any call into the
// instance may grow the memory. Addresses are unsigned and may lie above 2 GB.
// Another implementation may stand in (a process, say): pointer_bytes; size, undefined where it is not known; address(x),
// the pointer that a call returned; bytes(address, n), to be read at once; write(address, bytes); text(address) up to its NUL.

// A decoder refuses shared memory: the bytes are copied first.
export const decode = (bytes) => new TextDecoder().decode(new Uint8Array(bytes));

export const wasm_memory = (memory) => ({
  pointer_bytes: 4,
  get size() { return memory.buffer.byteLength; },
  address: (x) => x >>> 0,
  bytes: (address, n) => new Uint8Array(memory.buffer, address, n),
  write: (address, bytes) => new Uint8Array(memory.buffer, address, bytes.length).set(bytes),
  text(address) {
    const bytes = new Uint8Array(memory.buffer);
    return decode(bytes.subarray(address, bytes.indexOf(0, address)));
  },
});

// The fields of a C record, read at once.
export function record(memory, address, n) {
  const bytes = memory.bytes(address, n), view = new DataView(bytes.buffer, bytes.byteOffset, n);
  const u32 = (at) => view.getUint32(at, true), u64 = (at) => u32(at) + u32(at + 4) * 2 ** 32;
  return { u8: (at) => bytes[at], i8: (at) => view.getInt8(at), u32, u64, pointer: memory.pointer_bytes === 8 ? u64 : u32 };
}
