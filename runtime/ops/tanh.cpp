// Tanh: y = (e^x - e^-x) / (e^x + e^-x), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// f32: at most 2 ulp (math.h); f16 and bf16 through f32; f64: 2. -inf and inf give -1 and 1. May run in place.
// Errors: bad_type.            Source: ONNX Tanh-13.
#include "../math.h"
#include "unary.h"

namespace mote {

constinit const Op op_tanh = {.shape = [](Call& c) { return unary_shape(c, float_types); }, .flags = inplace};

Status run_tanh(Call& c) {
  unary_run(c, tanh_f32, math::tanh);
  return Status::ok;
}

}  // namespace mote
