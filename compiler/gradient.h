// Gradient of ai.onnx.preview.training: reverse-mode differentiation, written as nodes.
#pragma once
#include "model.h"

namespace mote::compiler {

struct Gradient {
  Node* node;                   // in no list; its inputs take the places of xs, then zs
  std::vector<Value*> xs, zs;   // what y is differentiated by, and what else it depends on
  Value* y;
};

// Appends what computes the outputs of the node to its graph. Errors: no_derivative.
Status differentiate(Model& m, Graph& g, const Gradient& what);

}  // namespace mote::compiler
