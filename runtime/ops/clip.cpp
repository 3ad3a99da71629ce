// Clip: y = min(max(x, low), high), elementwise; high where low is above it.
//   in   x     f32 f64 f16 bf16, i8 ... i64, u8 ... u64        out  y  the type and shape of x
//        low   scalar of x's type, optional: no bound
//        high  the same
// A NaN in x stays NaN; a bound that is NaN makes every element NaN. May run in place.
// Errors: bad_type, bad_rank.            Source: ONNX Clip-13.
#include "unary.h"

namespace mote {
namespace {

Status shape(Call& c) {
  TRY(unary_shape(c, number_types));
  for (unsigned i = 1; i < 3; ++i) {
    TRY(c.want_same_type(i, 0));
    TRY(c.want_rank(i, 0));
  }
  return Status::ok;
}

double real_bound(Call& c, unsigned i, double none) {
  return c.has_in(i) ? load_real(c.in(i).type, c.in(i).data, 0) : none;
}

void clip_reals(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const double infinity = __builtin_inf();
  double low = real_bound(c, 1, -infinity), high = real_bound(c, 2, infinity);
  if (low != low || high != high) return through_reals(y, x, [=](double) { return low + high; });
  if (x.type == Type::f32)
    return apply({clip_f32, nullptr}, y.as<float>(), x.as<float>(), count(x), float(low), float(high));
  through_reals(y, x, [=](double v) { v = v < low ? low : v; return v > high ? high : v; });
}

// The top bit is turned around, so that signed comparisons order unsigned numbers.
void clip_ints(Call& c) {
  const Value& x = c.in(0);
  const uint64_t turn = x.type == Type::u64 ? 1ull << 63 : 0;
  const auto bound = [&](unsigned i, int64_t none) {
    return c.has_in(i) ? int64_t(uint64_t(load_int(x.type, c.in(i).data, 0)) ^ turn) : none;
  };
  const int64_t low = bound(1, int64_min), high = bound(2, int64_max);
  through_ints(c.out(0), x, [=](int64_t v) {
    return int64_t(uint64_t(min(max(int64_t(uint64_t(v) ^ turn), low), high)) ^ turn);
  });
}

}  // namespace

constinit const Op op_clip = {.in = {1, 3}, .shape = shape, .flags = inplace};

Status run_clip(Call& c) {
  if (has(int_types, c.in(0).type)) clip_ints(c);
  else clip_reals(c);
  return Status::ok;
}

}  // namespace mote
