#include "activation.h"

#include "../math.h"
#include "../parallel.h"
#include "unary.h"

namespace mote {

Status fused_activation(const Call& c, Text name, Span<const float> params, Fused& out,
                        Span<const float> affine) {
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
              {"LeakyRelu", Activation::leaky_relu, 1},
              {"Elu", Activation::elu, 1},
              {"Softplus", Activation::softplus, 0},
              {"Gelu", Activation::gelu, 0},
              {"GeluTanh", Activation::gelu_tanh, 0},
              {"Swish", Activation::swish, 1},
              {"Mish", Activation::mish, 0}};
  if (affine) {
    if (affine.size != 2) return c.bad_attr("affine", affine.size, "2 numbers");
    out.then = true;
    out.scale = affine[0];
    out.shift = affine[1];
  }
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
constexpr Function scaled_tanh = {scaled_tanh_f32,
                                  [](double x, double a, double b) { return a * math::tanh(b * x); }};
constexpr Function clip = {clip_f32, [](double x, double a, double b) { return x < a ? a : x > b ? b : x; }};

const Function& function_of(Activation f) {
  static constexpr const Function* functions[] = {nullptr,
                                                  &function_relu,
                                                  &clip,
                                                  &function_sigmoid,
                                                  &function_tanh,
                                                  &function_hard_sigmoid,
                                                  &function_hard_swish,
                                                  &function_leaky_relu,
                                                  &function_thresholded_relu,
                                                  &affine,
                                                  &scaled_tanh,
                                                  &function_elu,
                                                  &function_softsign,
                                                  &function_softplus,
                                                  &function_gelu,
                                                  &function_gelu_tanh,
                                                  &function_swish,
                                                  &function_mish};
  return *functions[unsigned(f)];
}

}  // namespace

void activate(const Fused& f, float* y, size_t n) {
  constexpr size_t part = 4096;  // stays in the first-level cache between the two
  if (f.then)
    parallel_for((n + part - 1) / part, n, [&](size_t from, size_t to, unsigned) {
      for (size_t i = from * part; i < min(n, to * part); i += part) {
        const size_t m = min(n - i, part);
        if (f.f != Activation::none) apply(function_of(f.f), y + i, y + i, m, f.a, f.b);
        apply(affine, y + i, y + i, m, f.scale, f.shift);
      }
    });
  if (!f.then && f.f != Activation::none) apply(function_of(f.f), y, y, n, f.a, f.b);
}

void activate(const Fused& f, double* y, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    if (f.f != Activation::none) y[i] = function_of(f.f).f64(y[i], double(f.a), double(f.b));
    if (f.then) y[i] = double(f.scale) * y[i] + double(f.shift);
  }
}

[[gnu::noinline]] void finish_row(float* y, const float* bias, size_t n, float low, float high) {
  for (size_t i = 0; i < n; ++i) {
    float v = y[i] + (bias ? bias[i] : 0.0f);
    v = v < low ? low : v;
    y[i] = v > high ? high : v;
  }
}

}  // namespace mote
