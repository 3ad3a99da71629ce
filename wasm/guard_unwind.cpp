// compiler/guard.h where the standard library throws: natively, where compiler/ is built with exceptions to
// be unwound by.
#include "../compiler/guard.h"

#include <new>
#include <stdexcept>

namespace mote::compiler {

bool guarded(void* of, void (*work)(void*), void (*exhausted)(void*)) {
  try {
    work(of);
    return true;
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {  // more than a container could ever hold
  }
  exhausted(of);
  return false;
}

}  // namespace mote::compiler
