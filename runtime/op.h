// What an operator is and what it is given. One operator = one file in ops/, one row in ops.def, one file
// of vectors.
//
// shape(Call&) checks everything that can be checked without running and sets type, rank and dims of every
// output.
//   * A dimension is a number or a symbol (a negative id); rank unknown_rank means that nothing is known.
//     Raise an error only on a proven contradiction. What depends on data that is not there yet becomes
//     c.fresh() (a new symbol) or stays unknown_rank; the planner then runs up to the node and asks again.
//   * in(i).data is null unless the value is known already. List the inputs whose values shape() reads in
//     Op::reads.
//   * Types are always known, also where shapes are not.
// run(Call&) computes the outputs into out(i).data, which is allocated. Every shape is concrete, every input
// is there, everything shape() checked holds. It can fail only on data (an index out of range) or memory
// (scratch).
#pragma once
#include "status.h"

namespace mote {

struct Node;   // graph.h
struct Graph;  // graph.h
struct Arena;  // arena.h
class Heap;    // heap.h
struct Frame;  // exec.h
struct Call;

// ---- attributes: decoded once, into a plain struct of the operator's own

struct Attr {
  enum Tag : uint8_t { integer, real, text, integers, reals, texts, tensor, graph } tag;
  bool required;
  uint16_t offset;  // of the member, bytes
  const char* name;
  int64_t integer_default;
  float real_default;
  const char* text_default;
};

template <class T> struct AttrTag;
template <> struct AttrTag<int64_t> { static constexpr auto tag = Attr::integer; };
template <> struct AttrTag<float> { static constexpr auto tag = Attr::real; };
template <> struct AttrTag<Text> { static constexpr auto tag = Attr::text; };
template <> struct AttrTag<Span<const int64_t>> { static constexpr auto tag = Attr::integers; };
template <> struct AttrTag<Span<const float>> { static constexpr auto tag = Attr::reals; };
template <> struct AttrTag<Span<const Text>> { static constexpr auto tag = Attr::texts; };
template <> struct AttrTag<const Value*> { static constexpr auto tag = Attr::tensor; };
template <> struct AttrTag<const Graph*> { static constexpr auto tag = Attr::graph; };

struct GraphReader;  // reader.h
struct Json;    // json.h
void read_attributes(GraphReader& reader, Span<const Attr> rows, void* attrs, const Json* given);

struct AttrDefault {
  int64_t i = 0;
  float f = 0;
  const char* s = nullptr;
  constexpr AttrDefault() = default;
  constexpr AttrDefault(int v) : i(v), f(float(v)) {}
  constexpr AttrDefault(int64_t v) : i(v), f(float(v)) {}
  constexpr AttrDefault(float v) : f(v) {}
  constexpr AttrDefault(const char* v) : s(v) {}
};

template <class T>
constexpr Attr make_attr(const char* name, size_t offset, bool required, AttrDefault d = {}) {
  return Attr{AttrTag<T>::tag, required, uint16_t(offset), name, d.i, d.f, d.s};
}

// One row of an attribute table. ATTR(Attrs, axis, -1): optional with a default. Without a default: 0, 0.0f,
// an empty Text, a null Span or a null pointer. REQUIRED(Attrs, to): an error where it is missing. Members
// may be int64_t, float, Text, Span<const int64_t>, Span<const float>, Span<const Text>, const Value* (a
// tensor) or const Graph*.
#define ATTR(S, member, ...)                                                     \
  ::mote::make_attr<decltype(S::member)>(#member, __builtin_offsetof(S, member), \
                                         false __VA_OPT__(, __VA_ARGS__))
#define REQUIRED(S, member) \
  ::mote::make_attr<decltype(S::member)>(#member, __builtin_offsetof(S, member), true)

// ---- the operator

struct Arity { uint16_t min = 0, max = 0; };
constexpr uint16_t many = 0xffff;

using Flags = uint16_t;
// output 0 may take the memory of an input with as many bytes that dies here; run() then sees in(i).data ==
// out(0).data
constexpr Flags inplace = 1;
constexpr Flags inplace_first = 32 | inplace;  // the same, of input 0 alone
// output 0 is input 0 with another shape: nothing is run, run() need not exist (see VIEW in ops.def)
constexpr Flags view = 2;
constexpr Flags random = 4;   // never folded
// takes and gives sequences, maps and absent optionals too; others get tensors only
constexpr Flags holds = 8;
constexpr Flags dims_only = 16; // run() reads only the shapes of its inputs, never their data (Shape, Size)

constexpr Flags gives = 64;   // run() sizes outputs of which shape() gave no concrete shape, by give()

// Frames and scopes of bodies (exec.h): reached through Control alone, so that a module without control
// operators links none.
struct Bodies;
extern const Bodies bodies;

// What a control operator does around the runs of its subgraph (exec.h).
struct Control {
  // The graph that may stand in place of the node while planning, where its inputs decide it (If); null where
  // not yet. May be null.
  const Graph* (*choose)(Call&) = nullptr;
  // chooses the graph and binds the first inputs; frame.body stays null to run nothing
  Status (*begin)(Call&, Frame&) = nullptr;
  // after a run of the body: takes its outputs, binds the next inputs
  Status (*next)(Call&, Frame&, bool& again) = nullptr;
  uint32_t state_bytes = 0;                      // of frame.state, zeroed
  const Bodies* bodies = &mote::bodies;
};

void ask_layout(Node& node, unsigned i);  // codecs.cpp, linked where an operator has a layout

// How the operator wants weight input `i` (f32) to lie in memory; sets weight.layout and panel or leaves
// plain. May be null. Asked at load, with the weights' shapes known; run() must take plain too.
struct WeightLayout {
  void (*choose)(Call& c, unsigned i, Value& weight) = nullptr;
  decltype(ask_layout)* ask = nullptr;
  constexpr WeightLayout() = default;
  constexpr WeightLayout(decltype(choose) f) : choose(f), ask(ask_layout) {}
};

struct Op {
  Arity in = {1, 1};
  Arity out = {1, 1};
  Span<const Attr> attrs = {};
  uint32_t attr_bytes = 0;               // sizeof(Attrs)
  decltype(read_attributes)* read = nullptr;
  Status (*shape)(Call&) = nullptr;
  Flags flags = 0;
  // bit i: shape() reads the value of input i (bit 31: of every input from 31 on)
  uint32_t reads = 0;
  WeightLayout layout = {};
  const Control* control = nullptr;
};

template <unsigned N> constexpr Span<const Attr> table(const Attr (&rows)[N]) { return {rows, N}; }
// Fills Op::attrs, attr_bytes and read:
//   constinit const Op op_softmax = { .in = {1, 1}, ATTRS(Attrs, attrs), .shape = shape };
#ifdef MOTE_FOLD_TABLE  // the compiler fills attributes from ONNX
#define ATTRS(S, rows) .attrs = ::mote::table(rows), .attr_bytes = sizeof(S)
#else
#define ATTRS(S, rows) .attrs = ::mote::table(rows), .attr_bytes = sizeof(S), .read = ::mote::read_attributes
#endif

using Run = Status (*)(Call&);

struct OpRow {       // one row of ops.def
  const Op* op;
  Run run;           // null for views and control operators
  const char* name;  // ONNX name
  const char* domain;
};
extern const OpRow op_table[];
extern const unsigned op_count;
const OpRow* find_op(Text name, Text domain);  // null if the table has none

// A row declares what its file defines (a constant has no external linkage without it).
#define OP(name, text, domain, where) extern const Op op_##name; Status run_##name(Call&);
#include "ops.def"
#undef OP

// ---- the call

// What a call may use besides its inputs and outputs.
struct Env {
  ErrorRecord* error = nullptr;
  Arena* scratch = nullptr;   // emptied after every node
  Arena* strings = nullptr;   // bytes of string elements: stay until the end of the run
  int64_t symbols = 0;        // fresh symbols given out so far
  Heap* heap = nullptr;       // for give()
  uint32_t random_turns = 0;  // executions of random nodes without a seed since the run began (ops/random.h)
};

struct CallSite {  // what is the same in every run
  Text op_name, node_name;
  const Text* in_names;   // for messages; may be null
  const Text* out_names;
  const void* attr_data;
  unsigned n_in, n_out;   // as written in the graph; trailing optional ones may be missing
};

struct Call : CallSite {
  Env& env;
  Value** ins;            // null for an absent optional input
  Value** outs;           // null for an output that nobody asked for

  template <class T> const T& attrs() const { return *static_cast<const T*>(attr_data); }
  bool has_in(unsigned i) const { return i < n_in && ins[i]; }
  bool has_out(unsigned i) const { return i < n_out && outs[i]; }
  const Value& in(unsigned i) const { return *ins[i]; }
  Value& out(unsigned i) const { return *outs[i]; }
  bool known(unsigned i) const {
    return has_in(i) &&
           (ins[i]->data || (ins[i]->kind == Kind::tensor && concrete(*ins[i]) && empty(*ins[i])));
  }

  int64_t fresh() { return -++env.symbols; }

  // ---- errors: each writes the last-error record and returns its code
  Status fail(Status code, Arg a = {}, Arg b = {}, Arg c = {}) const;               // about the node
  // about input i ($t is its name)
  Status fail_in(unsigned i, Status code, Arg a = {}, Arg b = {}, Arg c = {}) const;
  Status bad_attr(const char* name, Arg got, Arg expected) const;                   // about an attribute

  // ---- checks for shape(); all accept absent inputs and unknown shapes
  Status want_type(unsigned i, Types set) const;                     // bad_type
  Status want_same_type(unsigned i, unsigned j) const;               // input i has the type of input j
  Status want_rank(unsigned i, int rank) const;                      // bad_rank; also for an exact 0 (scalar)
  Status want_min_rank(unsigned i, int rank) const;
  // dims[axis] of input i equals dim, where both are numbers
  Status want_dim(unsigned i, int axis, int64_t dim) const;

  // ---- outputs in shape()
  void like(unsigned o, const Value& v);                             // type and shape of v
  // type, rank, every dimension a fresh symbol
  void set(unsigned o, Type type, int rank = unknown_rank);
  // copies dims; rank_limit where rank > max_rank
  Status set_dims(unsigned o, Type type, const int64_t* dims, int rank);
  // ONNX multidirectional broadcast of inputs [first, first + n)
  Status broadcast(unsigned o, Type type, unsigned first, unsigned n);

  // ---- memory in run()
  // 64-byte aligned, until the node ends; null when memory ran out
  void* scratch(size_t bytes);
  template <class T> T* scratch_of(size_t n) {
    size_t bytes;
    return mul(n, sizeof(T), bytes) ? static_cast<T*>(scratch(bytes)) : nullptr;
  }
  Status no_memory(size_t bytes) const { return fail(Status::out_of_memory, uint64_t(bytes)); }
  // for string outputs: until the end of the run
  char* string_bytes(size_t bytes);
  // The shape of an output that only run() can size (Op::gives), and its memory.
  Status give(unsigned o, const int64_t* dims, int rank) const;
};

// ---- helpers that shape() functions share

// Normalises an axis in [-rank, rank) to [0, rank): bad_axis otherwise. rank must be known.
Status normalize_axis(const Call& c, int64_t axis, int rank, int& out);
// Reads a known integer tensor (i32, i64, any int type) of at most `capacity` elements; n gets how many.
// bad_rank unless scalar or 1-D.
Status read_ints(const Call& c, unsigned i, int64_t* out, int capacity, int& n);
// Arithmetic on dimensions: where one is a symbol the result is a fresh symbol (adding 0 and multiplying by 1
// keep it).
Status dim_add(Call& c, int64_t a, int64_t b, int64_t& out);
Status dim_mul(Call& c, int64_t a, int64_t b, int64_t& out);
// Equal, or not provably different: merges a symbol with a number to the number. false on a contradiction.
bool dim_merge(int64_t a, int64_t b, int64_t& out);

}  // namespace mote
