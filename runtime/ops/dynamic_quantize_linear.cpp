// DynamicQuantizeLinear: x in 8 bits, with a scale and a zero point for its own range.
//   in   x [..] f32        out  y u8 like x, y_scale f32 [], y_zero_point u8 []
//   y_scale = (max(x, 0) - min(x, 0)) / 255, or 1 / 255 where that is 0; y_zero_point = round(-min(x, 0) /
//     y_scale)
//   y = saturate(round(x / y_scale) + y_zero_point)
// A NaN counts for no range and gives 0.
// Errors: bad_type.            Source: ONNX DynamicQuantizeLinear-11.
#include "quantize.h"

namespace mote {
namespace {

Status shape(Call& c) {
  TRY(c.want_type(0, types(Type::f32)));
  c.like(0, c.in(0));
  if (c.has_out(0)) c.out(0).type = Type::u8;
  c.set(1, Type::f32, 0);
  c.set(2, Type::u8, 0);
  return Status::ok;
}

}  // namespace

constinit const Op op_dynamic_quantize_linear = {.out = {3, 3}, .shape = shape};

Status run_dynamic_quantize_linear(Call& c) {
  const Value& x = c.in(0);
  float low = 0, high = 0;
  row_range_f32(x.as<float>(), count(x), low, high);
  const float scale = (low == high ? 1.0f : high - low) / 255.0f;
  const int zero = int(quantized(double(-low / scale), 0, range_of(Type::u8)));
  if (c.has_out(0)) quantize_f32_8(c.out(0).as<uint8_t>(), x.as<float>(), count(x), scale, zero, 0, 255);
  if (c.has_out(1)) *c.out(1).as<float>() = scale;
  if (c.has_out(2)) *c.out(2).as<uint8_t>() = uint8_t(zero);
  return Status::ok;
}

}  // namespace mote
