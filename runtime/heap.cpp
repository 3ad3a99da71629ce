#include "heap.h"

namespace mote {

static constexpr size_t block_header = 16, run_header = 64 - block_header;

void* Heap::alloc(size_t bytes) {
  unsigned c = 0;
  while (c < classes && (size_t(32) << c) - block_header < bytes) ++c;
  Block* block = free_[c];  // of the last class, runs of their own, none is ever free
  if (block) {
    free_[c] = block->next;
  } else if (c < classes) {
    small_.pages = pages;
    block = static_cast<Block*>(small_.take(size_t(32) << c));
  } else if (const size_t room = whole_pages(bytes + 64); room > bytes) {
    auto* run = static_cast<Run*>(pages->take(room));
    if (!run) return nullptr;
    *run = {runs_, room};
    runs_ = run;
    block = reinterpret_cast<Block*>(reinterpret_cast<char*>(run) + run_header);
  }
  if (!block) return nullptr;
  block->size_class = c;
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
  small_.destroy();
  memset(free_, 0, sizeof free_);
}

}  // namespace mote
