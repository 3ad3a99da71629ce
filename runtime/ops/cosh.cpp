// Cosh: y = (e^x + e^-x) / 2, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Through double: f32, f16 and bf16 are rounded once; f64: at most 3 ulp. May run in place.
// Errors: bad_type.            Source: ONNX Cosh-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function cosh = {nullptr, [](double x, double, double) { return math::cosh(x); }};

}  // namespace

constinit const Op op_cosh = float_op;
Status run_cosh(Call& c) { return unary_run(c, cosh); }

}  // namespace mote
