// The model: graphs of nodes and the values between them, and the weights. Immutable once loaded.
#pragma once
#include "heap.h"
#include "op.h"

namespace mote {

constexpr uint32_t none = 0xffffffff;  // no value, no index
constexpr int max_depth = 64;          // of nested graphs

struct Def;
struct Graph;
struct Model;

extern const char kind_names[];        // by number, NUL-terminated; then what only declarations say

// What the bytes of a weight go through before they are elements in their place (codecs.cpp).
struct Codec {
  const char* name;                    // "encoding" in graph JSON
  Types types;
  bool varies = false;                 // how many bytes of the file there are depends on the values
  uint64_t (*bytes)(const Def&) = nullptr;  // in memory; null: as many as plain
  void (*put)(Model& model, Def& d, const uint8_t* from, size_t bytes);  // from element model.element of d on
};
#define CODEC(name) extern const Codec codec_##name;
#include "codecs.def"
#undef CODEC
extern const Codec* const codecs[];    // those of this module, then null

// A value of a graph: its declared type and shape, and the data of a weight. Zeroed, but for the rank, where
// it is made.
struct Def : Value {
  enum Source : uint8_t {
    input,   // fed from outside
    weight,  // data of the model
    outer,   // a value of the graph around
    result,  // output of a node
  } source;
  bool wanted;      // planning needs its value, not only its shape
  bool fixed;       // the same in every run: weights and what is computed from them alone
  bool optional;
  bool temporary;   // a constant that only constant nodes read: freed while loading, after its last reader
  bool arrived;     // of constants, while loading: the data is there
  bool in_place;    // a weight whose data came with the graph
  bool listed;      // an input that arg_nodes names
  bool of_view;     // output of a view
  // its readers want different layouts, or one wants it plain, or it is read outside its graph
  bool mixed;
  bool lasting;     // something but constant nodes that copy reads it
  Layout wish;      // of panels: how it is to lie
  uint32_t wish_panel;
  const Codec* codec;  // of constants: what they go through on arrival; null where they are copied
  uint32_t number;  // in its graph
  uint32_t uses;    // readers; of a temporary, while loading: those still to come
  Text name;
  Def* captured;    // of outer: the value of the graph around
  Graph* graph;     // of a weight in a file: where it is read
  uint32_t file;    // and where it lies
  uint64_t offset, file_bytes;
};

struct Node {  // its inputs and outputs, Defs, stand in one list
  Call call;
  const OpRow* row;
  bool wanted;      // planning runs it
  bool constant;    // loading runs it
  bool ran;         // and has

  Def* in(uint32_t i) const { return static_cast<Def*>(call.ins[i]); }    // null where absent
  Def* out(uint32_t i) const { return static_cast<Def*>(call.outs[i]); }  // null where nobody asked for it
  bool is_view() const { return row->op->flags & view; }
  bool runs() const { return row->run || is_view(); }  // not a control operator, not the host's
};

// How an output is declared to the outside.
struct Port {
  Text name;
  Value value;      // type none where nothing is declared
  Def* def;
};

struct Graph {
  Graph* parent;
  uint32_t number;         // in the model
  int depth;
  Node* owner;             // the node of the parent that runs it
  Grow<uint32_t> first;    // while it is read: the number of the first value of each of its JSON nodes
  Grow<Def*> defs;
  Grow<Node*> nodes;
  Grow<Def*> inputs;       // in order
  Grow<Port> outputs;
  Grow<Def*> outers;       // the captured values

  uint32_t bound() const { return inputs.size + outers.size; }  // values that a run is given
};

// What models and contexts begin with: mote_error takes either.
struct Handle {
  Env env;
  Arena scratch;                   // of one node
  Arena arena;                     // what is only added to
  // has all memory, and lies in it; the first context's are the model's: it uses again what loading needed
  Pages* pages;

  // lies behind the whole record, in whose first 128 bytes most of the rest finds its place
  struct Rest {
    Heap heap;
    ErrorRecord error;
  };
  void begin(Pages* pages, Rest& rest);
  Heap& heap() { return *env.heap; }
  static constexpr Text no_tensor{};
  Status fail(Status code, const Text& tensor, Arg a = {}, Arg b = {});
  Status refuse(const char* what);  // bad_state
  Status no_memory(size_t bytes = page_bytes);
};

// Its arena has the graphs and small constants, its heap what only loading reads: temporary constants and the
// staging buffer.
struct Model : Handle {
  // loading (load.cpp)
  uint64_t done = 0;               // bytes of the current weight that arrived
  uint64_t asked = 0;              // bytes of the range that was given out last
  uint64_t element = 0;            // elements of the current weight that arrived
  uint32_t next_weight = 0;
  uint8_t* staging = nullptr;
  size_t staging_bytes = 0;
  bool parsed = false, loaded = false;
  bool pages_lent = false;         // the first context uses them
  uint32_t files = 1;
  Grow<Graph*> graphs;             // parents before children; [0] is the whole
  Grow<Def*> list;                 // weights of files
  Grow<Text> symbols;              // names of dimensions: symbol -1 - i
  uint64_t weight_bytes = 0;
  uint64_t varint_bits = 0;
  unsigned varint_shift = 0;
  Arena weights;                   // what stays
  char* json = nullptr;
  size_t json_bytes = 0;
  alignas(8) uint8_t records[256]; // for hosts (mote_records)

  Graph& main() const { return *graphs[0]; }
};

// An error about a value of a node.
Status fail(const Call& call, Status code, const Text& tensor, Arg a, Arg b = {});

Status parse_graph(Model& model);                 // graph.cpp: model.json -> graphs
bool want(Def* def);                              // its value, in planning: true where that is new
// analyse.cpp: uses, wanted and constant nodes, symbolic shapes, layouts
Status analyse(Model& model);

// One step of loading: model.asked bytes of `range` are to be read; none where all is there; load.cpp.
struct Range {  // the mote_range of mote.h
  uint32_t file, weight;
  uint64_t offset, bytes, address;
};
Status load_next(Model& model, Range& range);
// Memory for a constant: in the block of what stays, or on the heap of what only loading reads. `codec`: how
// it is to lie there.
Status take_constant(Model& model, bool temporary, const Codec* codec, Def& def);

// Lays out small constants of a graph, and runs its constant nodes whose inputs are all there
// (constants.cpp).
using RunReady = Status(Model& model, const Graph& graph);
RunReady run_ready_nodes;
extern RunReady* const run_ready;                 // the same; null where the table has no operators

// Bytes of a concrete tensor in ONNX's raw layout.
inline uint64_t raw_bytes(const Value& v) {
  return (uint64_t(count(v)) * type_info[unsigned(v.type)].bits + 7) / 8;
}
// Sets the bytes of `v`, plain in memory: false where they overflow size_t. A dimension that is a symbol
// counts as one, so that shape() may multiply those that are numbers.
bool set_bytes(Value& v);

// A node of domain "host".
extern const OpRow host_row;
inline bool is_host(const Node& n) { return n.row == &host_row; }

}  // namespace mote
