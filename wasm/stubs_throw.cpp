// What libc++ calls to throw and to complain. There are no exceptions here: a throw is a bug, and ends the
// instance. Without these its own functions come along, and with them all of printf.
#include <cstddef>
#include <string>

extern "C" {
void* __cxa_allocate_exception(std::size_t) { __builtin_trap(); }
void __cxa_throw(void*, void*, void (*)(void*)) { __builtin_trap(); }
void __abort_message(const char*, ...) { __builtin_trap(); }
}

#ifdef _LIBCPP_VERBOSE_ABORT
_LIBCPP_BEGIN_NAMESPACE_STD
void __libcpp_verbose_abort(const char*, ...) _NOEXCEPT { __builtin_trap(); }
_LIBCPP_END_NAMESPACE_STD
#endif
