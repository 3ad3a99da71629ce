// Celu: y = alpha * (e^(x / alpha) - 1) where x / alpha < 0, else x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
//   alpha float = 1
// f32: at most 3 ulp where x / alpha is exact; f16 and bf16 through f32. May run in place.
// Errors: bad_type.            Source: ONNX Celu-28.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Attr attrs[] = {ATTR(Alpha, alpha, 1.0f)};
constexpr Function celu = {celu_f32,
                           [](double x, double a, double) { return x / a < 0 ? a * math::expm1(x / a) : x; }};

}  // namespace

constinit const Op op_celu = {ATTRS(Alpha, attrs), .shape = float_shape, .flags = inplace};
Status run_celu(Call& c) { return unary_run(c, celu, c.attrs<Alpha>().alpha); }

}  // namespace mote
