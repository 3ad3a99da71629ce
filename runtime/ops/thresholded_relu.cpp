// ThresholdedRelu: y = x where x > alpha, else 0, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
//   alpha float = 1
// NaN gives 0, as the formula does. May run in place.
// Errors: bad_type.            Source: ONNX ThresholdedRelu-22.
#include "unary.h"

namespace mote {
namespace {

constexpr Attr attrs[] = {ATTR(Alpha, alpha, 1.0f)};

}  // namespace

constinit const Function function_thresholded_relu = {
    thresholded_relu_f32, [](double x, double a, double b) { return x > a || (x == a && b == 0) ? x : 0; }};
constinit const Op op_thresholded_relu = {ATTRS(Alpha, attrs), .shape = float_shape, .flags = inplace};
Status run_thresholded_relu(Call& c) {
  return unary_run(c, function_thresholded_relu, c.attrs<Alpha>().alpha, 1);
}

}  // namespace mote
