// RMSNormalization of the last axis: x / sqrt(mean(x^2) + epsilon) * scale. Six passes become one; the sum is
// in another order.
#include "norm.h"

namespace mote::compiler {

bool rewrite_rms_norm(Rewriter& r, Node& n) {
  if (!n.is("Mul") || n.in.size() != 2 || !r.is_f32(n.out[0]) || !find_op("RMSNormalization", ""))
    return false;
  for (size_t i = 0; i < 2; ++i) {
    Value* x = nullptr;
    float epsilon;
    if (!normalised(r, n.in[i], x, epsilon)) continue;
    Value* scale = row_of(r, n.in[1 - i], x);
    if (!scale) continue;
    r.become(n, "RMSNormalization", {x, scale});
    n.set("axis", int64_t(-1));
    n.set("epsilon", epsilon);
    return true;
  }
  return false;
}

}  // namespace mote::compiler
