// MatMul by a weight [k, n], then Add of a constant [n]: its bias (mote.MatMul), added as the product is
// stored.
#include "../rewriter.h"

namespace mote::compiler {

bool rewrite_matmul_bias(Rewriter& r, Node& n) {
  if (!n.is("Add") || n.in.size() != 2 || !find_op("MatMul", "mote")) return false;
  for (size_t i = 0; i < 2; ++i) {
    const Node* product = r.step(n.in[i], "MatMul");
    const Value* c = n.in[1 - i];
    if (!product || product->in.size() != 2 || !c || !c->constant || c->constant->type != Type::f32) continue;
    const Value* w = product->in[1];
    if (!w || !w->constant || w->constant->type != Type::f32 || w->constant->dims.size() != 2) continue;
    const int64_t columns = w->constant->dims[1];
    const std::vector<int64_t>& d = c->constant->dims;
    if (d.empty() || d.back() != columns || element_count(d) != columns) continue;
    if (d.size() > 1 && int(d.size()) > r.rank(product->in[0])) continue;  // the sum would have a higher rank
    r.become(n, "MatMul", {product->in[0], product->in[1], r.reshaped(c, {columns})}, "mote");
    return true;
  }
  return false;
}

}  // namespace mote::compiler
