// Stands in for the host of Emscripten's standalone modules, which would ask to be told of memory that grew,
// and to end the process where it aborts: a module that imports nothing is a plain library.
extern "C" {
void emscripten_notify_memory_growth(unsigned long) {}
[[noreturn]] void __wasi_proc_exit(unsigned) { __builtin_trap(); }
}
