// Elementary functions without a libm. The doubles are for the generic path, the vectors of four floats for kernels.
// Errors are the greatest measured ones, in ulp, against correctly rounded values over the whole range unless it says otherwise;
// floats: one value of 61, doubles: 3 million random ones. Infinities and NaN as in C; subnormal results are not flushed.
// The relaxed variants may differ from these figures by 1 ulp.
#pragma once
#include "simd.h"

namespace mote::math {

double exp(double x);      // 1 ulp
double expm1(double x);    // 3 ulp
double log(double x);      // 1 ulp
double log1p(double x);    // 2 ulp
double pow(double x, double y);  // 1 ulp; exact where the result is and y is an integer in [-64, 64]
double tanh(double x);     // 2 ulp
double erf(double x);      // 13 ulp
double sigmoid(double x);  // 1 / (1 + exp(-x)): 3 ulp
double normal(double x);   // the normal distribution function, (1 + erf(x / sqrt 2)) / 2: 6 ulp
double sin(double x);      // 1 ulp, of every finite x
double cos(double x);      // 1 ulp, of every finite x
double tan(double x);      // 3 ulp, of every finite x
double asin(double x);     // 3 ulp
double acos(double x);     // 2 ulp
double atan(double x);     // 1 ulp
double sinh(double x);     // 4 ulp
double cosh(double x);     // 3 ulp
double asinh(double x);    // 2 ulp
double acosh(double x);    // 3 ulp
double atanh(double x);    // 3 ulp
double fmod(double x, double y);  // exact: what is left of x after whole multiples of y, with the sign of x

// x * 2^k in two steps, k in [-2044, 2046]: subnormal results are rounded once.
inline double scale2(double x, int k) {
  const int half = k >> 1;
  return x * bits_as<double>(uint64_t(half + 1023) << 52) * bits_as<double>(uint64_t(k - half + 1023) << 52);
}

// a * b + c with the coefficients of a polynomial.
inline f32x4 poly(f32x4 x, f32x4 high, float low) { return madd(high, x, splat4(low)); }

// x = k ln 2 + r with |r| <= ln 2 / 2, and p = e^r - 1; Cephes' polynomial of degree 7.
struct Exponent {
  f32x4 p;
  i32x4 k;
  f32x4 scale(f32x4 v) const {  // v 2^k in two steps: subnormal results are rounded once
    const i32x4 half = k >> 1;
    return v * as_f32((half + 127) << 23) * as_f32((k - half + 127) << 23);
  }
};
inline Exponent exponent4(f32x4 x, f32x4 low) {  // of x + low; x in [-104, 89] or NaN
  const f32x4 magic = splat4(12582912);  // 1.5 * 2^23: adding it rounds to an integer, which the low bits then hold
  const f32x4 shifted = madd(x, splat4(1.44269504f), magic), k = shifted - magic;
  f32x4 r = madd(k, splat4(-0.693359375f), x);  // ln 2 in two parts, the first exact in 10 bits
  r = madd(k, splat4(2.12194440e-4f), r) + low;
  f32x4 p = poly(r, splat4(1.9875691500e-4f), 1.3981999507e-3f);
  p = poly(r, p, 8.3334519073e-3f);
  p = poly(r, p, 4.1665795894e-2f);
  p = poly(r, p, 1.6666665459e-1f);
  p = poly(r, p, 5.0000001201e-1f);
  return {madd(p, r * r, r), as_i32(shifted) - as_i32(magic)};
}

// e^x. 1 ulp.
inline f32x4 exp4(f32x4 x) {
  x = pmin(splat4(89), pmax(splat4(-104), x));  // beyond: infinity and 0; a NaN passes
  const Exponent e = exponent4(x, splat4(-0.0f));  // x + -0 is x: no addition is left
  return e.scale(e.p + splat4(1));
}

// e^x - 1 for x <= 88. 1 ulp.
inline f32x4 expm1_4(f32x4 x) {
  x = pmax(splat4(-104), x);
  const Exponent e = exponent4(x, splat4(-0.0f));
  return e.scale(e.p) + (e.scale(splat4(1)) - splat4(1));
}

// 1 / (1 + e^-x), by the power of a negative number on both sides. 3 ulp.
inline f32x4 sigmoid4(f32x4 x) {
  const f32x4 e = exp4(as_f32(as_i32(x) | splat4i(int32_t(0x80000000))));
  return select(x < splat4(0), e, splat4(1)) / (splat4(1) + e);
}

// Odd polynomial (Cephes) below 0.625, 1 - 2 / (e^2|x| + 1) above. 2 ulp.
inline f32x4 tanh4(f32x4 x) {
  const f32x4 a = abs4(x), z = a * a;
  f32x4 p = poly(z, splat4(-5.70498872745e-3f), 2.06390887954e-2f);
  p = poly(z, p, -5.37397155531e-2f);
  p = poly(z, p, 1.33314422036e-1f);
  p = poly(z, p, -3.33332819422e-1f);
  p = madd(p * z, a, a);
  const f32x4 q = splat4(1) - splat4(2) / (exp4(a + a) + splat4(1));
  const f32x4 y = select(a < splat4(0.625f), p, q);
  return as_f32((as_i32(x) & splat4i(int32_t(0x80000000))) | as_i32(y));
}

// Odd polynomial below 0.921875, 1 - e^q(|x|) above (coefficients: N. Juffa). 2 ulp.
inline f32x4 erf4(f32x4 x) {
  const f32x4 a = abs4(x), z = a * a;
  f32x4 p = poly(z, splat4(-5.96761703e-4f), 4.99119423e-3f);
  p = poly(z, p, -2.67681349e-2f);
  p = poly(z, p, 1.12819925e-1f);
  p = poly(z, p, -3.76125336e-1f);
  p = poly(z, p, 1.28379166e-1f);
  p = madd(p, a, a);
  const f32x4 t = pmin(splat4(4), a);  // erf(4) is 1; a NaN passes
  f32x4 q = poly(t, splat4(-1.72853470e-5f), 3.83197126e-4f);
  q = poly(t, q, -3.88396438e-3f);
  q = poly(t, q, 2.42546219e-2f);
  q = poly(t, q, -1.06777877e-1f);
  q = poly(t, q, -6.34846687e-1f);
  q = poly(t, q, -1.28717512e-1f);
  q = splat4(1) - exp4(madd(q, t, -t));
  const f32x4 y = select(a < splat4(0.921875f), p, q);
  return as_f32((as_i32(x) & splat4i(int32_t(0x80000000))) | as_i32(y));
}

// k ln 2 + log(1 + r) for 1 + r in [sqrt 1/2, sqrt 2); Cephes' polynomial of degree 9. 1 ulp.
inline f32x4 log_sum4(f32x4 k, f32x4 r) {
  const f32x4 z = r * r;
  f32x4 p = poly(r, splat4(7.0376836292e-2f), -1.1514610310e-1f);
  p = poly(r, p, 1.1676998740e-1f);
  p = poly(r, p, -1.2420140846e-1f);
  p = poly(r, p, 1.4249322787e-1f);
  p = poly(r, p, -1.6668057665e-1f);
  p = poly(r, p, 2.0000714765e-1f);
  p = poly(r, p, -2.4999993993e-1f);
  p = poly(r, p, 3.3333331174e-1f);
  p = madd(p * z, r, k * splat4(-2.12194440e-4f));
  p = madd(z, splat4(-0.5f), p);
  return madd(k, splat4(0.693359375f), r + p);
}

// log x = k ln 2 + log m with m in [sqrt 1/2, sqrt 2). 1 ulp.
inline f32x4 log4(f32x4 x) {
  const i32x4 tiny = x < splat4(1.17549435e-38f);
  const f32x4 scaled = select(tiny, x * splat4(8388608), x);  // 2^23 makes a subnormal normal
  const i32x4 bits = (as_i32(scaled) & splat4i(0x7fffffff)) - splat4i(0x3f3504f3);  // sqrt 1/2
  const f32x4 k = to_f32((bits >> 23) - (tiny & splat4i(23)));
  const f32x4 y = log_sum4(k, as_f32((bits & splat4i(0x7fffff)) + splat4i(0x3f3504f3)) - splat4(1));
  const float infinity = __builtin_inff();
  const f32x4 edge = select(x == splat4(0), splat4(-infinity), select(x < splat4(0), splat4(__builtin_nanf("")), x));
  return select((x > splat4(0)) & (x < splat4(infinity)), y, edge);
}

// log(1 + e^x) = max(x, 0) + log(1 + e) with e = e^-|x| in [0, 1]. 2 ulp.
inline f32x4 softplus4(f32x4 x) {
  const f32x4 e = exp4(as_f32(as_i32(x) | splat4i(int32_t(0x80000000))));
  const i32x4 big = e > splat4(0.41421354f);  // 1 + e = 2 (1 + (e - 1) / 2)
  return pmax(x, splat4(0)) + log_sum4(select(big, splat4(1), splat4(0)), select(big, (e - splat4(1)) * splat4(0.5f), e));
}

// tanh(log(1 + e^x)) = e (e + 2) / (e (e + 2) + 2) with e = e^x; 1 in f32 from 30 on. 3 ulp.
inline f32x4 tanh_softplus4(f32x4 x) {
  const f32x4 e = exp4(pmin(splat4(30), x)), n = e * (e + splat4(2));
  return n / (n + splat4(2));
}

// The normal distribution function. Its tail at a = |x| is e^(-a^2 / 2) times a function that falls slowly, here
// a polynomial in (a - 3.5) / (a + 3.5) over a + 3.5, fitted over [0, 14.5] to 0.2 ulp. a^2 is made exact in two parts. 4 ulp.
inline f32x4 normal4(f32x4 x) {
  const f32x4 a = pmin(splat4(14.5f), abs4(x));  // beyond: 0 and 1; a NaN passes
  const f32x4 high = as_f32(as_i32(a) & splat4i(int32_t(0xfffff000)));  // 12 bits: its square is exact
  const Exponent e = exponent4(pmax(splat4(-104), high * high * splat4(-0.5f)), (a - high) * (a + high) * splat4(-0.5f));
  const f32x4 r = splat4(1) / (a + splat4(3.5f)), q = (a - splat4(3.5f)) * r;
  f32x4 p = poly(q, splat4(1.10689405e-4f), 4.2189786e-4f);
  p = poly(q, p, -0.0004949437f);
  p = poly(q, p, -0.0031753108f);
  p = poly(q, p, 0.006493116f);
  p = poly(q, p, 0.017406378f);
  p = poly(q, p, -0.11605304f);
  p = poly(q, p, 0.31542504f);
  p = poly(q, p, -0.5655618f);
  p = poly(q, p, 0.74441606f);
  const f32x4 tail = e.scale((e.p + splat4(1)) * p * r);
  return select(x < splat4(0), tail, splat4(1) - tail);
}

}  // namespace mote::math
