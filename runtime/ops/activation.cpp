#include "activation.h"

#include "../math.h"
#include "unary.h"

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

namespace {

constexpr Function affine = {affine_f32, [](double x, double a, double b) { return a * x + b; }};
constexpr Function scaled_tanh = {scaled_tanh_f32, [](double x, double a, double b) { return a * math::tanh(b * x); }};
constexpr Function clip = {clip_f32, [](double x, double a, double b) { return x < a ? a : x > b ? b : x; }};

const Function& function_of(Activation f) {
  static constexpr const Function* functions[] = {
    nullptr, &function_relu, &clip, &function_sigmoid, &function_tanh, &function_hard_sigmoid, &function_hard_swish,
    &function_leaky_relu, &function_thresholded_relu, &affine, &scaled_tanh, &function_elu, &function_softsign, &function_softplus};
  return *functions[unsigned(f)];
}

}  // namespace

void activate(const Fused& f, float* y, size_t n) {
  if (f.f != Activation::none) apply(function_of(f.f), y, y, n, f.a, f.b);
}

void activate(const Fused& f, double* y, size_t n) {
  if (f.f == Activation::none) return;
  const Function& g = function_of(f.f);
  for (size_t i = 0; i < n; ++i) y[i] = g.f64(y[i], double(f.a), double(f.b));
}

[[gnu::noinline]] void finish_row(float* y, const float* bias, size_t n, float low, float high) {
  for (size_t i = 0; i < n; ++i) {
    float v = y[i] + (bias ? bias[i] : 0.0f);
    v = v < low ? low : v;
    y[i] = v > high ? high : v;
  }
}

}  // namespace mote
