// Sinh: y = (e^x - e^-x) / 2, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Through double: f32, f16 and bf16 are rounded once; f64: at most 4 ulp. May run in place.
// Errors: bad_type.            Source: ONNX Sinh-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function sinh = {nullptr, [](double x, double, double) { return math::sinh(x); }};

}  // namespace

constinit const Op op_sinh = float_op;
Status run_sinh(Call& c) { return unary_run(c, sinh); }

}  // namespace mote
