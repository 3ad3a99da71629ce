// LessOrEqual: y = a <= b, elementwise, broadcast both ways.
//   in   a, b  f32 f64 f16 bf16, i8 ... i64, u8 ... u64, of one type      out  y  bool, the broadcast shape
// False where a NaN takes part.
// Errors: bad_type, not_broadcastable.            Source: ONNX LessOrEqual-16.
#include "binary.h"

namespace mote {

constinit const Op op_less_or_equal = {
    .in = {2, 2}, .shape = [](Call& c) { return binary_shape(c, number_types, Type::boolean); }};
Status run_less_or_equal(Call& c) {
  return binary_apply(c, binary_greater_or_equal, c.out(0), c.in(1), c.in(0));
}

}  // namespace mote
