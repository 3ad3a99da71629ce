// x clip(x + 3, 0, 6) / 6 and x HardSigmoid(x) with a slope of 1/6: HardSwish. Up to four passes become one.
#include <cmath>

#include "../rewriter.h"

namespace mote::compiler {

bool rewrite_hard_swish(Rewriter& r, Node& n) {
  Product p;
  if (!r.is_real(n.out[0]) || !find_op("HardSwish", "") || !product_of(r, n, p)) return false;
  for (Value* x : p.terms) {
    const Value* gate = p.partner(x);
    if (!gate) return false;
    if (const Node* sigmoid = r.step(gate, "HardSigmoid")) {
      if (p.number != 1 || sigmoid->in[0] != x ||
          std::fabs(sigmoid->real("alpha", 0.2f) - 1.0f / 6) >= 1e-6f || sigmoid->real("beta", 0.5f) != 0.5f)
        continue;
    } else {
      const Node* clip = r.step(gate, "Clip");
      const Node* add = clip ? r.step(clip->in[0], "Add") : nullptr;
      double three, low, six;
      Value* from;
      if (!add || std::fabs(p.number * 6 - 1) > 1e-5 || !r.with_number(*add, three, from) || from != x ||
          three != 3)
        continue;
      if (!r.number(clip->input(1), x, low) || low != 0 || !r.number(clip->input(2), x, six) || six != 6)
        continue;
    }
    r.become(n, "HardSwish", {x});
    return true;
  }
  return false;
}

}  // namespace mote::compiler
