// Shrink: y = x + bias where x < -lambd, x - bias where x > lambd, else 0, elementwise.
//   in   x  f32 f64 f16, i8 ... i64, u8 ... u64        out  y  the type and shape of x
//   bias float = 0, lambd float = 0.5
// Integers: both attributes are cut towards zero first (the operator's function casts them), sums wrap. NaN
//   gives 0.
// May run in place.
// Errors: bad_type.            Source: ONNX Shrink-9.
#include "unary.h"

namespace mote {
namespace {

struct Attrs { float bias, lambd; };
constexpr Attr attrs[] = {ATTR(Attrs, bias, 0.0f), ATTR(Attrs, lambd, 0.5f)};
constexpr Types shrink_types = number_types & ~types(Type::bf16);

constexpr Function shrink = {nullptr, [](double x, double bias, double lambd) {
                               return x < -lambd ? x + bias : x > lambd ? x - bias : 0;
                             }};

}  // namespace

constinit const Op op_shrink = {
    ATTRS(Attrs, attrs), .shape = [](Call& c) { return unary_shape(c, shrink_types); }, .flags = inplace};

Status run_shrink(Call& c) {
  const Value& x = c.in(0);
  const Attrs& a = c.attrs<Attrs>();
  if (has(float_types, x.type)) return unary_run(c, shrink, a.bias, a.lambd);
  const double reals[] = {double(a.bias), double(a.lambd)};
  int64_t whole[2];
  store_reals(Type::i64, whole, 1, 2, reals);
  const auto [bias, lambd] = whole;
  const int64_t low = 0 - max(lambd, -int64_max);
  const bool top = x.type == Type::u64;
  through_ints(c.out(0), x, [bias = bias, lambd = lambd, low, top](int64_t v) {
    const bool large = top && v < 0;  // above every lambd
    if (!large && v < low) return int64_t(uint64_t(v) + uint64_t(bias));
    return large || v > lambd ? int64_t(uint64_t(v) - uint64_t(bias)) : 0;
  });
  return Status::ok;
}

}  // namespace mote
