// HardSwish: y = x * max(0, min(1, x / 6 + 1/2)), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// -inf gives NaN (-inf * 0), as the formula does. May run in place.
// Errors: bad_type.            Source: ONNX HardSwish-22.
#include "unary.h"

namespace mote {
namespace {

double hard_swish(double x, double, double) {
  const double v = x * (1.0 / 6) + 0.5;
  return x * (v < 0 ? 0 : v > 1 ? 1 : v);
}

}  // namespace

constinit const Function function_hard_swish = {hard_swish_f32, hard_swish};
constinit const Op op_hard_swish = float_op;
Status run_hard_swish(Call& c) { return unary_run(c, function_hard_swish); }

}  // namespace mote
