// Gelu as PyTorch, TensorFlow and others write it: x (1 + erf(x / sqrt 2)) / 2, the factors in any order.
// Five passes over memory become one. Results within 4 ulp of Gelu's own bound; the steps' rounding below -5
// is gone.
#include "../rewriter.h"

namespace mote::compiler {

bool rewrite_gelu(Rewriter& r, Node& n) {
  Product p;
  if (!r.is_real(n.out[0]) || !find_op("Gelu", "") || !product_of(r, n, p) || p.number != 0.5) return false;
  for (Value* x : p.terms) {
    const Value* factor = p.partner(x);
    const Node* add = factor ? r.step(factor, "Add") : nullptr;
    double one;
    Value *e, *from;
    if (!add || !r.with_number(*add, one, e) || one != 1) continue;
    const Node* erf = r.step(e, "Erf");
    const Node* scaled = erf ? erf->in[0]->producer : nullptr;
    if (!scaled || !r.step(erf->in[0], scaled->op.c_str())) continue;
    double c;
    const bool div = scaled->is("Div");
    if (!(div || scaled->is("Mul")) || !r.with_number(*scaled, c, from) || from != x ||
        (div && scaled->in[0] != x))
      continue;
    if (!r.number_is(scaled->in[scaled->in[0] == x ? 1 : 0], x, div ? 1.41421356237 : 0.70710678118))
      continue;
    r.become(n, "Gelu", {x});
    return true;
  }
  return false;
}

}  // namespace mote::compiler
