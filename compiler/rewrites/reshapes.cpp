// A Reshape, Squeeze, Unsqueeze, Flatten or Expand that gives the shape which is there already is nothing. Of
// two in a row the first is: Reshape reads the elements in order, whatever shape they had, unless it copies
// dimensions (0).
#include "../rewriter.h"

namespace mote::compiler {

bool rewrite_reshapes(Rewriter& r, Node& n) {
  const auto view = [](const Node& v) {
    return v.is("Reshape") || v.is("Squeeze") || v.is("Unsqueeze") || v.is("Flatten");
  };
  if (!(view(n) || n.is("Expand")) || n.in.empty() || !n.in[0]) return false;
  if (r.same_shape(n.in[0], n.out[0]) && r.forward(n, n.in[0])) return true;
  Node* first = n.in[0]->producer;
  if (!first || !first->live || first->graph != r.graph || !view(*first) || first->out[0] != n.in[0] ||
      !first->in[0])
    return false;
  Value* x = first->in[0];
  if (view(n) && r.same_shape(x, n.out[0]) && r.forward(n, x)) return true;
  if (!n.is("Reshape") || n.integer("allowzero", 0)) return false;
  std::vector<int64_t> to;
  if (!held_ints(n.in[1], to)) return false;
  for (const int64_t d : to)
    if (!d) return false;
  r.become(n, "Reshape", {x, n.in[1]});
  return true;
}

}  // namespace mote::compiler
