// Arenas: memory that is only ever added to and then forgotten as a whole. An arena is a list of chunks.
#pragma once
#include "base.h"

namespace mote {

// Defined once per target in wasm/: more memory, zeroed, 64-byte aligned; null when there is none.
// `bytes` is a multiple of page_bytes.
void* pages(size_t bytes);
// Gives memory back to the system where the target can (C programs); a no-op where memory only grows.
void release_pages(void* at, size_t bytes);
constexpr size_t page_bytes = 65536;

// Runs of pages of one handle: what one arena gives back the next one takes. Neighbouring free runs merge.
class Pages {
 public:
  void* take(size_t bytes, size_t& got);   // got >= bytes, a multiple of page_bytes; null when memory ran out
  void give(void* at, size_t bytes);
  void destroy();                          // releases everything that was ever taken from the system
  void adopt(Pages& other);                // takes over other's memory, free and in use
  size_t total() const { return total_; }  // bytes taken from the system

 private:
  struct Run { Run* next; size_t bytes; };
  struct Region { Region* next; void* at; size_t bytes; };
  Run* free_ = nullptr;        // in order of address
  Region* regions_ = nullptr;
  size_t total_ = 0;
};

struct ArenaChunk { ArenaChunk* next; size_t bytes; };

struct Arena {
  Pages* pages = nullptr;
  ArenaChunk* chunk = nullptr;   // the newest, from which we carve
  size_t used = 0;               // of the newest chunk, bytes
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
  void reset();      // forgets everything; keeps one chunk, as large as all of them together were
  void destroy();    // gives every chunk back
};

}  // namespace mote
