// Mod: y = what is left of a after whole multiples of b, elementwise, broadcast both ways.
//   in   a, b  f32 f64 f16 bf16, i8 ... i64, u8 ... u64, of one type      out  y  that type, the broadcast
//              shape
//   fmod int = 0: a - floor(a / b) b, with the sign of b;  1: a - trunc(a / b) b, with the sign of a
// Floats: exact with fmod = 1, else rounded once; infinities, zeros and NaN as ONNX lists them. The smallest
//   integer by -1 gives 0.
// May run in place (binary.h).
// Errors: bad_type, bad_attribute, not_broadcastable, division_by_zero (integers).            Source: ONNX
//   Mod-28.
#include "../math.h"
#include "binary.h"

namespace mote {
namespace {

struct Attrs { int64_t fmod; };
constexpr Attr attrs[] = {ATTR(Attrs, fmod, 0)};

struct Truncated {
  double operator()(double a, double b) const { return math::fmod(a, b); }
  int64_t operator()(int64_t a, int64_t b) const { return b == -1 ? 0 : a % b; }  // the smallest % -1 traps
  uint64_t operator()(uint64_t a, uint64_t b) const { return a % b; }
};
struct Floored {
  double operator()(double a, double b) const {
    const double r = math::fmod(a, b);
    return r == 0 ? __builtin_copysign(0, b) : (r < 0) != (b < 0) ? r + b : r;
  }
  int64_t operator()(int64_t a, int64_t b) const {
    const int64_t r = Truncated{}(a, b);
    return r && (r < 0) != (b < 0) ? r + b : r;
  }
};

template <class F, class T> bool remainders(void* y, const void* a, const void* b, size_t n) {
  for (size_t i = 0; i < n; ++i)
    if (!static_cast<const T*>(b)[i]) return false;
  return dense_loop<F, T>(y, a, b, n);
}

constexpr Binary truncated = {.reals = dense_loop<Truncated, double>,
                              .ints = remainders<Truncated, int64_t>,
                              .unsigned64 = remainders<Truncated, uint64_t>};
constexpr Binary floored = {.reals = dense_loop<Floored, double>,
                            .ints = remainders<Floored, int64_t>,
                            .unsigned64 = remainders<Truncated, uint64_t>};

Status shape(Call& c) {
  const int64_t fmod = c.attrs<Attrs>().fmod;
  if (fmod != 0 && fmod != 1) return c.bad_attr("fmod", fmod, "0 or 1");
  return binary_shape(c, number_types);
}

}  // namespace

constinit const Op op_mod = {.in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};
Status run_mod(Call& c) { return binary_run(c, c.attrs<Attrs>().fmod ? truncated : floored); }

}  // namespace mote
