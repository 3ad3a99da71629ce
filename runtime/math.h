// Elementary functions without a libm. The doubles are for the generic path, the vectors of four floats for
// kernels. Errors are the greatest measured ones, in ulp, against correctly rounded values over the whole
// range unless it says otherwise; floats: one value of 61, doubles: 3 million random ones. Infinities and NaN
// as in C; subnormal results are not flushed. The relaxed variants may differ from these figures by 1 ulp.
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
inline f32x4 poly(f32x4 x, f32x4 high, float low) { return madd(high, x, fixed4(low)); }

// x = k ln 2 + r with |r| <= ln 2 / 2, and p = e^r - 1 by a minimax polynomial of degree 6 (0.05 ulp).
struct Exponent {
  f32x4 p;
  i32x4 bits;  // k + 127 in the low bits, or more
  // v 2^k in one step: 0 where k is -127. k in [-127, 127].
  f32x4 scale(f32x4 v) const { return v * power(); }
  f32x4 power() const { return as_f32(bits << 23); }
};
inline Exponent exponent_of4(f32x4 r, f32x4 shifted) {
  f32x4 p = poly(r, fixed4(1.38144067e-3f), 8.36886372e-3f);
  p = poly(r, p, 4.16684002e-2f);
  p = poly(r, p, 1.66665196e-1f);
  p = poly(r, p, 0.49999994f);
  return {madd(p, r * r, r), as_i32(shifted)};
}
// Adding it to k rounds to an integer, which the low bits of the sum then hold, plus 127.
constexpr float exponent_magic = 12583039;  // 1.5 * 2^23 + 127
// of x + low; x in [-104, 89] or NaN
template <bool exact = true, int more = 0> inline Exponent exponent4(f32x4 x, f32x4 low) {
  const f32x4 magic = fixed4(exponent_magic + more);
  const f32x4 shifted = madd(x, fixed4(1.44269504f), magic), k = shifted - magic;
  // ln 2 in two parts, the first exact in 10 bits
  f32x4 r = madd(k, fixed4(exact ? -0.693359375f : -0.693147182f), x);
  if constexpr (exact) r = madd(k, fixed4(2.12194440e-4f), r) + low;
  return exponent_of4(r, shifted);
}
// Of -x^2 / 2, |x| at most 13.27: where madd rounds once the square need not be made exact in two parts.
inline Exponent exponent_square4(f32x4 x) {
  if constexpr (madd_fused) {
    const f32x4 half = x * fixed4(-0.5f), magic = fixed4(exponent_magic);
    const f32x4 shifted = madd(x * half, fixed4(1.44269504f), magic), k = shifted - magic;
    return exponent_of4(madd(k, fixed4(2.12194440e-4f), madd(x, half, k * fixed4(-0.693359375f))), shifted);
  }
  const f32x4 high = as_f32(as_i32(x) & fixed4i(int32_t(0xfffff000)));  // 12 bits: its square is exact
  const f32x4 rest = high - x;
  return exponent4(high * high * fixed4(-0.5f), rest * madd(rest, fixed4(-0.5f), high));
}

// e^x. 1 ulp.
inline f32x4 exp4(f32x4 x) {
  x = pmin(fixed4(89), pmax(fixed4(-104), x));  // beyond: infinity and 0; a NaN passes
  const Exponent e = exponent4<true, 127>(x, fixed4(-0.0f));  // x + -0 is x: no addition is left
  const i32x4 half = e.bits >> 1;  // 2^k in two steps, so that subnormal results are rounded once
  return (e.p + fixed4(1)) * as_f32(half << 23) * as_f32((e.bits - half) << 23);
}

// e^x for x <= 87.7: 1 ulp, and 0 where it is below 2^-126.5. Of 8 instructions less than exp4.
inline f32x4 exp_flush4(f32x4 x) {
  const Exponent e = exponent4(pmax(fixed4(-88), x), fixed4(-0.0f));
  return e.scale(e.p + fixed4(1));
}

// e^x - 1 for x <= 87.7. 2 ulp.
inline f32x4 expm1_4(f32x4 x) {
  const Exponent e = exponent4(pmax(fixed4(-88), x), fixed4(-0.0f));
  const f32x4 power = e.power();
  return madd(e.p, power, power - fixed4(1));
}

// v / (1 + e^x). 3 ulp of 1 / (1 + e^x), which is 0 above 88.4.
inline f32x4 over_one_plus_exp4(f32x4 v, f32x4 x) {
  // Both ends of the range make the power 0 and infinity; a NaN passes.
  const Exponent e = exponent4(pmin(fixed4(89), pmax(fixed4(-88), x)), fixed4(-0.0f));
  return v / madd(e.p + fixed4(1), e.power(), fixed4(1));
}

// 1 / (1 + e^-x). 3 ulp; 0 below -88.4.
inline f32x4 sigmoid4(f32x4 x) { return over_one_plus_exp4(fixed4(1), -x); }

// t / (t + 2) with t = e^2|x| - 1, whose relative error matters only where k is small: ln 2 in one part will
// do. 3 ulp.
inline f32x4 tanh4(f32x4 x) {
  const i32x4 sign = as_i32(x) & fixed4i(int32_t(0x80000000));
  const f32x4 a = pmin(fixed4(10), as_f32(as_i32(x) ^ sign));  // tanh 10 is 1; a NaN passes
  const Exponent e = exponent4<false>(a + a, fixed4(-0.0f));
  const f32x4 power = e.power(), t = madd(e.p, power, power - fixed4(1));
  return as_f32(as_i32(t / (t + fixed4(2))) | sign);
}

