// Conv or ConvTranspose, then BatchNormalization, or Mul, Div, Add, Sub of one constant a channel: into its
// weight and bias,
//   scale (w x + b) + shift  =  (scale w) x + (scale b + shift).
// What becomes of weights is written as nodes on constants: small ones are folded, the runtime computes the
// others once, when they have arrived. A pass over the result is saved each; weights are rounded once more.
#include "conv.h"

namespace mote::compiler {

Value* per_channel(Rewriter& r, const Value* v, int64_t channels, int rank) {
  if (!v || !v->constant || v->constant->type != Type::f32) return nullptr;
  const std::vector<int64_t>& d = v->constant->dims;
  const int64_t count = element_count(d);
  const int own = int(d.size());
  if (count == 1 && own <= rank) return r.reshaped(v, {1});
  if (count != channels || own + 1 < rank || own > rank || d[size_t(own + 1 - rank)] != channels)
    return nullptr;
  return r.reshaped(v, {channels});
}

Value* scaled(Rewriter& r, const Node& n, Value* weight, Value* scale, int axis) {
  const int rank = r.rank(weight);
  if (r.dim(scale, 0) != 1 || rank > 1) {
    std::vector<int64_t> dims(size_t(rank), 1);
    dims[size_t(axis)] = -1;
    if (rank > 1) scale = r.make(n, "Reshape", {scale, r.build(n).ints(dims)});
  }
  const Node* before = r.step(weight, "Mul");
  if (before && before->in[0]->constant && r.is_weight(before->in[1]))
    return r.make(n, "Mul", {before->in[0], r.make(n, "Mul", {before->in[1], scale})});
  return r.make(n, "Mul", {weight, scale});
}

bool rewrite_conv_channels(Rewriter& r, Node& n) {
  const bool batch = n.is("BatchNormalization"), mul = n.is("Mul"), div = n.is("Div"), add = n.is("Add"),
             sub = n.is("Sub");
  if (!(batch || mul || div || add || sub) || n.in.size() < 2) return false;
  for (size_t i = 0; i < (mul || add ? 2 : 1); ++i) {
    const Node* conv = r.step(n.in[i], "Conv");
    if (!conv) conv = r.step(n.in[i], "ConvTranspose");
    if (!conv || conv->in.size() < 2 || !r.is_weight(conv->in[1]) ||
        (conv->input(2) && !r.is_weight(conv->in[2])))
      continue;
    Value* w = conv->in[1];
    Value* b = conv->input(2);
    const bool transposed = conv->op == "ConvTranspose";
    const int rank = r.rank(w), axis = transposed ? 1 : 0;
    if (rank < 3 || !r.is_f32(w) || (b && !r.is_f32(b)) || (transposed && conv->integer("group", 1) != 1))
      continue;
    const int64_t channels = r.dim(w, axis);
    Value *scale = nullptr, *shift = nullptr;
    if (batch) {
      if (n.in.size() < 5 || n.integer("training_mode", 0)) return false;
      for (size_t k = 1; k < 5; ++k)
        if (!n.in[k] || !n.in[k]->constant || n.in[k]->constant->type != Type::f32 ||
            n.in[k]->constant->dims != std::vector<int64_t>{channels})
          return false;
      for (size_t k = 1; k < n.out.size(); ++k)
        if (n.out[k] && n.out[k]->uses) return false;
      Value* variance = r.make(n, "Add", {n.in[4], r.build(n).real(Type::f32, n.real("epsilon", 1e-5f))});
      scale = r.make(n, "Div", {n.in[1], r.make(n, "Sqrt", {variance})});
      shift = r.make(n, "Sub", {n.in[2], r.make(n, "Mul", {n.in[3], scale})});
    } else {
      Value* c = per_channel(r, n.in[1 - i], channels, rank);
      if (!c) continue;
      if (div) c = r.make(n, "Div", {r.build(n).real(Type::f32, 1), c});
      if (sub) c = r.make(n, "Mul", {c, r.build(n).real(Type::f32, -1)});
      (mul || div ? scale : shift) = c;
    }
    if (scale) {
      w = scaled(r, n, w, scale, axis);
      if (b) b = r.make(n, "Mul", {b, scale});
    }
    if (shift)
      b = b ? r.make(n, "Add", {b, shift}) : r.make(n, "Expand", {shift, r.build(n).ints({channels})});
    const auto attrs = conv->attrs;
    const std::string op = conv->op;
    std::vector<Value*> in = {conv->in[0], w};
    if (b) in.push_back(b);
    r.become(n, op.c_str(), std::move(in));
    n.attrs = attrs;
    n.out.resize(1);
    return true;
  }
  return false;
}

}  // namespace mote::compiler
