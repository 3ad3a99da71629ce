// HardSigmoid: y = max(0, min(1, alpha * x + beta)), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
//   alpha float = 0.2, beta float = 0.5
// A NaN stays NaN. May run in place.
// Errors: bad_type.            Source: ONNX HardSigmoid-22.
#include "unary.h"

namespace mote {
namespace {

struct Attrs { float alpha, beta; };
constexpr Attr attrs[] = {ATTR(Attrs, alpha, 0.2f), ATTR(Attrs, beta, 0.5f)};

}  // namespace

constinit const Op op_hard_sigmoid = {ATTRS(Attrs, attrs), .shape = [](Call& c) { return unary_shape(c, float_types); }, .flags = inplace};

Status run_hard_sigmoid(Call& c) {
  const Value& x = c.in(0);
  const auto [alpha, beta] = c.attrs<Attrs>();
  Value& y = c.out(0);
  if (x.type == Type::f32) {
    for (size_t i = 0, n = count(x); i < n; i += part) hard_sigmoid_f32(y.as<float>() + i, x.as<float>() + i, min(n - i, part), alpha, beta);
    return Status::ok;
  }
  const double a = double(alpha), b = double(beta);
  through_reals(y, x, [=](double v) { v = a * v + b; return v < 0 ? 0 : v > 1 ? 1 : v; });
  return Status::ok;
}

}  // namespace mote
