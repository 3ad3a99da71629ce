// Memory of a native process: a handle reserves a stretch of addresses and takes pages from its start, so
// that the last block can be lengthened and neighbours merge, as in a WebAssembly memory. What is not taken
// costs nothing.
#include <sys/mman.h>

#include "../runtime/arena.h"

namespace mote {
namespace {

constexpr size_t reserved = size_t(1) << 34;  // bytes of addresses, of the 2^47 that a process has

// at its own start; end: of the pages that were taken
struct Region { Region* next; char* end; size_t bytes, left; };

bool take(Region& region, size_t bytes) {
  if (region.left < bytes || mprotect(region.end, bytes, PROT_READ | PROT_WRITE)) return false;
  region.end += bytes;
  region.left -= bytes;
  return true;
}

Region* reserve(size_t bytes) {
  void* p = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  if (mprotect(p, page_bytes, PROT_READ | PROT_WRITE)) {
    munmap(p, bytes);
    return nullptr;
  }
  return new (Place{p}) Region{nullptr, static_cast<char*>(p) + page_bytes, bytes, bytes - page_bytes};
}

}  // namespace

void* pages(size_t bytes, void*& regions) {
  auto* region = static_cast<Region*>(regions);
  if (!region || region->left < bytes) {
    size_t all;
    if (!add(bytes, page_bytes, all)) return nullptr;
    Region* fresh = all < reserved ? reserve(reserved) : nullptr;
    if (!fresh) fresh = reserve(all);  // where addresses are limited (ulimit -v)
    if (!fresh) return nullptr;
    fresh->next = region;
    regions = region = fresh;
  }
  char* at = region->end;
  return take(*region, bytes) ? at : nullptr;
}

bool extend_pages(void* end, size_t bytes, void*& regions) {
  auto* region = static_cast<Region*>(regions);
  return region && region->end == end && take(*region, bytes);
}

void release_pages(void*& regions) {
  for (auto* region = static_cast<Region*>(regions); region;) {
    Region* next = region->next;
    munmap(region, region->bytes);
    region = next;
  }
  regions = nullptr;
}

}  // namespace mote
