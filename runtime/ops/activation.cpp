#include "activation.h"

#include "../math.h"
#include "../simd.h"

namespace mote {

Status fused_activation(const Call& c, Text name, Span<const float> params, Fused& out) {
  static const struct {
    const char* name;
    Activation f;
    unsigned params;
  } rows[] = {{"Relu", Activation::relu, 0},
              {"Clip", Activation::clip, 2},
              {"HardSigmoid", Activation::hard_sigmoid, 2},
              {"HardSwish", Activation::hard_swish, 0},
              {"Sigmoid", Activation::sigmoid, 0},
              {"Tanh", Activation::tanh, 0},
              {"LeakyRelu", Activation::leaky_relu, 1}};
  if (!name.size) return Status::ok;
  for (const auto& r : rows) {
    if (!(name == r.name)) continue;
    if (params.size < r.params) return c.bad_attr("activation_params", params.size, r.params);
    out.f = r.f;
    if (r.params > 0) out.a = params[0];
    if (r.params > 1) out.b = params[1];
    return Status::ok;
  }
  return c.bad_attr("activation", name, "an activation that can be fused");
}

[[gnu::noinline]] void activate(const Fused& f, float* y, size_t n) {
  const auto each = [&](auto g) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4) store4(y + i, g(load4(y + i)));
    if (i == n) return;
    float tail[4] = {};
    for (size_t k = i; k < n; ++k) tail[k - i] = y[k];
    store4(tail, g(load4(tail)));
    for (size_t k = i; k < n; ++k) y[k] = tail[k - i];
  };
  const f32x4 a = splat4(f.a), b = splat4(f.b), zero = splat4(0), one = splat4(1);
  switch (f.f) {
    case Activation::relu: return each([&](f32x4 x) { return pmax(zero, x); });
    case Activation::clip: return each([&](f32x4 x) { return pmin(b, pmax(a, x)); });
    case Activation::sigmoid: return each([](f32x4 x) { return math::sigmoid4(x); });
    case Activation::tanh: return each([](f32x4 x) { return math::tanh4(x); });
    case Activation::hard_sigmoid: return each([&](f32x4 x) { return pmin(one, pmax(zero, madd(a, x, b))); });
    case Activation::hard_swish:
      return each(
          [&](f32x4 x) { return x * pmin(one, pmax(zero, madd(splat4(1.0f / 6), x, splat4(0.5f)))); });
    case Activation::leaky_relu: return each([&](f32x4 x) { return select(x < zero, a * x, x); });
    case Activation::thresholded_relu: return each([&](f32x4 x) { return select(x >= a, x, zero); });
    case Activation::affine: return each([&](f32x4 x) { return madd(a, x, b); });
    case Activation::scaled_tanh: return each([&](f32x4 x) { return a * math::tanh4(b * x); });
    case Activation::elu:
      return each([&](f32x4 x) { return select(x < zero, a * (math::exp4(pmin(x, zero)) - one), x); });
    case Activation::softsign: return each([&](f32x4 x) { return x / (one + abs4(x)); });
    case Activation::softplus:
      return each([&](f32x4 x) { return pmax(x, zero) + math::log4(one + math::exp4(zero - abs4(x))); });
    case Activation::none: return;
  }
}

void activate(const Fused& f, double* y, size_t n) {
  const double a = double(f.a), b = double(f.b);
  const auto clamp = [](double low, double high, double x) { return x < low ? low : x > high ? high : x; };
  const auto one = [&](double x) {
    switch (f.f) {
      case Activation::relu: return x < 0 ? 0 : x;
      case Activation::clip: return clamp(a, b, x);
      case Activation::sigmoid: return math::sigmoid(x);
      case Activation::tanh: return math::tanh(x);
      case Activation::hard_sigmoid: return clamp(0, 1, a * x + b);
      case Activation::hard_swish: return x * clamp(0, 1, x / 6 + 0.5);
      case Activation::leaky_relu: return x < 0 ? a * x : x;
      case Activation::thresholded_relu: return x >= a ? x : 0;
      case Activation::affine: return a * x + b;
      case Activation::scaled_tanh: return a * math::tanh(b * x);
      case Activation::elu: return x < 0 ? a * math::expm1(x) : x;
      case Activation::softsign: return x / (1 + __builtin_fabs(x));
      case Activation::softplus: return (x > 0 ? x : 0) + math::log1p(math::exp(-__builtin_fabs(x)));
      case Activation::none: break;
    }
    return x;
  };
  for (size_t i = 0; i < n; ++i) y[i] = one(y[i]);
}

[[gnu::noinline]] void finish_row(float* y, const float* bias, size_t n, float low, float high) {
  for (size_t i = 0; i < n; ++i) {
    float v = y[i] + (bias ? bias[i] : 0.0f);
    v = v < low ? low : v;
    y[i] = v > high ? high : v;
  }
}

}  // namespace mote
