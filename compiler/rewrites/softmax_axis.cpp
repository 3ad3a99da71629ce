// Softmax before opset 13 took all axes from one on: Reshape(Softmax(Flatten(x, axis)), Shape(x)). Of the
// last axis alone this is the Softmax of today.
#include "../rewriter.h"

namespace mote::compiler {

bool rewrite_softmax_axis(Rewriter& r, Node& n) {
  if (!n.is("Reshape")) return false;
  Node* softmax = r.step(n.in[0], "Softmax");
  if (!softmax) softmax = r.step(n.in[0], "LogSoftmax");
  Node* flat = softmax ? r.step(softmax->in[0], "Flatten") : nullptr;
  if (!flat) return false;
  const int rank = r.rank(flat->in[0]);
  const int64_t axis = flat->integer("axis", 1), last = softmax->integer("axis", -1);
  if (rank < 1 || (axis != rank - 1 && axis != -1) || (last != -1 && last != 1) ||
      !r.same_shape(flat->in[0], n.out[0]))
    return false;
  const std::string op = softmax->op;
  r.become(n, op.c_str(), {flat->in[0]});
  n.set("axis", int64_t(-1));
  return true;
}

}  // namespace mote::compiler
