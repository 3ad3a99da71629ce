// Memory where a libc is linked (WASI, Emscripten): it belongs to malloc, and so do we. Also that of
// sanitized native programs: malloc puts zones between blocks that nobody may touch.
#include <stdlib.h>

#include "../runtime/arena.h"

namespace mote {
namespace {
constexpr size_t alignment = 64;  // bytes; what arena.h promises
struct Region { Region* next; };  // in front of the pages, where malloc's block begins
}

void* pages(size_t bytes, void*& regions) {
  size_t all;
  if (!add(bytes, 2 * alignment, all)) return nullptr;
  Region* region = static_cast<Region*>(malloc(all));
  if (!region) return nullptr;
  region->next = static_cast<Region*>(regions);
  regions = region;
  return reinterpret_cast<void*>(round_up(reinterpret_cast<uintptr_t>(region + 1), alignment));
}

bool extend_pages(void*, size_t, void*&) { return false; }  // what lies behind a block is malloc's

void release_pages(void*& regions) {
  for (Region* region = static_cast<Region*>(regions); region;) {
    Region* next = region->next;
    free(region);
    region = next;
  }
  regions = nullptr;
}

}  // namespace mote
