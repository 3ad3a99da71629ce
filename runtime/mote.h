/* Mote's C interface: load a graph and its weights, run it. The wasm modules export exactly these functions.
 *
 *   mote_model* model = mote_model_new();
 *   memcpy(mote_graph_buffer(model, size), json, size);      the graph JSON (docs/graph.md)
 *   if (mote_graph_parse(model)) fail(mote_error(model));
 *   mote_range r;                                            weights: the runtime says what to read and where to put it
 *   while (mote_load_next(model, &r) == MOTE_MORE) read(r.file, r.offset, r.bytes, (void*)r.address);
 *   mote_context* context = mote_context_new(model);
 *   mote_value* x = mote_feed(context, 0);                   describe the feeds: type, rank, dims
 *   x->type = 1; x->rank = 2; x->dims[0] = 1; x->dims[1] = 4;
 *   mote_plan(context);                                      gives memory to every feed
 *   memcpy((void*)x->address, data, x->bytes);
 *   while (mote_run(context, 0) == MOTE_PAUSED) {}
 *   const mote_value* y = mote_output(context, 0);           valid until the next mote_plan
 *
 * Functions that return int give MOTE_OK (0) or a positive state, or MOTE_ERROR (-1) with the record of mote_error().
 * After an error the handle stays usable: the next mote_feed / mote_plan starts afresh.
 * One context is used by one thread at a time; contexts of one model are independent once it is loaded.
 * Little endian. Every address is a 64-bit field, so the records are the same on all targets. */
