// Functions of one f32, element by element; y may be x. A NaN stays NaN. Errors: math.h and the operators.
#include "../kernels.h"
#include "../math.h"

namespace mote {
namespace {

// Two vectors a turn: one leaves a third of the machine idle in Node 20, four gain nothing more where
// constants are fixed4.
template <class F> inline void each8(float* y, const float* x, size_t n, F f) {
  for (size_t i = 0; i < n; i += 8) {
    const f32x4 y0 = f(load4(x + i)), y1 = f(load4(x + i + 4));
    store4(y + i, y0);
    store4(y + i + 4, y1);
  }
}

constexpr float zero = 0, one = 1;
inline f32x4 v4(float x) { return fixed4(x); }

// min(max(v, low), high); pmin and pmax give their second operand where that is NaN.
inline f32x4 clamp(f32x4 v, float low, float high) { return pmin(v4(high), pmax(v4(low), v)); }

inline f32x4 elu4(f32x4 v, float a) {
  return select(v < v4(zero), v4(a) * math::expm1_4(pmin(v4(zero), v)), v);
}
inline f32x4 celu4(f32x4 v, float a) {
  const f32x4 t = v / v4(a);
  return select(t < v4(zero), v4(a) * math::expm1_4(pmin(v4(zero), t)), v);
}

}  // namespace

// One row a function: its name and its value at the vector v.
#define UNARY(name, ...)                                                                          \
  [[gnu::noinline]] void name##_f32(float* y, const float* x, size_t n, [[maybe_unused]] float a, \
                                    [[maybe_unused]] float b) {                                   \
    each8(y, x, n, [=](f32x4 v) { return __VA_ARGS__; });                                         \
  }
UNARY(abs, abs4(v))
UNARY(affine, madd(v4(a), v, v4(b)))
UNARY(ceil, ceil4(v))
UNARY(celu, celu4(v, a))
UNARY(clip, clamp(v, a, b))
UNARY(elu, elu4(v, a))
UNARY(erf, math::erf4(v))
UNARY(exp, math::exp4(v))
UNARY(floor, floor4(v))
// 2 sqrt(2 / pi) times 0.044715 and 1
UNARY(gelu_tanh, math::over_one_plus_exp4(v, v * madd(v * v, v4(-0.0713548163f), v4(-1.59576912f))))
UNARY(hard_sigmoid, clamp(v * v4(a) + v4(b), zero, one))
UNARY(hard_swish, v * clamp(v * v4(one / 6) + v4(0.5f), zero, one))
UNARY(leaky_relu, select(v < v4(zero), v4(a) * v, v))
UNARY(log, math::log4(v))
UNARY(mish, v * math::tanh_softplus4(v))
UNARY(neg, -v)
UNARY(relu, pmax(v4(zero), v))
UNARY(round, nearest4(v))
UNARY(scaled_tanh, v4(a) * math::tanh4(v4(b) * v))
UNARY(selu, v4(b) * elu4(v, a))
UNARY(sigmoid, math::sigmoid4(v))
UNARY(sign, select(v > v4(zero), v4(one), select(v < v4(zero), v4(-one), v)))
UNARY(softplus, math::softplus4(v))
UNARY(softsign, v / (v4(one) + abs4(v)))
UNARY(swish, math::over_one_plus_exp4(v, v4(-a) * v))
UNARY(tanh, math::tanh4(v))
UNARY(thresholded_relu, select((v > v4(a)) | ((v == v4(a)) & (v4(b) == v4(zero))), v, v4(zero)))
#undef UNARY

[[gnu::noinline]] void gelu_f32(float* y, const float* x, size_t n, float, float) {
  float powers[256];
  for (size_t m; n; n -= m, x += m, y += m) {
    m = min<size_t>(n, 256);
    each8(powers, x, m, math::normal_power4);
    for (size_t i = 0; i < m; i += 4) {
      const f32x4 v = load4(x + i);
      store4(y + i, v * math::normal4(v, load4(powers + i)));
    }
  }
}

// sin(x + a pi/2): in double below 2^20, where x less whole quarters is known to 2^-64; polynomials of
// FreeBSD's k_sinf and k_cosf.
[[gnu::noinline]] void wave_f32(float* y, const float* x, size_t n, float a, float) {
  const int quarter = int(a);
  for (size_t i = 0; i < n; i += 4) {
    const i32x4 small = abs4(load4(x + i)) < v4(1048576);
    if (!(small[0] & small[1] & small[2] & small[3])) {
      for (size_t k = i; k < i + 4; ++k)
        y[k] = float(quarter ? math::cos(double(x[k])) : math::sin(double(x[k])));
      continue;
    }
    for (size_t k = i; k < i + 4; ++k) {
      const double v = double(x[k]), quarters = __builtin_floor(v * 0.63661977236758134308 + 0.5);
      const double r = (v - quarters * 1.57079632673412561417) - quarters * 6.07710050650619224932e-11,
                   z = r * r;
      const double sine = r + r * z *
                                  (-0.166666666416265235595 +
                                   z * (0.0083333293858894631756 +
                                        z * (-0.000198393348360966317347 + z * 0.0000027183114939898219064)));
      const double cosine = 1 + z * (-0.499999997251031003120 +
                                     z * (0.0416666233237390631894 + z * (-0.00138867637746099294692 +
                                                                          z * 0.0000243904487962774090654)));
      const int q = int(quarters) + quarter;
      const double w = q & 1 ? cosine : sine;
      y[k] = float(q & 2 ? -w : w);
    }
  }
}

}  // namespace mote
