// The values heap: memory for what only running can size (outputs behind a barrier, loop-carried values,
// sequences). Size classes with free lists below 32 KB, runs of pages above. Emptied as a whole between runs.
#pragma once
#include "arena.h"

namespace mote {

class Heap {
 public:
  Pages* pages = nullptr;
  // 16-byte aligned, 64 where it has pages of its own; not zeroed; null when memory ran out
  void* alloc(size_t bytes);
  void free(void* at);        // null is fine
  void reset();               // gives everything back to the pages

 private:
  static constexpr unsigned classes = 11;  // 32 bytes << class, header included
  struct Block { size_t size_class; Block* next; };  // in front of what alloc() returns
  struct Run { Run* next; size_t bytes; };           // the pages of a large block
  Block* free_[classes + 1] = {};
  Run* runs_ = nullptr;
  Arena small_;                                      // has the other blocks
};

}  // namespace mote
