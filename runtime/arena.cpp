#include "arena.h"

namespace mote {
namespace {

char* behind(void* at, size_t bytes) { return static_cast<char*>(at) + bytes; }

}  // namespace

void* Pages::take(size_t bytes) {
  while (bytes) {
    Run* before = &free_;  // the run before the first that is large enough, or the last one
    while (before->next && before->next->bytes < bytes) before = before->next;
    if (Run* run = before->next) {
      Run* rest = run->next;
      if (run->bytes > bytes) {
        rest = reinterpret_cast<Run*>(behind(run, bytes));
        *rest = {run->next, run->bytes - bytes};
      }
      before->next = rest;
      used += bytes;
      peak = max(peak, used);
      return run;
    }
    // More memory: what the run at the end of memory lacks, where it can be lengthened.
    size_t more = bytes - before->bytes;
    void* at = behind(before, before->bytes);
    if (!extend_pages(at, more, regions_)) {
      more = bytes;
      at = mote::pages(bytes, regions_);
      if (!at) break;
    }
    total += more;
    used += more;
    give(at, more);
  }
  return nullptr;
}

void* Pages::begin(size_t bytes) {
  Pages own;
  void* at = own.take(bytes);
  if (!at) return nullptr;
  memset(at, 0, bytes);
  *at_end(at, bytes) = own;
  return at;
}

void Pages::join(Run* run) {
  Run* next = run->next;
  if (behind(run, run->bytes) == reinterpret_cast<char*>(next)) *run = {next->next, run->bytes + next->bytes};
}

void Pages::give(void* at, size_t bytes) {
  Run* before = &free_;
  while (before->next && before->next < at) before = before->next;
  auto* run = static_cast<Run*>(at);
  *run = {before->next, bytes};
  before->next = run;
  join(run);
  join(before);
  used -= bytes;
}

void* Arena::take(size_t bytes, size_t align) {
  for (;;) {
    ArenaChunk* next = first;
    if (current) {
      const size_t at = (used + align - 1) & (0 - align);
      if (at <= current->bytes && bytes <= current->bytes - at) {
        used = at + bytes;
        return behind(current, at);
      }
      next = current->next;
    }
    if (!next) {
      const size_t room = whole_pages(bytes + 64);
      next = static_cast<ArenaChunk*>(room > bytes ? pages->take(room) : nullptr);
      if (!next) return nullptr;
      *next = {nullptr, room};
      (current ? current->next : first) = next;
    }
    current = next;
    used = sizeof(ArenaChunk);
  }
}

void* Arena::zeroed(size_t n, size_t each) {
  size_t bytes;
  void* p = mul(n, each, bytes) ? take(bytes) : nullptr;
  if (p) memset(p, 0, bytes);
  return p;
}

const char* Arena::copy(Text s) {
  auto* p = static_cast<char*>(take(size_t(s.size) + 1, 1));
  if (!p) return nullptr;
  memcpy(p, s.data, s.size);
  p[s.size] = 0;
  return p;
}

void Arena::reset() {
  current = first;
  used = sizeof(ArenaChunk);
}

void Arena::destroy() {
  while (first) {
    ArenaChunk* chunk = first;
    first = chunk->next;
    pages->give(chunk, chunk->bytes);
  }
  current = nullptr;
}

void* List::add(Arena& arena, size_t each) {
  if (size == capacity) {
    const uint32_t wider = capacity * 2 + 16;
    void* p = arena.zeroed(wider, each);
    if (!p) return nullptr;
    if (size) memcpy(p, items, size * each);
    items = p;
    capacity = wider;
  }
  return behind(items, size++ * each);
}

}  // namespace mote
