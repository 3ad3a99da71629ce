// Fork and join: the pieces of one operator's work on all threads that there are. The items [0, n) are
// independent of each other, so results do not depend on the number of threads. What is called must not
// allocate, report errors or count on an order: scratch is taken before, thread_count() times where it is
// written.
#pragma once
#include "base.h"

namespace mote {

// ---- defined once per target in wasm/
// Most threads that take part: what is called is given a number below it. 1 where there are no threads.
unsigned thread_count();
// Does the items [from, to).
using Piece = void(const void* of, size_t from, size_t to, unsigned thread);
// All n items, about ns nanoseconds of work in all on one thread; work too small to be shared, or started
// from within a piece, is done here as one.
void fork_join(size_t n, uint64_t ns, Piece* piece, const void* of);

// f(from, to, thread) on pieces of [0, n).
template <class F> void parallel_for(size_t n, uint64_t ns, const F& f) {
  fork_join(
      n, ns,
      [](const void* of, size_t from, size_t to, unsigned thread) {
        (*static_cast<const F*>(of))(from, to, thread);
      },
      &f);
}

}  // namespace mote
