// What wasi-libc's start-up code calls after main: there are no destructors of static objects to run, and no
// stdio to flush. Its own would bring stdio along and ask the host for fd_seek.
#include <cstdlib>

extern "C" {
void __wasm_call_dtors() {}
void exit(int code) { _Exit(code); }
}
