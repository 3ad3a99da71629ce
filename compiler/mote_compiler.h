/* The compiler's C interface: an ONNX model becomes the graph JSON of docs/graph.md, whose weights are byte ranges.
 *
 *   mote_compiler* c = mote_compiler_new();
 *   mote_uint64 got = 0;
 *   mote_range r;
 *   int state;
 *   while ((state = mote_compiler_next(c, got, &r)) == MOTE_MORE)      the compiler says what to read and where to put it
 *     got = read(mote_compiler_file(c, r.file), r.offset, r.bytes, (void*)r.address);
 *   if (state == MOTE_ERROR) fail(mote_compiler_error(c));
 *   mote_size bytes;
 *   const char* json = mote_compiler_graph(c, &bytes);                 then mote_graph_buffer, mote_graph_parse
 *   mote_compiler_free(c);
 *
 * Only the structure of the model is read; the payloads of tensors are stepped over. Offsets never go back, so a stream can
 * serve the windows. The size of the file need not be known: fewer bytes than asked for mean that the file ends there.
 * The module mote-compiler.wasm imports nothing and exports `memory`, `_initialize` (to be called once, first) and these. */
#ifndef MOTE_COMPILER_H
#define MOTE_COMPILER_H
#include "../runtime/mote.h"
#ifdef __cplusplus
extern "C" {
#endif

#define MOTE_COMPILER_ABI 1 /* what mote_compiler_abi_version() returns */

typedef struct mote_compiler mote_compiler;

mote_uint32 mote_compiler_abi_version(void);
mote_compiler* mote_compiler_new(void);
void mote_compiler_free(mote_compiler*);
void* mote_compiler_records(mote_compiler*); /* 256 bytes, 8-aligned, for the mote_range of a host without a C stack (the shim) */

/* `got`: bytes delivered for the range of the call before; 0 in the first call. MOTE_MORE: read `range` (file 0 is the model,
 * at most 256 KB at a time, `weight` is unused) to its address, then call again. MOTE_OK: the graph is ready. After MOTE_ERROR
 * only mote_compiler_error and mote_compiler_free may follow. The memory may have grown: take new views after every call. */
int mote_compiler_next(mote_compiler*, mote_uint64 got, mote_range* range);

/* What the compiler makes of patterns (compiler/fusions.def): the name of rewrite `index`, NUL-terminated; null past the end. */
const char* mote_compiler_rewrite(mote_compiler*, mote_uint32 index);
/* Switches it off, to compare: before the graph is ready. */
void mote_compiler_skip(mote_compiler*, mote_uint32 index);

/* Name of file `index` of the graph's "files", NUL-terminated, relative to the model's folder; "" is the model itself, file 0.
 * Null past the end. Valid until mote_compiler_free. */
const char* mote_compiler_file(mote_compiler*, mote_uint32 index);

/* The graph JSON after MOTE_OK, UTF-8, NUL-terminated; `bytes` without the NUL. Null before. Valid until mote_compiler_free. */
const char* mote_compiler_graph(mote_compiler*, mote_size* bytes);

/* The last error: as mote_error(). Codes are those of compiler/errors.def. Null codes do not occur: "" if there was no error.
 * The record stays at its address, and mote_compiler_next fills it anew. In mote-compiler.wasm, where nothing can unwind, memory that runs out in mote_compiler_next
 * ends in a trap, with the record saying out_of_memory: a host reads it, and drops the instance. */
const mote_error_record* mote_compiler_error(mote_compiler*);

#ifdef __cplusplus
}
#endif
#endif
