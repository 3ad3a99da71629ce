// MatMulIntegerToFloat: y = (a - a_zero) (b - b_zero) a_scale b_scale + bias.
//   in   a [..., m, k], b [..., k, n] i8 or u8, a_scale, b_scale f32 or f16, a_zero, b_zero of the types of a
//        and b, optional:
//        0, bias [n], optional, of the scales' type; scales and zero points of a: one number, [m] or [..., m,
//          1], of b: one
//        number, [n] or [..., 1, n]
//   out  y [..., m, n], of the scales' type
// Errors: bad_type, bad_rank, bad_shape, not_broadcastable.            Source: onnxruntime, com.microsoft 1.
#include "float_of_ints.h"

namespace mote {
namespace {

Status shape(Call& c) {
  TRY(c.want_type(0, eight_bits));
  TRY(c.want_type(1, eight_bits));
  TRY(c.want_type(2, types(Type::f32, Type::f16)));
  TRY(c.want_same_type(3, 2));
  TRY(c.want_same_type(4, 0));
  TRY(c.want_same_type(5, 1));
  TRY(c.want_same_type(6, 2));
  TRY(product_shape(c, 0, 1, c.in(2).type));
  for (unsigned i = 2; i < 6; ++i) TRY(check_along(c, i, i % 2, i % 2 ? -1 : -2));
  TRY(c.want_rank(6, 1));
  const Value& b = c.in(1);
  return known_rank(b) ? c.want_dim(6, 0, b.rank > 1 ? b.dims[b.rank - 1] : 1) : Status::ok;
}

}  // namespace

constinit const Op op_ms_mat_mul_integer_to_float = {.in = {4, 7}, .shape = shape};

Status run_ms_mat_mul_integer_to_float(Call& c) {
  Batches q(c.in(0), c.in(1));
  for (size_t t = 0; t < q.total; ++t) {
    q.seek(t);
    WideMatrix a, b;
    quantized_factors(c, q, {0, 4, 1, 5}, a, b);
    TRY(float_of_ints(c, q, t, a, b, c.in(2), c.in(3), c.has_in(6) ? &c.in(6) : nullptr));
  }
  return Status::ok;
}

}  // namespace mote
