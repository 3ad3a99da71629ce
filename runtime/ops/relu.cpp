// Relu: y = max(x, 0), elementwise.
//   in   x  f32 f64 f16 bf16 i8 i16 i32 i64        out  y  the type and shape of x
// A NaN stays NaN. May run in place.
// Errors: bad_type.            Source: ONNX Relu-14.
#include "unary.h"

namespace mote {

constinit const Function function_relu = {relu_f32, [](double x, double, double) { return x < 0 ? 0 : x; }};
constinit const Op op_relu = {.shape = [](Call& c) { return unary_shape(c, float_types | signed_types); },
                              .flags = inplace};

Status run_relu(Call& c) {
  if (!has(signed_types, c.in(0).type)) return unary_run(c, function_relu);
  through_ints(c.out(0), c.in(0), +[](int64_t v) { return max(v, int64_t(0)); });
  return Status::ok;
}

}  // namespace mote
