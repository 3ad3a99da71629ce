#include "arena.h"

namespace mote {

void* Pages::take(size_t bytes, size_t& got) {
  if (bytes > ~size_t(0) - page_bytes) return nullptr;
  got = round_up(max(bytes, size_t(1)), page_bytes);
  Run** last = nullptr;
  for (Run** r = &free_; *r; r = &(*r)->next) {
    Run* run = *r;
    if (run->bytes >= got) {
      if (run->bytes > got) {
        Run* rest = reinterpret_cast<Run*>(reinterpret_cast<char*>(run) + got);
        *rest = {run->next, run->bytes - got};
        *r = rest;
      } else {
        *r = run->next;
      }
      return run;
    }
    last = r;
  }
  // The free run at the end of memory, if there is one, is lengthened by what it lacks.
  if (last) {
    Run* run = *last;
    const size_t lack = got - run->bytes;
    if (extend_pages(reinterpret_cast<char*>(run) + run->bytes, lack, regions_)) {
      total_ += lack;
      *last = run->next;
      return run;
    }
  }
  void* p = mote::pages(got, regions_);
  if (p) total_ += got;
  return p;
}

void Pages::give(void* at, size_t bytes) {
  Run* run = static_cast<Run*>(at);
  Run* before = nullptr;
  Run* after = free_;
  while (after && after < run) {
    before = after;
    after = after->next;
  }
  *run = {after, bytes};
  const auto end = [](Run* r) { return reinterpret_cast<char*>(r) + r->bytes; };
  if (after && end(run) == reinterpret_cast<char*>(after)) *run = {after->next, bytes + after->bytes};
  if (before && end(before) == reinterpret_cast<char*>(run)) {
    *before = {run->next, before->bytes + run->bytes};
  } else {
    (before ? before->next : free_) = run;
  }
}

void* Arena::take(size_t bytes, size_t align) {
  for (;;) {
    if (current) {
      const uintptr_t base = reinterpret_cast<uintptr_t>(current);
      const size_t at = size_t(round_up(base + used, align) - base);
      if (at <= current->bytes && bytes <= current->bytes - at) {
        used = at + bytes;
        return reinterpret_cast<char*>(current) + at;
      }
      if (current->next) {
        current = current->next;
        used = sizeof(ArenaChunk);
        continue;
      }
    }
    size_t need, got;
    if (!add(bytes, sizeof(ArenaChunk) + align, need)) return nullptr;
    auto* chunk = static_cast<ArenaChunk*>(pages->take(need, got));
    if (!chunk) return nullptr;
    *chunk = {nullptr, got};
    (current ? current->next : first) = chunk;
    current = chunk;
    used = sizeof(ArenaChunk);
    held += got;
  }
}

const char* Arena::copy(Text s) {
  auto* p = static_cast<char*>(take(size_t(s.size) + 1, 1));
  if (!p) return nullptr;
  memcpy(p, s.data, s.size);
  p[s.size] = 0;
  return p;
}

void* List::add(Arena& arena, size_t each) {
  if (size == capacity) {
    const uint32_t wider = capacity ? capacity * 2 : 16;
    size_t bytes;
    void* p = mul(size_t(wider), each, bytes) ? arena.take(bytes) : nullptr;
    if (!p) return nullptr;
    if (size) memcpy(p, items, size * each);
    items = p;
    capacity = wider;
  }
  return static_cast<char*>(items) + size++ * each;
}

void Arena::destroy() {
  while (first) {
    ArenaChunk* next = first->next;
    pages->give(first, first->bytes);
    first = next;
  }
  current = nullptr;
  used = held = 0;
}

}  // namespace mote
