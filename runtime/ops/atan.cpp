// Atan: y = the angle in [-pi/2, pi/2] whose tangent is x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Through double: f32, f16 and bf16 are rounded once; f64: at most 1 ulp. May run in place.
// Errors: bad_type.            Source: ONNX Atan-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function atan = {nullptr, [](double x, double, double) { return math::atan(x); }};

}  // namespace

constinit const Op op_atan = float_op;
Status run_atan(Call& c) { return unary_run(c, atan); }

}  // namespace mote
