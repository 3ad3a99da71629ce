// GroupNormalization as PyTorch writes it: Reshape to [n, groups, -1], InstanceNormalization by ones and
// zeros, Reshape back, times weight [channels, 1, ..], plus bias. Three passes become one.
#include "../rewriter.h"

namespace mote::compiler {
namespace {

bool all(const Value* v, double want) {
  std::vector<double> x;
  if (!held_reals(v, x)) return false;
  for (const double e : x)
    if (e != want) return false;
  return true;
}

// One number a channel of x, as [channels].
Value* channels_of(Rewriter& r, Value* v, const Value* x) {
  const int rank = r.rank(x), own = r.rank(v);
  const int64_t channels = r.dim(x, 1);
  if (!v || !v->constant || channels <= 0 || own < rank - 1 || own > rank || r.dim(v, 1 - rank) != channels ||
      element_count(v->constant->dims) != channels || v->constant->type != r.type(x))
    return nullptr;
  return r.reshaped(v, {channels});
}

}  // namespace

bool rewrite_group_norm(Rewriter& r, Node& n) {
  if (!n.is("Add") || n.in.size() != 2 || !r.is_f32(n.out[0]) || !find_op("GroupNormalization", ""))
    return false;
  for (size_t i = 0; i < 2; ++i) {
    const Node* mul = r.step(n.in[i], "Mul");
    for (size_t k = 0; mul && k < 2; ++k) {
      const Node* back = r.step(mul->in[k], "Reshape");
      const Node* norm = back ? r.step(back->in[0], "InstanceNormalization") : nullptr;
      const Node* grouped = norm ? r.step(norm->in[0], "Reshape") : nullptr;
      if (!grouped) continue;
      Value* x = grouped->in[0];
      const int64_t groups = r.dim(norm->in[0], 1), channels = r.dim(x, 1);
      if (r.rank(norm->in[0]) != 3 || r.rank(x) < 3 || groups <= 0 || channels <= 0 || channels % groups)
        continue;
      if (r.dim(norm->in[0], 0) != r.dim(x, 0) || !r.same_shape(x, back->out[0]) || !all(norm->in[1], 1) ||
          !all(norm->in[2], 0))
        continue;
      Value *scale = channels_of(r, mul->in[1 - k], x), *bias = channels_of(r, n.in[1 - i], x);
      if (!scale || !bias) continue;
      const float epsilon = norm->real("epsilon", 1e-5f);
      r.become(n, "GroupNormalization", {x, scale, bias});
      n.set("epsilon", epsilon);
      n.set("num_groups", groups);
      return true;
    }
  }
  return false;
}

}  // namespace mote::compiler
