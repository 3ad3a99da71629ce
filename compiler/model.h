// A model twice: as the file says it (namespace onnx, names are text), and as the passes see it (values are
// pointers).
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "fault.h"

namespace mote::compiler {

struct Graph;
struct TypeInfo;
namespace onnx { struct Graph; struct Sparse; }

// A constant tensor: held in memory if it is small, otherwise a byte range of a file.
struct Tensor {
  std::string name;
  Type type = Type::none;
  std::vector<int64_t> dims;
  bool held = false;
  bool varint = false;               // the range holds protobuf varints
  std::string bytes;                 // where held: ONNX's raw layout
  std::vector<std::string> strings;  // where held and type is str
  uint32_t file = 0;                 // otherwise: index into Model::files
  uint64_t offset = 0, size = 0;     // bytes
};

// Elements, or -1 if dims are negative or their product overflows.
int64_t element_count(const std::vector<int64_t>& dims);

struct Attribute {
  enum Tag : uint8_t {
    none,
    real,
    integer,
    text,
    tensor,
    graph,
    reals,
    integers,
    texts,
    sparse,
    type,
    other
  };
  std::string name;
  std::string reference;             // of the function's attribute that stands here
  Tag tag = none;
  float f = 0;
  int64_t i = 0;
  std::string s;
  std::vector<float> floats;
  std::vector<int64_t> ints;
  std::vector<std::string> strings;
  std::shared_ptr<Tensor> t;
  std::shared_ptr<onnx::Sparse> sparse_tensor;
  std::shared_ptr<TypeInfo> type_info;
  std::shared_ptr<onnx::Graph> body; // as read
  Graph* g = nullptr;                // as imported
};

// The declared type of an input. Nested types are flattened: what a sequence or an optional holds lies in the
// same record.
struct TypeInfo {
  struct Dim { int64_t number = -1; std::string symbol; };  // -1: a symbol
  Kind kind = Kind::tensor;
  bool optional = false;
  bool known_shape = false;
  int64_t element = 0;               // ONNX's code; of a map the type of its values
  std::vector<Dim> shape;
};

namespace onnx {

struct Node {
  std::string op, domain, name, overload;
  std::vector<std::string> in, out;
  std::vector<Attribute> attrs;
};
struct Port {
  std::string name;
  TypeInfo type;
};
struct Sparse {
  Tensor values, indices;
  std::vector<int64_t> dims;
};
struct Graph {
  std::string name;
  std::vector<Node> nodes;
  std::vector<Tensor> initializers;
  std::vector<Sparse> sparse;
  std::vector<Port> inputs, outputs;
};
struct Opset {
  std::string domain;
  int64_t version = 0;
};
struct Function {
  std::string name, domain, overload;
  std::vector<std::string> in, out;
  std::vector<Node> nodes;
  std::vector<Attribute> defaults;
  std::vector<Opset> opsets;
};
struct Model {
  int64_t ir_version = 0;
  bool has_graph = false;
  Graph graph;
  std::vector<Opset> opsets;
  std::vector<Function> functions;
};

}  // namespace onnx

struct Node;

struct Value {
  std::string name;
  Graph* graph = nullptr;
  Node* producer = nullptr;          // null: an input or a constant
  std::shared_ptr<Tensor> constant;
  std::shared_ptr<TypeInfo> type;    // of inputs
  Value* replaced = nullptr;         // by remove_identities
  uint32_t uses = 0;                 // reads by live nodes and as outputs; see remove_dead
  bool is_output = false;            // of its graph
};

struct Node {
  std::string op, domain, name;
  std::vector<Value*> in, out;       // null: absent
  std::vector<Attribute> attrs;
  Graph* graph = nullptr;
  uint8_t mark = 0;                  // of the pass that runs
  bool live = true;

  const Attribute* find(const char* attribute) const;
  int64_t integer(const char* attribute, int64_t otherwise) const;
  float real(const char* attribute, float otherwise) const;
  void drop(const char* attribute);
  void set(const char* attribute, int64_t v);
  void set(const char* attribute, float v);
  void set(const char* attribute, const char* v);
  void set(const char* attribute, std::vector<int64_t> v);
  void set(const char* attribute, std::vector<float> v);
  Value* input(size_t i) const { return i < in.size() ? in[i] : nullptr; }
  bool is(const char* name, const char* in_domain = "") const { return op == name && domain == in_domain; }
};

struct Graph {
  Graph* parent = nullptr;
  std::vector<Value*> inputs, outputs;
  std::vector<std::string> output_names;
  std::vector<TypeInfo> output_types;   // as declared
  std::vector<Node*> nodes;
};

struct Model {
  std::deque<Value> values;
  std::deque<Node> nodes;
  std::deque<Graph> graphs;          // [0] is the model's own
  std::vector<std::string> files;    // [0] is "", the model
  ErrorRecord* error = nullptr;

  Value* value(Graph* g, std::string name);
  Node* node(Graph* g, const char* op);
};

constexpr size_t small_bytes = 4096;       // tensors up to here are read by the compiler, and folded
constexpr int max_depth = 64;              // of nested graphs
constexpr size_t max_nodes = 1u << 18;     // after functions are inlined: they can blow up exponentially

}  // namespace mote::compiler
