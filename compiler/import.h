// From the model as read to values and nodes: names resolved, functions inlined, constants taken out, every
// node at opset 28, nodes in topological order.
#pragma once
#include "model.h"

namespace mote::compiler {

Status import(const onnx::Model& from, Model& to);

}  // namespace mote::compiler
