// Asinh: y = log(x + sqrt(x^2 + 1)), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Through double: f32, f16 and bf16 are rounded once; f64: at most 4 ulp. May run in place.
// Errors: bad_type.            Source: ONNX Asinh-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function asinh = {nullptr, [](double x, double, double) { return math::asinh(x); }};

}  // namespace

constinit const Op op_asinh = float_op;
Status run_asinh(Call& c) { return unary_run(c, asinh); }

}  // namespace mote
