// HardSwish: y = x * max(0, min(1, x / 6 + 1/2)), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// -inf gives NaN (-inf * 0), as the formula does. May run in place.
// Errors: bad_type.            Source: ONNX HardSwish-22.
#include "unary.h"

namespace mote {
namespace {

double hard_swish(double x) {
  const double v = x * (1.0 / 6) + 0.5;
  return x * (v < 0 ? 0 : v > 1 ? 1 : v);
}

}  // namespace

constinit const Op op_hard_swish = {.shape = [](Call& c) { return unary_shape(c, float_types); }, .flags = inplace};

Status run_hard_swish(Call& c) {
  unary_run(c, hard_swish_f32, hard_swish);
  return Status::ok;
}

}  // namespace mote
