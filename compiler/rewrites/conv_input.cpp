// A number added, and one multiplied before, in front of a Conv of one point without padding: into its weight
// and bias,
//   w (a x + b) + c  =  (a w) x + (c + b sum(w)), the sum over what makes one output channel.
// Two passes over the input are saved; the bias is rounded otherwise.
#include "conv.h"

namespace mote::compiler {

bool rewrite_conv_input(Rewriter& r, Node& n) {
  if (!n.is("Conv") || n.in.size() < 2 || !n.in[1] || !n.in[1]->constant ||
      n.in[1]->constant->type != Type::f32)
    return false;
  if (!find_op("ReduceSum", "") || (n.input(2) && !r.is_weight(n.in[2]))) return false;
  const std::vector<int64_t> w = n.in[1]->constant->dims;
  const Attribute* automatic = n.find("auto_pad");
  const Attribute* pads = n.find("pads");
  bool points = w.size() >= 3 && (!automatic || automatic->s == "NOTSET" || automatic->s == "VALID");
  for (size_t i = 2; i < w.size(); ++i) points = points && w[i] == 1;
  if (pads)
    for (const int64_t p : pads->ints) points = points && !p;
  const Node* add = points ? r.step(n.in[0], "Add") : nullptr;
  double shift, scale = 1;
  Value *product, *x;
  if (!add || !r.with_number(*add, shift, product) || !product || !r.is_f32(product) || product->constant)
    return false;
  const Node* mul = r.step(product, "Mul");
  if (!mul || !r.with_number(*mul, scale, x) || !x || x->constant) {
    x = product;
    scale = 1;
  }
  const auto number = [&](double v) { return r.reshaped(r.build(n).real(Type::f32, v), {1}); };
  std::vector<int64_t> axes;
  for (size_t i = 1; i < w.size(); ++i) axes.push_back(int64_t(i));
  Node* sum = r.add(n, "ReduceSum", {n.in[1], r.build(n).ints(axes)});
  sum->set("keepdims", int64_t(0));
  r.infer_node(*sum);
  Value* bias = r.make(n, "Mul", {sum->out[0], number(shift)});
  if (n.input(2)) bias = r.make(n, "Add", {n.in[2], bias});
  Value* weight = scale == 1 ? n.in[1] : scaled(r, n, n.in[1], number(scale), 0);
  const auto attrs = n.attrs;
  r.become(n, "Conv", {x, weight, bias});
  n.attrs = attrs;
  return true;
}

}  // namespace mote::compiler
