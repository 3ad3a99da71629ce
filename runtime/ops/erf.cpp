// Erf: y = 2 / sqrt(pi) * the integral of e^(-t^2) over [0, x], elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// f32: at most 7 ulp (math.h); f16 and bf16 through f32; f64: 8. -inf and inf give -1 and 1. May run in
//   place.
// Errors: bad_type.            Source: ONNX Erf-13.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function erf = {erf_f32, [](double x, double, double) { return math::erf(x); }};

}  // namespace

constinit const Op op_erf = float_op;
Status run_erf(Call& c) { return unary_run(c, erf); }

}  // namespace mote
