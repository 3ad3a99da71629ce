// IsNaN: y = x is NaN, elementwise.
//   in   x  f32 f64 f16 bf16 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz        out  y  bool, the shape of x
// May run in place.
// Errors: bad_type.            Source: ONNX IsNaN-20.
#include "unary.h"

namespace mote {
namespace {

Status shape(Call& c) {
  TRY(unary_shape(c, float_types | float8_types));
  c.out(0).type = Type::boolean;
  return Status::ok;
}

}  // namespace

constinit const Op op_is_nan = {.shape = shape, .flags = inplace};

Status run_is_nan(Call& c) {
  through_reals(c.out(0), c.in(0), [](double v) { return v != v ? 1.0 : 0.0; });
  return Status::ok;
}

}  // namespace mote
