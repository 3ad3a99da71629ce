// Cast, CastLike to the type that is there already, and Mul by 1, Div by 1 of a tensor that keeps its shape:
// nothing is computed. CastLike of a known type: Cast, which needs no second tensor.
#include "../rewriter.h"

namespace mote::compiler {

bool rewrite_no_cast(Rewriter& r, Node& n) {
  if (!n.domain.empty() || n.in.empty() || !n.in[0]) return false;
  const Type from = r.type(n.in[0]);
  double c;
  if (n.op == "Cast")
    return from != Type::none && int64_t(from) == n.integer("to", 0) && r.forward(n, n.in[0]);
  if (n.op == "CastLike" && n.in.size() == 2 && n.in[1]) {
    const Type to = r.type(n.in[1]);
    if (to == Type::none) return false;
    if (to == from) return r.forward(n, n.in[0]);
    const int64_t saturate = n.integer("saturate", 1);
    r.become(n, "Cast", {n.in[0]});
    n.set("to", int64_t(to));
    if (!saturate) n.set("saturate", saturate);
    return true;
  }
  if ((n.op == "Mul" || n.op == "Div") && n.in.size() == 2 && n.in[1])
    for (size_t i = n.op == "Div" ? 1 : 0; i < 2; ++i)
      if (n.in[i] && n.in[1 - i] && r.number(n.in[i], n.in[1 - i], c) && c == 1)
        return r.forward(n, n.in[1 - i]);
  return false;
}

}  // namespace mote::compiler
