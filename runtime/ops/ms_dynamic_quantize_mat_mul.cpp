// DynamicQuantizeMatMul: a is quantised as DynamicQuantizeLinear has it; y = a (b - b_zero) b_scale + bias.
//   in   a [..., m, k] f32, b [..., k, n] i8 or u8, b_scale f32, b_zero of b's type, optional: 0, one number
//        or [n] (or [..., 1, n]), bias [n] f32, optional
//   out  y [..., m, n] f32
// Errors: bad_type, bad_rank, bad_shape, not_broadcastable.            Source: onnxruntime, com.microsoft 1.
#include "float_of_ints.h"

namespace mote {
namespace {

Status shape(Call& c) {
  TRY(c.want_type(0, types(Type::f32)));
  TRY(c.want_type(1, eight_bits));
  TRY(c.want_same_type(2, 0));
  TRY(c.want_same_type(3, 1));
  TRY(c.want_same_type(4, 0));
  TRY(product_shape(c, 0, 1, Type::f32));
  TRY(check_along(c, 2, 1, -1));
  TRY(check_along(c, 3, 1, -1));
  TRY(c.want_rank(4, 1));
  const Value& b = c.in(1);
  return known_rank(b) ? c.want_dim(4, 0, b.rank > 1 ? b.dims[b.rank - 1] : 1) : Status::ok;
}

}  // namespace

constinit const Op op_ms_dynamic_quantize_mat_mul = {.in = {3, 5}, .shape = shape};

Status run_ms_dynamic_quantize_mat_mul(Call& c) {
  const Value& x = c.in(0);
  uint8_t* codes = c.scratch_of<uint8_t>(count(x) + 1);
  if (!codes) return c.no_memory(count(x));
  float low = 0, high = 0;
  row_range_f32(x.as<float>(), count(x), low, high);
  float number = (low == high ? 1.0f : high - low) / 255.0f;
  uint8_t point = uint8_t(int(quantized(double(-low / number), 0, range_of(Type::u8))));
  quantize_f32_8(codes, x.as<float>(), count(x), number, point, 0, 255);
  Value a = x, scale, zero;
  a.type = zero.type = Type::u8;
  scale.type = Type::f32;
  scale.rank = zero.rank = 0;
  a.data = codes;
  scale.data = &number;
  zero.data = &point;
  Batches q(a, c.in(1));
  for (size_t t = 0; t < q.total; ++t) {
    q.seek(t);
    WideMatrix wa, wb;
    quantized_factors(c, q, {1, 5, 1, 3}, wa, wb);
    wa = {Type::u8, {codes + q.a * q.m * q.k, int64_t(q.k), 1}, &zero};
    TRY(float_of_ints(c, q, t, wa, wb, scale, c.in(2), c.has_in(4) ? &c.in(4) : nullptr));
  }
  return Status::ok;
}

}  // namespace mote
