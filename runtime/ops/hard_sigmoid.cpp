// HardSigmoid: y = max(0, min(1, alpha * x + beta)), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
//   alpha float = 0.2, beta float = 0.5
// A NaN stays NaN. May run in place.
// Errors: bad_type.            Source: ONNX HardSigmoid-22.
#include "unary.h"

namespace mote {
namespace {

struct Attrs { float alpha, beta; };
constexpr Attr attrs[] = {ATTR(Attrs, alpha, 0.2f), ATTR(Attrs, beta, 0.5f)};

double hard_sigmoid(double x, double a, double b) {
  x = a * x + b;
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

}  // namespace

constinit const Function function_hard_sigmoid = {hard_sigmoid_f32, hard_sigmoid};
constinit const Op op_hard_sigmoid = {ATTRS(Attrs, attrs), .shape = float_shape, .flags = inplace};
Status run_hard_sigmoid(Call& c) {
  return unary_run(c, function_hard_sigmoid, c.attrs<Attrs>().alpha, c.attrs<Attrs>().beta);
}

}  // namespace mote
