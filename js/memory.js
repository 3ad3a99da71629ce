// Memory of an instance: the only file that touches memory.buffer. No view is kept: each call makes its own, because any
// call into the instance may grow the memory. Addresses are unsigned and may lie above 2 GB.
//
// An instance is { exports, memory } with such a memory; another implementation (a process, say) may stand in for it:
//   pointer_bytes        4 or 8
//   size                 bytes taken from the engine; undefined where that is not known
//   address(x)           a pointer that a call returned, as an unsigned number
//   bytes(address, n)    a Uint8Array with these bytes, to be read at once
//   write(address, from) copies the Uint8Array there
//   text(address)        the NUL-terminated UTF-8 text there

const decoder = new TextDecoder();

// A decoder refuses shared memory, so the bytes are copied first: texts are short.
export const decode = (bytes) => decoder.decode(new Uint8Array(bytes));

export function wasm_memory(memory) {
  const all = () => new Uint8Array(memory.buffer);
  return {
    pointer_bytes: 4,
    get size() { return memory.buffer.byteLength; },
    address: (x) => x >>> 0,
    bytes: (address, n) => new Uint8Array(memory.buffer, address, n),
    write(address, from) { new Uint8Array(memory.buffer, address, from.length).set(from); },
    text(address) {
      const bytes = all();
      return decode(bytes.subarray(address, bytes.indexOf(0, address)));
    },
  };
}

// Fields of a C record (mote.h tells their offsets), read at once.
export function record(memory, address, n) {
  const bytes = memory.bytes(address, n), view = new DataView(bytes.buffer, bytes.byteOffset, n);
  const u64 = (at) => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  return {
    u8: (at) => view.getUint8(at),
    i8: (at) => view.getInt8(at),
    u32: (at) => view.getUint32(at, true),
    u64,
    i64: (at) => Number(view.getBigInt64(at, true)),
    pointer: (at) => memory.pointer_bytes === 8 ? u64(at) : view.getUint32(at, true),
  };
}
