// Relu: y = max(x, 0), elementwise.
//   in   x  f32 f64 f16 bf16 i8 i16 i32 i64        out  y  the type and shape of x
// A NaN stays NaN. May run in place.
// Errors: bad_type.            Source: ONNX Relu-14.
#include "unary.h"

namespace mote {

constinit const Op op_relu = {.shape = [](Call& c) { return unary_shape(c, float_types | signed_types); }, .flags = inplace};

Status run_relu(Call& c) {
  const Value& x = c.in(0);
  if (has(signed_types, x.type)) through_ints(c.out(0), x, [](int64_t v) { return max(v, int64_t(0)); });
  else unary_run(c, relu_f32, [](double v) { return v < 0 ? 0 : v; });
  return Status::ok;
}

}  // namespace mote
