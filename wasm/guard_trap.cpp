// compiler/guard.h where there are no exceptions. A program that has a handler of its own keeps it (the
// command: it says so, and exits).
#include "../compiler/guard.h"

#include <new>

namespace mote::compiler {
namespace {

struct Going { void* of; void (*exhausted)(void*); } going;

void handler() {
  going.exhausted(going.of);
  __builtin_trap();
}

}  // namespace

bool guarded(void* of, void (*work)(void*), void (*exhausted)(void*)) {
  going = {of, exhausted};
  if (!std::get_new_handler()) std::set_new_handler(handler);
  work(of);
  return true;
}

}  // namespace mote::compiler
