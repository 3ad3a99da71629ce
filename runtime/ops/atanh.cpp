// Atanh: y = log((1 + x) / (1 - x)) / 2, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Through double: f32, f16 and bf16 are rounded once; f64: at most 4 ulp. -1 and 1 give -inf and inf; NaN
//   outside. May run in place.
// Errors: bad_type.            Source: ONNX Atanh-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function atanh = {nullptr, [](double x, double, double) { return math::atanh(x); }};

}  // namespace

constinit const Op op_atanh = float_op;
Status run_atanh(Call& c) { return unary_run(c, atanh); }

}  // namespace mote
