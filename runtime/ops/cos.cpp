// Cos: y = the cosine of x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Through double: f32, f16 and bf16 are rounded once; f64: at most 1 ulp. NaN of infinities. May run in place.
// Errors: bad_type.            Source: ONNX Cos-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function cos = {nullptr, [](double x, double, double) { return math::cos(x); }};

}  // namespace

constinit const Op op_cos = float_op;
Status run_cos(Call& c) { return unary_run(c, cos); }

}  // namespace mote
