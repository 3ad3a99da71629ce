// Makes nodes and constants for the passes.
#pragma once
#include "model.h"

namespace mote::compiler {

struct Builder {
  Model& model;
  Graph* graph;
  std::vector<Node*>& list;  // where new nodes go
  std::string name;          // of the node that is being replaced: new nodes and values carry it

  Node* node(const char* op, std::vector<Value*> in, const char* domain = "");  // with one new output
  Value* make(const char* op, std::vector<Value*> in) { return node(op, std::move(in))->out[0]; }
  Value* ints(const std::vector<int64_t>& v);  // int64 [n]
  Value* scalar(int64_t v);                    // int64 []
  Value* real(Type type, double v);            // [] of a float type
  Value* reals(const std::vector<float>& v);   // float32 [n]
};

Value* constant(Model& model, Graph* g, std::string name, Type type, std::vector<int64_t> dims,
                std::string bytes);

// The element type of a value, as far as it follows from constants, inputs and the operators between; float32
// where it does not.
Type type_of(const Value* v);

// Elements of a small held constant as doubles (float32, float64, float16) or integers (int32, int64); false
// otherwise.
bool held_reals(const Value* v, std::vector<double>& out);
bool held_ints(const Value* v, std::vector<int64_t>& out);

// Appends the node `n` of opset `version` to `list`, rewritten to the meaning of opset 28 with the nodes this
// takes.
Status upgrade(Model& model, std::vector<Node*>& list, Node* n, int64_t version);

}  // namespace mote::compiler
