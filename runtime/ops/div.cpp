// Div: y = a / b, elementwise, broadcast both ways.
//   in   a, b  f32 f64 f16 bf16, i8 ... i64, u8 ... u64, of one type   out  y  that type, the broadcast shape
// Integers truncate towards zero; the smallest integer by -1 wraps to itself. Floats as in IEEE
// 754: x / 0 is an infinity or NaN; those of 16 bits are rounded once, from a double. May run in place
//   (binary.h).
// Errors: bad_type, not_broadcastable, division_by_zero (integers).            Source: ONNX Div-14.
#include "binary.h"

namespace mote {
namespace {

struct F {
  f32x4 operator()(f32x4 a, f32x4 b) const { return a / b; }
  double operator()(double a, double b) const { return a / b; }
};

// T: int64_t or uint64_t. -1 apart, since int64_min / -1 traps.
template <class T> bool divide(void* y, const void* a, const void* b, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const T p = static_cast<const T*>(a)[i], q = static_cast<const T*>(b)[i];
    if (q == 0) return false;
    static_cast<T*>(y)[i] = T(-1) < 0 && q == T(-1) ? T(0 - uint64_t(p)) : T(p / q);
  }
  return true;
}

Status shape(Call& c) { return binary_shape(c, number_types); }

}  // namespace

constinit const Binary binary_div = {
  .f32 = f32_row<F>, .reals = dense_loop<F, double>, .ints = divide<int64_t>, .unsigned64 = divide<uint64_t>};
constinit const Op op_div = {.in = {2, 2}, .shape = shape, .flags = inplace};
Status run_div(Call& c) { return binary_run(c, binary_div); }

}  // namespace mote
