// Functions of one f32, element by element; y may be x. A NaN stays NaN. Errors: math.h.
//   clip_f32          min(max(x, a), b), b where a > b
//   hard_sigmoid_f32  min(max(a x + b, 0), 1)
//   hard_swish_f32    x min(max(x / 6 + 1/2, 0), 1)
#include "../kernels.h"
#include "../math.h"

namespace mote {
namespace {

// The rest of fewer than four goes through a vector that starts as zeros.
template <class F> inline void each4(float* y, const float* x, size_t n, F f) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) store4(y + i, f(load4(x + i)));
  if (i == n) return;
  float rest[4] = {};
  for (size_t k = i; k < n; ++k) rest[k - i] = x[k];
  store4(rest, f(load4(rest)));
  for (size_t k = i; k < n; ++k) y[k] = rest[k - i];
}

// min(max(v, low), high); pmin and pmax give their second operand where that is NaN.
inline f32x4 clamp(f32x4 v, float low, float high) { return pmin(splat4(high), pmax(splat4(low), v)); }

}  // namespace

[[gnu::noinline]] void exp_f32(float* y, const float* x, size_t n) { each4(y, x, n, [](f32x4 v) { return math::exp4(v); }); }
[[gnu::noinline]] void erf_f32(float* y, const float* x, size_t n) { each4(y, x, n, [](f32x4 v) { return math::erf4(v); }); }
[[gnu::noinline]] void sigmoid_f32(float* y, const float* x, size_t n) { each4(y, x, n, [](f32x4 v) { return math::sigmoid4(v); }); }
[[gnu::noinline]] void tanh_f32(float* y, const float* x, size_t n) { each4(y, x, n, [](f32x4 v) { return math::tanh4(v); }); }
[[gnu::noinline]] void relu_f32(float* y, const float* x, size_t n) { each4(y, x, n, [](f32x4 v) { return pmax(splat4(0), v); }); }

[[gnu::noinline]] void hard_swish_f32(float* y, const float* x, size_t n) {
  each4(y, x, n, [](f32x4 v) { return v * clamp(v * splat4(1.0f / 6) + splat4(0.5f), 0, 1); });
}

[[gnu::noinline]] void hard_sigmoid_f32(float* y, const float* x, size_t n, float a, float b) {
  each4(y, x, n, [=](f32x4 v) { return clamp(v * splat4(a) + splat4(b), 0, 1); });
}

[[gnu::noinline]] void clip_f32(float* y, const float* x, size_t n, float a, float b) {
  each4(y, x, n, [=](f32x4 v) { return clamp(v, a, b); });
}

}  // namespace mote
