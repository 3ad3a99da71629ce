// Elu: y = alpha * (e^x - 1) where x < 0, else x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
//   alpha float = 1
// f32: at most 3 ulp; f16 and bf16 through f32; f64: 4. May run in place.
// Errors: bad_type.            Source: ONNX Elu-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Attr attrs[] = {ATTR(Alpha, alpha, 1.0f)};

}  // namespace

constinit const Function function_elu = {
    elu_f32, [](double x, double a, double) { return x < 0 ? a * math::expm1(x) : x; }};
constinit const Op op_elu = {ATTRS(Alpha, attrs), .shape = float_shape, .flags = inplace};
Status run_elu(Call& c) { return unary_run(c, function_elu, c.attrs<Alpha>().alpha); }

}  // namespace mote
