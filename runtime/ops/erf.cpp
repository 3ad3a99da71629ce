// Erf: y = 2 / sqrt(pi) * the integral of e^(-t^2) over [0, x], elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// f32: at most 2 ulp (math.h); f16 and bf16 through f32; f64: 8. -inf and inf give -1 and 1. May run in place.
// Errors: bad_type.            Source: ONNX Erf-13.
#include "../math.h"
#include "unary.h"

namespace mote {

constinit const Op op_erf = {.shape = [](Call& c) { return unary_shape(c, float_types); }, .flags = inplace};

Status run_erf(Call& c) {
  unary_run(c, erf_f32, math::erf);
  return Status::ok;
}

}  // namespace mote