// A quotient of polynomials in x^2 below 4, where erf is 1 in f32 (coefficients: Eigen, here so that erf x =
// 1.128 x near 0). 7 ulp. A polynomial below 0.92 and 1 - e^q above have 2 ulp, and take four times as long.
inline f32x4 erf4(f32x4 x) {
  x = pmin(fixed4(4), pmax(fixed4(-4), x));  // a NaN passes
  const f32x4 z = x * x;
  f32x4 p = poly(z, fixed4(1.91110559e-8f), -1.94232885e-6f);
  p = poly(z, p, 1.47287939e-4f);
  p = poly(z, p, 3.99061376e-3f);
  p = poly(z, p, 5.15249965e-2f);
  p = poly(z, p, 0.207126103f);
  p = poly(z, p, 1.12837909f);
  f32x4 q = poly(z, fixed4(1.02112431e-3f), 1.49581464e-2f);
  q = poly(z, q, 0.117971101f);
  q = poly(z, q, 0.516891977f);
  q = poly(z, q, 1);
  return pmin(fixed4(1), pmax(fixed4(-1), p * x / q));
}

// k ln 2 + log(1 + r) for 1 + r in [sqrt 1/2, sqrt 2); Cephes' polynomial of degree 9. 1 ulp.
inline f32x4 log_sum4(f32x4 k, f32x4 r) {
  const f32x4 z = r * r;
  f32x4 p = poly(r, fixed4(7.0376836292e-2f), -1.1514610310e-1f);
  p = poly(r, p, 1.1676998740e-1f);
  p = poly(r, p, -1.2420140846e-1f);
  p = poly(r, p, 1.4249322787e-1f);
  p = poly(r, p, -1.6668057665e-1f);
  p = poly(r, p, 2.0000714765e-1f);
  p = poly(r, p, -2.4999993993e-1f);
  p = poly(r, p, 3.3333331174e-1f);
  p = madd(p * z, r, k * fixed4(-2.12194440e-4f));
  p = madd(z, fixed4(-0.5f), p);
  return madd(k, fixed4(0.693359375f), r + p);
}

// log x = k ln 2 + log m with m in [sqrt 1/2, sqrt 2). 1 ulp.
inline f32x4 log4(f32x4 x) {
  const i32x4 tiny = x < fixed4(1.17549435e-38f);
  const f32x4 scaled = select(tiny, x * fixed4(8388608), x);  // 2^23 makes a subnormal normal
  const i32x4 bits = (as_i32(scaled) & fixed4i(0x7fffffff)) - fixed4i(0x3f3504f3);  // sqrt 1/2
  const f32x4 k = to_f32((bits >> 23) - (tiny & fixed4i(23)));
  const f32x4 y = log_sum4(k, as_f32((bits & fixed4i(0x7fffff)) + fixed4i(0x3f3504f3)) - fixed4(1));
  const float infinity = __builtin_inff();
  const f32x4 edge =
      select(x == fixed4(0), fixed4(-infinity), select(x < fixed4(0), fixed4(__builtin_nanf("")), x));
  return select((x > fixed4(0)) & (x < fixed4(infinity)), y, edge);
}

// log(1 + e^x) = max(x, 0) + log(1 + e) with e = e^-|x| in [0, 1]. 2 ulp.
inline f32x4 softplus4(f32x4 x) {
  const f32x4 e = exp4(as_f32(as_i32(x) | fixed4i(int32_t(0x80000000))));
  const i32x4 big = e > fixed4(0.41421354f);  // 1 + e = 2 (1 + (e - 1) / 2)
  return pmax(x, fixed4(0)) +
         log_sum4(select(big, fixed4(1), fixed4(0)), select(big, (e - fixed4(1)) * fixed4(0.5f), e));
}

// tanh(log(1 + e^x)) = e (e + 2) / (e (e + 2) + 2) with e = e^x; 1 in f32 from 30 on. 3 ulp; 0 below -87.7.
inline f32x4 tanh_softplus4(f32x4 x) {
  const f32x4 e = exp_flush4(pmin(fixed4(30), x)), n = e * (e + fixed4(2));
  return n / (n + fixed4(2));
}

// The normal distribution function. Its tail at n = -|x| is e^(-n^2 / 2) times a function that falls slowly,
// here a quotient of polynomials, fitted over [0, 13.3] to 0.1 ulp. 6 ulp; 0 below -13.25. In two steps,
// since one loop that does both has twice as many constants as there are registers: the power, and what is
// made of it.
inline f32x4 normal_argument4(f32x4 x) {
  // beyond: 0 and 1; a NaN passes
  return pmax(fixed4(-13.27f), as_f32(as_i32(x) | fixed4i(int32_t(0x80000000))));
}
inline f32x4 normal_power4(f32x4 x) {
  const Exponent e = exponent_square4(normal_argument4(x));
  return e.scale(e.p + fixed4(1));
}
inline f32x4 normal4(f32x4 x, f32x4 power) {
  const f32x4 n = normal_argument4(x);
  f32x4 p = poly(n, fixed4(4.02019678e-3f), -3.99842216e-2f);
  p = poly(n, p, 0.181306913f);
  p = poly(n, p, -0.435686537f);
  p = poly(n, p, 0.500000002f);
  f32x4 q = poly(n, fixed4(-1.00769957e-2f), 0.100232961f);
  q = poly(n, q, -0.464380737f);
  q = poly(n, q, 1.19448487f);
  q = poly(n, q, -1.66925799f);
  q = poly(n, q, 1);
  const f32x4 tail = power * p / q;
  return select(x < fixed4(0), tail, fixed4(1) - tail);
}

}  // namespace mote::math
