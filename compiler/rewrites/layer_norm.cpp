// LayerNormalization of the last axis as exporters before opset 17 write it: d = x - mean(x), d /
// sqrt(mean(d^2) + epsilon) * scale, + bias. Nine passes become one; the sums are in another order.
#include "norm.h"

namespace mote::compiler {

bool reduces_last(const Rewriter& r, const Node& n) {
  std::vector<int64_t> axes;
  return n.integer("keepdims", 1) && held_ints(n.input(1), axes) && axes.size() == 1 &&
         (axes[0] == -1 || axes[0] == r.rank(n.in[0]) - 1);
}

bool normalised(const Rewriter& r, const Value* v, Value*& d, float& epsilon) {
  const Node *top = r.step(v, "Div"), *root = nullptr;
  Value* sum = nullptr;  // mean(d^2) + epsilon
  double c;
  const auto inverse = [&](const Value* y) -> Value* {  // what y is 1 / sqrt of
    if (const Node* reciprocal = r.step(y, "Reciprocal")) root = r.step(reciprocal->in[0], "Sqrt");
    else if (const Node* div = r.step(y, "Div"); div && r.number(div->in[0], y, c) && c == 1)
      root = r.step(div->in[1], "Sqrt");
    else if (const Node* pow = r.step(y, "Pow"); pow && r.number_is(pow->in[1], y, -0.5)) return pow->in[0];
    return root ? root->in[0] : nullptr;
  };
  if (top) {
    d = top->in[0];
    if ((root = r.step(top->in[1], "Sqrt"))) sum = root->in[0];
    else if (const Node* pow = r.step(top->in[1], "Pow"); pow && r.number_is(pow->in[1], top->in[1], 0.5))
      sum = pow->in[0];
  } else if ((top = r.step(v, "Mul")) && top->in.size() == 2) {
    for (size_t i = 0; i < 2 && !sum; ++i)
      if ((sum = inverse(top->in[i]))) d = top->in[1 - i];
  }
  const Node* add = sum ? r.step(sum, "Add") : nullptr;
  Value* mean;
  if (!add || !d || !r.with_number(*add, c, mean)) return false;
  const Node* reduce = r.step(mean, "ReduceMean");
  epsilon = float(c);
  return reduce && reduces_last(r, *reduce) && is_power(r, reduce->in[0], d, 2);
}

Value* row_of(Rewriter& r, Value* v, const Value* x) {
  const int rank = r.rank(v);
  const int64_t n = r.dim(x, -1);
  if (rank < 1 || rank > r.rank(x) || n <= 0 || r.dim(v, -1) != n || r.type(v) != r.type(x)) return nullptr;
  if (rank == 1) return v;
  return v->constant && element_count(v->constant->dims) == n ? r.reshaped(v, {n}) : nullptr;
}

bool rewrite_layer_norm(Rewriter& r, Node& n) {
  if (!r.is_f32(n.out[0]) || !find_op("LayerNormalization", "") || n.in.size() != 2) return false;
  if (n.is("Add"))
    for (size_t i = 0; i < 2; ++i) {
      Node* norm = r.step(n.in[i], "LayerNormalization");
      if (!norm || norm->in.size() != 2 || norm->integer("axis", -1) != -1) continue;
      Value* bias = row_of(r, n.in[1 - i], norm->in[0]);
      if (!bias) continue;
      const auto attrs = norm->attrs;
      r.become(n, "LayerNormalization", {norm->in[0], norm->in[1], bias});
      n.attrs = attrs;
      return true;
    }
  if (n.is("Mul"))
    for (size_t i = 0; i < 2; ++i) {
      Value* d = nullptr;
      float epsilon;
      if (!normalised(r, n.in[i], d, epsilon)) continue;
      const Node* sub = r.maker(d, "Sub");  // read by the square, once or twice, and the division
      if (!sub || d->is_output || d->uses > 3) continue;
      const Node* mean = r.step(sub->in[1], "ReduceMean");
      if (!mean || mean->in[0] != sub->in[0] || !reduces_last(r, *mean)) continue;
      Value* scale = row_of(r, n.in[1 - i], sub->in[0]);
      if (!scale) continue;
      r.become(n, "LayerNormalization", {sub->in[0], scale});
      n.set("axis", int64_t(-1));
      n.set("epsilon", epsilon);
      return true;
    }
  return false;
}

}  // namespace mote::compiler
