// QLinearMul: c = saturate(round((a - a_zero) a_scale (b - b_zero) b_scale / c_scale) + c_zero).
//   in   a, a_scale, a_zero, b, b_scale, b_zero, c_scale, c_zero: a, b and zero points i8 or u8, of one type,
//        scales f32;
//        scales and zero points are one number each, zero points optional: 0; a and b broadcast
//   out  c
// Computed in f32.
// Errors: bad_type, bad_shape, not_broadcastable.            Source: onnxruntime, com.microsoft 1.
#include "q_linear_binary.h"

namespace mote {
constinit const Op op_ms_q_linear_mul = {.in = {2, 8}, .shape = q_linear_binary_shape};
Status run_ms_q_linear_mul(Call& c) {
  return q_linear_binary(c, [](float a, float b) { return a * b; });
}
}  // namespace mote
