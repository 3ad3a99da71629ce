// LeakyRelu: y = alpha * x where x < 0, else x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
//   alpha float = 0.01
// f16 and bf16 through f32. May run in place.
// Errors: bad_type.            Source: ONNX LeakyRelu-16.
#include "unary.h"

namespace mote {
namespace {

constexpr Attr attrs[] = {ATTR(Alpha, alpha, 0.01f)};

}  // namespace

constinit const Function function_leaky_relu = {leaky_relu_f32,
                                                [](double x, double a, double) { return x < 0 ? a * x : x; }};
constinit const Op op_leaky_relu = {ATTRS(Alpha, attrs), .shape = float_shape, .flags = inplace};
Status run_leaky_relu(Call& c) { return unary_run(c, function_leaky_relu, c.attrs<Alpha>().alpha); }

}  // namespace mote
