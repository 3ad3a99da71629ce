#include "heap.h"

namespace mote {

static constexpr size_t large = ~size_t(0);
static constexpr size_t run_header = 64;

Heap::Run* Heap::take_run(size_t bytes) {
  size_t got;
  auto* run = static_cast<Run*>(pages->take(bytes, got));
  if (!run) return nullptr;
  *run = {large, runs_, nullptr, got};
  if (runs_) runs_->before = run;
  runs_ = run;
  held_ += got;
  peak = max(peak, held_);
  return run;
}

void* Heap::alloc(size_t bytes) {
  size_t need;
  if (!add(bytes, run_header, need)) return nullptr;
  if (bytes + 16 > size_t(32) << (classes - 1)) {
    Run* run = take_run(need);
    if (!run) return nullptr;
    char* at = reinterpret_cast<char*>(run) + run_header;
    reinterpret_cast<Block*>(at - 16)->size_class = large;
    return at;
  }
  unsigned c = 0;
  while (size_t(32) << c < bytes + 16) ++c;
  if (!free_[c]) {
    Run* run = take_run(page_bytes);
    if (!run) return nullptr;
    const size_t step = size_t(32) << c;
    for (size_t at = run_header; at + step <= run->bytes; at += step) {
      auto* b = reinterpret_cast<Block*>(reinterpret_cast<char*>(run) + at);
      *b = {c, free_[c]};
      free_[c] = b;
    }
  }
  Block* b = free_[c];
  free_[c] = b->next;
  return reinterpret_cast<char*>(b) + 16;
}

void Heap::free(void* at) {
  if (!at) return;
  auto* b = reinterpret_cast<Block*>(static_cast<char*>(at) - 16);
  if (b->size_class != large) {
    b->next = free_[b->size_class];
    free_[b->size_class] = b;
    return;
  }
  auto* run = reinterpret_cast<Run*>(static_cast<char*>(at) - run_header);
  (run->before ? run->before->next : runs_) = run->next;
  if (run->next) run->next->before = run->before;
  held_ -= run->bytes;
  pages->give(run, run->bytes);
}

void Heap::reset() {
  while (runs_) {
    Run* next = runs_->next;
    pages->give(runs_, runs_->bytes);
    runs_ = next;
  }
  for (auto& list : free_) list = nullptr;
  held_ = 0;
}

}  // namespace mote
