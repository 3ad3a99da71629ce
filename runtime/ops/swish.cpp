// Swish: y = x / (1 + e^(-alpha x)), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
//   alpha float = 1
// f32: at most 4 ulp where alpha x is exact (its rounding counts |alpha x| times) and the sigmoid is normal;
// f16 and bf16 through f32; f64 likewise. -inf gives NaN (-inf * 0), as the formula does. May run in place.
// Errors: bad_type.            Source: ONNX Swish-24.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Attr attrs[] = {ATTR(Alpha, alpha, 1.0f)};

}  // namespace

constinit const Function function_swish = {
    swish_f32, [](double x, double a, double) { return x * math::sigmoid(a * x); }};
constinit const Op op_swish = {ATTRS(Alpha, attrs), .shape = float_shape, .flags = inplace};
Status run_swish(Call& c) { return unary_run(c, function_swish, c.attrs<Alpha>().alpha); }

}  // namespace mote
