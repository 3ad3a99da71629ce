// MatMulInteger: y = (a - a_zero_point) (b - b_zero_point) over the last two axes, the others broadcast; as
// numpy.matmul.
//   in   a [..., m, k] or [k], b [..., k, n] or [k]: i8 u8, of two types or one; a_zero_point of a's type:
//        one number, [m]
//        or [..., m, 1]; b_zero_point of b's type: one number, [n] or [..., 1, n]; both optional: 0
//   out  y [..., m, n] i32, modulo 2^32
// Errors: bad_type, bad_rank, bad_shape, not_broadcastable.            Source: ONNX MatMulInteger-10.
#include "quantize.h"

namespace mote {
namespace {

Status shape(Call& c) {
  TRY(c.want_type(0, eight_bits));
  TRY(c.want_type(1, eight_bits));
  TRY(c.want_same_type(2, 0));
  TRY(c.want_same_type(3, 1));
  TRY(product_shape(c, 0, 1, Type::i32));
  TRY(check_along(c, 2, 0, -2));
  return check_along(c, 3, 1, -1);
}

}  // namespace

constinit const Op op_mat_mul_integer = {.in = {2, 4}, .shape = shape};

Status run_mat_mul_integer(Call& c) {
  const Value &a = c.in(0), &b = c.in(1);
  Batches q(a, b);
  for (size_t t = 0; t < q.total; ++t) {
    q.seek(t);
    WideMatrix wa, wb;
    quantized_factors(c, q, {0, 2, 1, 3}, wa, wb);
    const Dense dense = {Type::i32, c.out(0).as<int32_t>() + t * q.m * q.n, q.n};
    TRY(product_wide(c, wa, wb, q.m, q.k, q.n, store_dense, &dense));
  }
  return Status::ok;
}

}  // namespace mote
