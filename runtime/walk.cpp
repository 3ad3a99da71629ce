#include "walk.h"

namespace mote {
namespace {

// Elements are only moved, never computed with, so that one loop serves all types of one size.
template <size_t bytes>
void copy_as(char* to, int64_t to_step, const char* from, int64_t from_step, int64_t n) {
  using Step = __INTPTR_TYPE__;  // signed: a step may go back
  const Step t = Step(to_step) * Step(bytes), f = Step(from_step) * Step(bytes);
  for (; n > 0; --n, to += t, from += f) __builtin_memcpy(to, from, bytes);
}

}  // namespace

void copy_row(char* to, int64_t to_step, const char* from, int64_t from_step, int64_t n, size_t bytes) {
  if (n <= 0) return;
  if (n > 1 && to_step == 1 && from_step == 1) {
    memmove(to, from, size_t(n) * bytes);
    return;
  }
  switch (bytes) {
    case 1: return copy_as<1>(to, to_step, from, from_step, n);
    case 2: return copy_as<2>(to, to_step, from, from_step, n);
    case 4: return copy_as<4>(to, to_step, from, from_step, n);
    case 8: return copy_as<8>(to, to_step, from, from_step, n);
    default: return copy_as<16>(to, to_step, from, from_step, n);
  }
}

}  // namespace mote