#ifndef MOTE_H
#define MOTE_H
#ifdef __cplusplus
extern "C" {
#endif

#define MOTE_ABI 2 /* what mote_abi_version() returns */

typedef __INT64_TYPE__ mote_int64;
typedef __UINT64_TYPE__ mote_uint64;
typedef __UINT32_TYPE__ mote_uint32;
typedef __SIZE_TYPE__ mote_size;

typedef struct mote_model mote_model;
typedef struct mote_context mote_context;

enum { MOTE_ERROR = -1, MOTE_OK = 0, MOTE_MORE = 1, MOTE_PAUSED = 2, MOTE_HOST = 3 };

enum { MOTE_TENSOR = 0, MOTE_SEQUENCE = 1, MOTE_MAP = 2, MOTE_ABSENT = 3 };

/* A tensor, a sequence (dims[0] elements, a mote_value[] at address), a map (mote_value[2] at address: keys and values)
 * or an absent optional. Data is row-major in ONNX's raw layout. A string element is {const char* data; uint32_t size}. */
typedef struct mote_value {         /* offset */
  unsigned char type;               /*  0 ONNX TensorProto.DataType */
  unsigned char kind;               /*  1 MOTE_TENSOR ... */
  signed char rank;                 /*  2 */
  unsigned char layout;             /*  3 not for hosts */
  mote_uint32 panel;                /*  4 not for hosts */
  mote_int64 dims[8];               /*  8 */
  mote_uint64 address;              /* 72 */
  mote_uint64 bytes;                /* 80 */
} mote_value;                       /* 88 bytes */

typedef struct mote_range {         /* offset */
  mote_uint32 file;                 /*  0 index into the graph's "files" */
  mote_uint32 weight;               /*  4 running number of the weight, for progress */
  mote_uint64 offset;               /*  8 in the file, bytes */
  mote_uint64 bytes;                /* 16 to read */
  mote_uint64 address;              /* 24 to put them */
} mote_range;                       /* 32 bytes */

/* An input or output of the graph. Its value has type, kind, rank (-1: unknown) and dims: numbers, or negative: -1 - i is symbol
 * i; one past the last symbol has no name. Names are strings as in tensors, with a NUL behind them. */
typedef struct mote_port {          /* offset */
  mote_uint64 name;                 /*  0 address, NUL-terminated */
  mote_uint64 value;                /*  8 address of a mote_value */
  mote_uint64 symbols;              /* 16 address of the names of the model's symbols */
  mote_uint32 symbol_count;         /* 24 */
  mote_uint32 optional;             /* 28 */
} mote_port;                        /* 32 bytes */

typedef struct mote_error_record {  /* offset */
  mote_uint64 code;                 /*  0 address of the stable code, e.g. "bad_shape"; "" if there was no error */
  mote_uint64 sentence;             /*  8 addresses of NUL-terminated texts */
  mote_uint64 node;                 /* 16 "" where it is about no node */
  mote_uint64 tensor;               /* 24 "" where it is about no tensor */
} mote_error_record;                /* 32 bytes */

typedef struct mote_stats {         /* bytes */
  mote_uint64 memory;               /*  0 taken from the target, for everything */
  mote_uint64 weights;              /*  8 resident weights, as laid out */
  mote_uint64 activations;          /* 16 the activation block of the current plan */
  mote_uint64 live_set;             /* 24 the largest sum, over the steps, of the values alive there */
  mote_uint64 arena_marks;          /* 32 most memory in use at once since the first context began, bytes: unchanged by a repeated run */
  mote_uint64 steps;                /* 40 nodes the current plan executes */
} mote_stats;                       /* 48 bytes */

/* A step of the current plan: node and the plan's numbers of the values it reads and writes. */
typedef struct mote_step {          /* offset */
  mote_uint64 op;                   /*  0 addresses of NUL-terminated texts */
  mote_uint64 node;                 /*  8 */
  mote_uint64 inputs;               /* 16 uint32[input_count]; 0xffffffff: absent */
  mote_uint64 outputs;              /* 24 uint32[output_count] */
  mote_uint32 input_count;          /* 32 */
  mote_uint32 output_count;         /* 36 */
} mote_step;                        /* 40 bytes */

/* Where the plan put a value. */
typedef struct mote_place {         /* offset */
  mote_uint64 offset;               /*  0 in the activation block, bytes; all ones: not in the block (weight, constant) */
  mote_uint64 bytes;                /*  8 rounded up to 64 */
  mote_uint32 root;                 /* 16 the value whose memory it shares; itself if it has its own */
  mote_uint32 is_output;            /* 20 1 if it is an output of the graph */
} mote_place;                       /* 24 bytes */

mote_uint32 mote_abi_version(void);

/* ---- model: graph and weights, immutable once loaded */
mote_model* mote_model_new(void);                            /* null when memory ran out */
void mote_model_free(mote_model*);                           /* after its contexts */
void* mote_records(mote_model*);                             /* 256 bytes, 8-aligned, for the records that a host without a C stack (the shim) passes to calls */
char* mote_graph_buffer(mote_model*, mote_size bytes);       /* room for the graph JSON; null when memory ran out */
int mote_graph_parse(mote_model*);                           /* takes what lies in the buffer */
int mote_load_next(mote_model*, mote_range*);                /* MOTE_MORE: read that range, call again; MOTE_OK: loaded */
int mote_port_at(mote_model*, int output, mote_uint32 index, mote_port*);  /* output: 0 inputs, 1 outputs; MOTE_ERROR past the end */
const mote_error_record* mote_error(void* handle);           /* of a model or a context */

/* ---- context: one run at a time */
mote_context* mote_context_new(mote_model*);                 /* null, and an error of the model, when memory ran out */
void mote_context_free(mote_context*);
mote_value* mote_feed(mote_context*, mote_uint32 index);     /* to be filled in: type, kind, rank, dims; after mote_plan the same record has the address for the data. The first call after a run clears all feeds */
int mote_value_alloc(mote_context*, mote_value*);            /* memory now: for strings, elements of sequences and maps, and feeds whose value planning reads */
int mote_value_string(mote_context*, mote_value*, mote_size index, mote_size bytes, mote_uint64* address);  /* room for one string */
int mote_plan(mote_context*);                                /* MOTE_MORE: planning must read feeds first: fill those whose address is set, call again */
int mote_run(mote_context*, mote_uint32 max_cost);           /* MOTE_OK done, MOTE_PAUSED after max_cost nodes and ends of bodies (0: no limit), MOTE_HOST */
const mote_value* mote_output(mote_context*, mote_uint32 index);
void mote_stats_of(mote_context*, mote_stats*);
const mote_step* mote_step_at(mote_context*, mote_uint32 index);        /* null past the end; 0xffffffff: the node that waits for the host. Valid until the next call */
int mote_place_of(mote_context*, mote_uint32 value, mote_place*);

/* ---- operators of the host: nodes of domain "host" (docs/graph.md). mote_run returned MOTE_HOST: */
/* Value `index` of the node that waits: its inputs (null: absent), then its outputs (null: nobody asked for it). For an output set
 * type, rank, dims, mote_value_alloc, data; then mote_run */
mote_value* mote_host_value(mote_context*, mote_uint32 index);

#ifdef __cplusplus
}
#endif
#endif
