#include "heap.h"

namespace mote {

static constexpr size_t block_header = 16, run_header = 64 - block_header;

void* Heap::alloc(size_t bytes) {
  unsigned c = 0;
  while (c < classes && (size_t(32) << c) - block_header < bytes) ++c;
  if (!free_[c]) {  // a run of blocks of this class; what is larger gets a run for itself
    const size_t room = c < classes ? page_bytes : whole_pages(bytes + 64);
    const size_t step = c < classes ? size_t(32) << c : room;
    auto* run = static_cast<Run*>(room > bytes ? pages->take(room) : nullptr);
    if (!run) return nullptr;
    *run = {runs_, room};
    runs_ = run;
    size_t at = run_header;
    do {
      auto* block = reinterpret_cast<Block*>(reinterpret_cast<char*>(run) + at);
      *block = {c, free_[c]};
      free_[c] = block;
      at += step;
    } while (at + step <= room);
  }
  Block* block = free_[c];
  free_[c] = block->next;
  return reinterpret_cast<char*>(block) + block_header;
}

void Heap::free(void* at) {
  if (!at) return;
  auto* block = reinterpret_cast<Block*>(static_cast<char*>(at) - block_header);
  const size_t c = block->size_class;
  if (c < classes) {
    block->next = free_[c];
    free_[c] = block;
    return;
  }
  auto* run = reinterpret_cast<Run*>(reinterpret_cast<char*>(block) - run_header);
  Run** link = &runs_;  // few runs live at once, and the young ones are in front
  while (*link != run) link = &(*link)->next;
  *link = run->next;
  pages->give(run, run->bytes);
}

void Heap::reset() {
  while (runs_) {
    Run* run = runs_;
    runs_ = run->next;
    pages->give(run, run->bytes);
  }
  memset(free_, 0, sizeof free_);
}

}  // namespace mote
