// Stands in for the WASI host where a module must import nothing (mote-compiler.wasm): wasi-libc's calls end
// here. None is reached in a working program; they are what abort messages and stdio would use.
#include <cstdint>

namespace {
constexpr std::int32_t not_supported = 58;  // __WASI_ERRNO_NOTSUP
}

#define STUB(name, ...) \
  extern "C" std::int32_t __imported_wasi_snapshot_preview1_##name(__VA_ARGS__) { return not_supported; }
using i32 = std::int32_t;
using i64 = std::int64_t;
STUB(fd_close, i32)
STUB(fd_write, i32, i32, i32, i32)
STUB(fd_seek, i32, i64, i32, i32)
STUB(fd_fdstat_get, i32, i32)
STUB(environ_get, i32, i32)
STUB(environ_sizes_get, i32, i32)
extern "C" [[noreturn]] void __imported_wasi_snapshot_preview1_proc_exit(i32) { __builtin_trap(); }
