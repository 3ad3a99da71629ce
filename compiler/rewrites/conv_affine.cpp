// A Conv with an activation, then Mul and Add of a number (PP-OCR's learnable affine blocks): attribute
// `affine` of mote.Conv, applied where the activation is, in place of one or two passes over memory. Differs
// by the rounding that a fused multiply-add saves.
#include "../rewriter.h"

namespace mote::compiler {

bool rewrite_conv_affine(Rewriter& r, Node& n) {
  double c;
  Value* y;
  const bool mul = n.is("Mul");
  if (!(mul || n.is("Add")) || !r.with_number(n, c, y)) return false;
  const Node* conv = r.step(y, "Conv", 1, "mote");
  if (!conv || !conv->find("activation")) return false;
  const Attribute* before = conv->find("affine");
  if (before && (mul || before->floats[1] != 0)) return false;
  const float factor = before ? before->floats[0] : mul ? float(c) : 1, shift = mul ? 0 : float(c);
  const auto attrs = conv->attrs;
  r.become(n, "Conv", conv->in, "mote");
  n.attrs = attrs;
  n.set("affine", std::vector<float>{factor, shift});
  return true;
}

}  // namespace mote::compiler
