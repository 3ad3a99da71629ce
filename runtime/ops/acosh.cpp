// Acosh: y = log(x + sqrt(x^2 - 1)), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Through double: f32, f16 and bf16 are rounded once; f64: at most 4 ulp. NaN below 1. May run in place.
// Errors: bad_type.            Source: ONNX Acosh-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function acosh = {nullptr, [](double x, double, double) { return math::acosh(x); }};

}  // namespace

constinit const Op op_acosh = float_op;
Status run_acosh(Call& c) { return unary_run(c, acosh); }

}  // namespace mote
