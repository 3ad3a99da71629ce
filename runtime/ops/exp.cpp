// Exp: y = e^x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// f32: at most 1 ulp (math.h); f16 and bf16 through f32; f64: 1. -inf gives 0. May run in place.
// Errors: bad_type.            Source: ONNX Exp-13.
#include "../math.h"
#include "unary.h"

namespace mote {

constinit const Op op_exp = {.shape = [](Call& c) { return unary_shape(c, float_types); }, .flags = inplace};

Status run_exp(Call& c) {
  unary_run(c, exp_f32, math::exp);
  return Status::ok;
}

}  // namespace mote
