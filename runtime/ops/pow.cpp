// Pow: y = x ^ e, elementwise, broadcast both ways.
//   in   x  f32 f64 f16 bf16 i32 i64;  e  the same, i8 i16, u8 ... u64
//   out  y  the type of x, the broadcast shape
// Where a float takes part: through double (math.h), then rounded once; an integer result truncates
// and saturates.
// Integers: exact modulo 2^bits; a negative power is 0, but of 1 and -1. Squares of floats are products.
// NaN and infinities as in C: pow(1, e) = pow(x, 0) = 1. May run in place (binary.h).
// Errors: bad_type, not_broadcastable, division_by_zero (0 to a negative integer power).
// Source: ONNX Pow-15.
#include "../element.h"
#include "../math.h"
#include "binary.h"

namespace mote {
namespace {

struct F {
  double operator()(double a, double b) const {
    if (b == 2) return a * a;  // the powers that models take: squares, cubes, roots
    if (b == 3) return a * a * a;
    if (b == 0.5 && a > 0) return __builtin_sqrt(a);
    return math::pow(a, b);
  }
};

// E: int64_t or uint64_t, the exponent.
template <class E> bool integer_power(void* y, const void* a, const void* b, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    uint64_t x = static_cast<const uint64_t*>(a)[i], result = 1;
    E e = static_cast<const E*>(b)[i];
    if (e < 0) {
      if (x == 0) return false;
      if (x + 1 > 2) x = 0;  // neither 1 nor -1
      e = E(e & 1 ? 1 : x ? 2 : 1);
    }
    for (; e; e >>= 1, x *= x)
      if (e & 1) result *= x;
    static_cast<uint64_t*>(y)[i] = result;
  }
  return true;
}

constexpr Binary binary = {
  .reals = dense_loop<F, double>, .ints = integer_power<int64_t>, .unsigned64 = integer_power<uint64_t>};

Status shape(Call& c) {
  TRY(c.want_type(0, float_types | types(Type::i32, Type::i64)));
  TRY(c.want_type(1, number_types));
  return c.broadcast(0, c.in(0).type, 0, 2);
}

}  // namespace

constinit const Op op_pow = {.in = {2, 2}, .shape = shape, .flags = inplace};

Status run_pow(Call& c) {
  const Value &x = c.in(0), &e = c.in(1);
  const bool square = x.type == Type::f32 && count(e) == 1 && load_real(e.type, e.data, 0) == 2;
  if (square) return binary_apply(c, binary_mul, c.out(0), x, x);
  return binary_run(c, binary);
}

}  // namespace mote
