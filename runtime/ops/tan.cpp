// Tan: y = the tangent of x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Through double: f32, f16 and bf16 are rounded once; f64: at most 2 ulp. NaN of infinities. May run in
//   place.
// Errors: bad_type.            Source: ONNX Tan-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function tan = {nullptr, [](double x, double, double) { return math::tan(x); }};

}  // namespace

constinit const Op op_tan = float_op;
Status run_tan(Call& c) { return unary_run(c, tan); }

}  // namespace mote
