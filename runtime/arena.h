// Arenas: memory that is only ever added to and then forgotten as a whole. An arena is a list of chunks.
#pragma once
#include "base.h"

namespace mote {

// ---- defined once per target in wasm/. Sizes are multiples of page_bytes.
constexpr size_t page_bytes = 65536;
// More memory, 64-byte aligned, not zeroed; null when there is none. The target may chain what it gives into
// `regions` (null at first), so that release_pages can give everything back to the system; where memory only
// grows it leaves it alone.
void* pages(size_t bytes, void*& regions);
// Lengthens memory that ends at `end` by `bytes` in place; false where that is not possible.
bool extend_pages(void* end, size_t bytes, void*& regions);
void release_pages(void*& regions);

// What holds `bytes` in whole pages; 0 where that overflows.
constexpr size_t whole_pages(size_t bytes) { return (bytes + page_bytes - 1) & ~(page_bytes - 1); }

// The pages of one handle: what one arena gives back the next one takes. Neighbouring free runs merge.
class Pages {
 public:
  void* take(size_t bytes);            // bytes: whole pages; null when memory ran out, and where bytes is 0
  static void* begin(size_t bytes);    // zeroed pages, at whose end lies a record that has given them out
  static Pages* at_end(void* at, size_t bytes) {
    return reinterpret_cast<Pages*>(static_cast<char*>(at) + bytes) - 1;
  }
  void give(void* at, size_t bytes);
  void destroy() {  // the pages may hold this record itself
    void* all = regions_;
    release_pages(all);
  }
  size_t total = 0;                    // bytes taken from the system
  size_t used = 0, peak = 0;           // bytes given out, and the most of them at once

 private:
  struct Run { Run* next; size_t bytes; };
  static void join(Run* run);          // with the next one, where they touch
  Run free_ = {};                      // in front of the free runs, in order of address
  void* regions_ = nullptr;
};

struct ArenaChunk { ArenaChunk* next; size_t bytes; };

struct Arena {
  Pages* pages = nullptr;
  ArenaChunk* first = nullptr;
  ArenaChunk* current = nullptr; // from which we carve; chunks behind it are empty
  size_t used = 0;               // of the current chunk, bytes

  // not zeroed; null when memory ran out. align: a power of two up to 64
  void* take(size_t bytes, size_t align = 16);
  void* zeroed(size_t n, size_t each);           // n * each bytes
  template <class T> T* array(size_t n) { return static_cast<T*>(zeroed(n, sizeof(T))); }
  template <class T> T* make() {
    void* p = take(sizeof(T));
    return p ? new (Place{p}) T() : nullptr;
  }
  const char* copy(Text s);                      // NUL-terminated; null when memory ran out

  struct Mark { ArenaChunk* chunk; size_t used; };
  Mark mark() const { return {current, used}; }
  void rewind(Mark m) { current = m.chunk, used = m.used; }
  void reset();    // keeps the chunks: the same takes again need no more memory
  void destroy();  // gives every chunk back
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
