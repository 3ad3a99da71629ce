// Transpose of a Transpose is one, or none. Transpose of the last two axes as torch's
// scaled_dot_product_attention writes it, by three dimensions: Reshape [-1, s, n], Transpose [0, 2, 1],
// Reshape [.., n, s]. Shape of a Transpose: of its input, reordered, so that the Transpose itself may go.
#include "../rewriter.h"

namespace mote::compiler {

bool rewrite_transposes(Rewriter& r, Node& n) {
  if (!n.domain.empty()) return false;
  if (n.op == "Transpose") {
    const Attribute *outer = n.find("perm"), *inner;
    Node* t = r.maker(n.in[0], "Transpose");
    if (!outer) return false;
    bool identity = true;
    for (size_t i = 0; i < outer->ints.size(); ++i) identity = identity && outer->ints[i] == int64_t(i);
    if (identity && r.rank(n.in[0]) == int(outer->ints.size())) return r.forward(n, n.in[0]);
    if (!t || !(inner = t->find("perm")) || inner->ints.size() != outer->ints.size()) return false;
    std::vector<int64_t> perm;
    for (const int64_t i : outer->ints) {
      if (i < 0 || size_t(i) >= inner->ints.size()) return false;
      perm.push_back(inner->ints[size_t(i)]);
    }
    r.become(n, "Transpose", {t->in[0]});
    n.set("perm", perm);
    return true;
  }
  if (n.op == "Shape" && !n.find("start") && !n.find("end")) {
    Node* t = r.maker(n.in[0], "Transpose");
    const Attribute* perm = t ? t->find("perm") : nullptr;
    if (!perm || !find_op("Gather", "")) return false;
    Value* dims = r.make(n, "Shape", {t->in[0]});
    r.become(n, "Gather", {dims, r.build(n).ints(perm->ints)});
    n.set("axis", int64_t(0));
    return true;
  }
  if (n.op == "Reshape") {
    Node* t = r.step(n.in[0], "Transpose");
    Node* first = t && is_perm(*t, {0, 2, 1}) ? r.step(t->in[0], "Reshape") : nullptr;
    if (!first) return false;
    const Value *x = first->in[0], *y = n.out[0];
    const int rank = r.rank(x);
    if (rank < 3 || r.rank(y) != rank || r.rank(first->out[0]) != 3) return false;
    for (int i = 0; i < rank; ++i) {
      const int from = i < rank - 2 ? i : 2 * rank - 3 - i;
      if (!r.dim(x, from) || r.dim(y, i) != r.dim(x, from)) return false;
    }
    for (int i = 1; i <= 2; ++i)
      if (r.dim(first->out[0], -i) != r.dim(x, -i)) return false;
    std::vector<int64_t> perm;
    for (int64_t i = 0; i < rank; ++i) perm.push_back(i < rank - 2 ? i : 2 * rank - 3 - i);
    r.become(n, "Transpose", {first->in[0]});
    n.set("perm", perm);
    return true;
  }
  return false;
}

}  // namespace mote::compiler
