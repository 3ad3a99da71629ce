// x tanh(softplus(x)), softplus also as log(1 + e^x), whose overflow tanh hides: Mish. Three to five passes
// become one.
#include "../rewriter.h"

namespace mote::compiler {

bool rewrite_mish(Rewriter& r, Node& n) {
  if (!n.is("Mul") || n.in.size() != 2 || !r.is_real(n.out[0]) || !find_op("Mish", "")) return false;
  for (size_t i = 0; i < 2; ++i) {
    Value* x = n.in[1 - i];
    const Node* tanh = r.step(n.in[i], "Tanh");
    if (!tanh) continue;
    const Node* softplus = r.step(tanh->in[0], "Softplus");
    if (!softplus) {
      const Node* log = r.step(tanh->in[0], "Log");
      const Node* add = log ? r.step(log->in[0], "Add") : nullptr;
      double one;
      Value* e;
      if (!add || !r.with_number(*add, one, e) || one != 1) continue;
      softplus = r.step(e, "Exp");
    }
    if (!softplus || softplus->in[0] != x) continue;
    r.become(n, "Mish", {x});
    return true;
  }
  return false;
}

}  // namespace mote::compiler
