// Arenas: memory that is only ever added to and then forgotten as a whole. An arena is a list of chunks.
#pragma once
#include "base.h"

namespace mote {

// ---- defined once per target in wasm/. Sizes are multiples of page_bytes.
constexpr size_t page_bytes = 65536;
// More memory, 64-byte aligned, not zeroed; null when there is none. The target may chain what it gives into `regions`
// (null at first), so that release_pages can give everything back to the system; where memory only grows it leaves it alone.
void* pages(size_t bytes, void*& regions);
// Lengthens memory that ends at `end` by `bytes` in place; false where that is not possible.
bool extend_pages(void* end, size_t bytes, void*& regions);
void release_pages(void*& regions);

// The pages of one handle: what one arena gives back the next one takes. Neighbouring free runs merge.
class Pages {
 public:
  void* take(size_t bytes, size_t& got);   // got >= bytes, a multiple of page_bytes; null when memory ran out
  void give(void* at, size_t bytes);
  void destroy() { release_pages(regions_); }
  size_t total() const { return total_; }  // bytes taken from the system

 private:
  struct Run { Run* next; size_t bytes; };
  Run* free_ = nullptr;        // in order of address
  void* regions_ = nullptr;
  size_t total_ = 0;
};

struct ArenaChunk { ArenaChunk* next; size_t bytes; };

struct Arena {
  Pages* pages = nullptr;
  ArenaChunk* first = nullptr;
  ArenaChunk* current = nullptr; // from which we carve; chunks behind it are empty
  size_t used = 0;               // of the current chunk, bytes
  size_t held = 0;               // of all chunks, bytes

  void* take(size_t bytes, size_t align = 16);   // not zeroed; null when memory ran out
  template <class T> T* array(size_t n) {        // zeroed
    size_t bytes;
    if (!mul(n, sizeof(T), bytes)) return nullptr;
    void* p = take(bytes ? bytes : 1, alignof(T));
    if (p) memset(p, 0, bytes);
    return static_cast<T*>(p);
  }
  template <class T> T* make() {
    void* p = take(sizeof(T), alignof(T));
    return p ? new (Place{p}) T() : nullptr;
  }
  const char* copy(Text s);                      // NUL-terminated; null when memory ran out

  struct Mark { ArenaChunk* chunk; size_t used; };
  Mark mark() const { return {current, used}; }
  void rewind(Mark m) { current = m.chunk ? m.chunk : first; used = m.chunk ? m.used : sizeof(ArenaChunk); }
  void reset() { rewind({nullptr, 0}); }  // keeps the chunks: the same takes again need no more memory
  void destroy();                         // gives every chunk back
};

// A growing array in an arena; the old copies stay behind until the arena is reset.
struct List {
  void* items = nullptr;
  uint32_t size = 0, capacity = 0;
  void* add(Arena& arena, size_t each);   // room for one more of `each` bytes; null when memory ran out
};
template <class T> struct Grow : List {
  T* data() const { return static_cast<T*>(items); }
  T& operator[](size_t i) const { return data()[i]; }
  T* begin() const { return data(); }
  T* end() const { return data() + size; }
  T* push(Arena& arena, const T& value = {}) {
    void* p = add(arena, sizeof(T));
    return p ? new (Place{p}) T(value) : nullptr;
  }
};

}  // namespace mote
