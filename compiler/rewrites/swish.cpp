// x sigmoid(x), which is Silu, and x sigmoid(a x), which is QuickGelu with a = 1.702: Swish. Two or three
// passes become one.
#include "../rewriter.h"

namespace mote::compiler {

bool rewrite_swish(Rewriter& r, Node& n) {
  if (!n.is("Mul") || n.in.size() != 2 || !r.is_real(n.out[0]) || !find_op("Swish", "")) return false;
  for (size_t i = 0; i < 2; ++i) {
    Value* x = n.in[1 - i];
    const Node* sigmoid = r.step(n.in[i], "Sigmoid");
    if (!sigmoid || !x) continue;
    double alpha = 1;
    if (sigmoid->in[0] != x) {
      Value* from = nullptr;
      const Node* mul = r.step(sigmoid->in[0], "Mul");
      if (!mul || !r.with_number(*mul, alpha, from) || from != x) continue;
    }
    r.become(n, "Swish", {x});
    if (alpha != 1) n.set("alpha", float(alpha));
    return true;
  }
  return false;
}

}  // namespace mote::compiler
