// What libc++'s inline functions call to throw. There are no exceptions here: a throw is a bug, and ends the instance.
#include <cstddef>

extern "C" {
void* __cxa_allocate_exception(std::size_t) { __builtin_trap(); }
void __cxa_throw(void*, void*, void (*)(void*)) { __builtin_trap(); }
}
