// Asin: y = the angle in [-pi/2, pi/2] whose sine is x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Through double: f32, f16 and bf16 are rounded once; f64: at most 3 ulp. NaN outside [-1, 1]. May run in
//   place.
// Errors: bad_type.            Source: ONNX Asin-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function asin = {nullptr, [](double x, double, double) { return math::asin(x); }};

}  // namespace

constinit const Op op_asin = float_op;
Status run_asin(Call& c) { return unary_run(c, asin); }

}  // namespace mote
