// Memory where no libc is linked: a module grows its own, and brings the three functions that compilers call.
#include "../runtime/arena.h"

namespace mote {
namespace {

// 65535 pages, not 65536: the byte after the last one must have an address, so that "end of block" never
// wraps to 0.
constexpr size_t most_pages = 65535;

// The number of the first new page, or -1.
[[gnu::noinline]] size_t grow(size_t bytes) {
  const size_t wanted = bytes / page_bytes;
  return wanted > most_pages - __builtin_wasm_memory_size(0) ? size_t(-1)
                                                             : __builtin_wasm_memory_grow(0, wanted);
}

}  // namespace

void* pages(size_t bytes, void*&) {
  const size_t first = grow(bytes);
  return first == size_t(-1) ? nullptr : reinterpret_cast<void*>(first * page_bytes);
}

bool extend_pages(void* end, size_t bytes, void*&) {
  return reinterpret_cast<size_t>(end) == __builtin_wasm_memory_size(0) * page_bytes &&
         grow(bytes) != size_t(-1);
}

void release_pages(void*&) {}  // a WebAssembly memory never shrinks

}  // namespace mote

// One instruction each: engines have the bulk-memory operations since 2020. In assembly, because a compiler
// may turn the builtins of the same names into calls of these very functions.
extern "C" {
void* memmove(void* to, const void* from, size_t bytes) noexcept(true) {
  asm volatile("local.get %0\n local.get %1\n local.get %2\n memory.copy 0, 0"
               :
               : "r"(to), "r"(from), "r"(bytes)
               : "memory");
  return to;
}
void* memcpy(void* __restrict to, const void* __restrict from, size_t bytes) noexcept(true) {
  return memmove(to, from, bytes);
}
void* memset(void* to, int byte, size_t bytes) noexcept(true) {
  asm volatile("local.get %0\n local.get %1\n local.get %2\n memory.fill 0"
               :
               : "r"(to), "r"(byte), "r"(bytes)
               : "memory");
  return to;
}
}

// What the checked 64-bit products of the runtime compile to: the low 128 bits of a product, from 32-bit
// halves.
extern "C" __int128 __multi3(__int128 a, __int128 b) {
  using u64 = unsigned long long;
  const u64 x = u64(a), y = u64(b), mask = 0xffffffff;
  const u64 low = (x & mask) * (y & mask);
  const u64 middle = (x >> 32) * (y & mask) + (low >> 32);
  const u64 other = (x & mask) * (y >> 32) + (middle & mask);
  const u64 high =
      (x >> 32) * (y >> 32) + (middle >> 32) + (other >> 32) + u64(a >> 64) * y + x * u64(b >> 64);
  return __int128((unsigned __int128)high << 64 | ((other << 32) | (low & mask)));
}
