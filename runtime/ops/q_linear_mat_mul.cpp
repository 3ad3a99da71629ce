// QLinearMatMul: y = saturate(round((a - a_zero_point) (b - b_zero_point) a_scale b_scale / y_scale) +
// y_zero_point) over the last two axes, the others broadcast; as numpy.matmul.
//   in   a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point; a [..., m, k] or [k], b
//        [..., k, n] or
//        [k] and the zero points: i8 u8 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz; scales f32 f16 bf16, of one
//        type. Those of a are one number, [m] or [..., m, 1], those of b one number, [n] or [..., 1, n],
//        those of y one
//          number
//   out  y [..., m, n], of y_zero_point's type
// Integers are summed exactly, the scales multiplied in f32.
// Errors: bad_type, bad_rank, bad_shape, not_broadcastable.            Source: ONNX QLinearMatMul-21.
#include "quantize.h"

namespace mote {
namespace {

Status shape(Call& c) {
  const Types set = eight_bits | float8_types;
  for (unsigned i = 0; i < 6; i += 3) {
    TRY(c.want_type(i, set));
    TRY(c.want_same_type(i + 2, i));
  }
  TRY(c.want_type(1, types(Type::f32, Type::f16, Type::bf16)));
  TRY(c.want_same_type(4, 1));
  TRY(c.want_same_type(6, 1));
  TRY(c.want_type(7, set));
  TRY(product_shape(c, 0, 3, c.in(7).type));
  TRY(check_along(c, 1, 0, -2));
  TRY(check_along(c, 2, 0, -2));
  TRY(check_along(c, 4, 3, -1));
  TRY(check_along(c, 5, 3, -1));
  TRY(want_single(c, 6));
  return want_single(c, 7);
}

struct Target {
  const Call& c;
  const Batches& q;
  char* y;  // [m, n]
};

void store(const void* target, size_t i, size_t j, const double* sums, size_t n) {
  const Target& t = *static_cast<const Target*>(target);
  const Call& c = t.c;
  const Type type = c.out(0).type;
  const Value &sa = c.in(1), &sb = c.in(4);
  const float a = float(load_real(sa.type, sa.data, along(&sa, t.q.a, i, t.q.m)));
  const float y = float(load_real(c.in(6).type, c.in(6).data, 0));
  const double zero = load_real(type, c.in(7).data, 0);
  const bool ints = has(eight_bits, type);
  const Range r = ints ? range_of(type) : Range{};
  for (size_t e = 0; e < n; ++e) {
    const float b = float(load_real(sb.type, sb.data, along(&sb, t.q.b, j + e, t.q.n)));
    const double v = double(float(sums[e]) * (a * b / y));
    uint8_t& to = reinterpret_cast<uint8_t*>(t.y)[i * t.q.n + j + e];
    to = ints ? uint8_t(int(quantized(v, int(zero), r))) : f64_to_small_float(type, v + zero, true);
  }
}

}  // namespace

constinit const Op op_q_linear_mat_mul = {.in = {8, 8}, .shape = shape};

Status run_q_linear_mat_mul(Call& c) {
  Batches q(c.in(0), c.in(3));
  for (size_t t = 0; t < q.total; ++t) {
    q.seek(t);
    WideMatrix a, b;
    quantized_factors(c, q, {0, 2, 3, 5}, a, b);
    const Target target = {c, q, c.out(0).as<char>() + t * q.m * q.n};
    TRY(product_wide(c, a, b, q.m, q.k, q.n, store, &target));
  }
  return Status::ok;
}

}  // namespace mote
