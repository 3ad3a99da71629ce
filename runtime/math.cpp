// Elementary functions of doubles (math.h). exp and log are FreeBSD's (fdlibm); the others are short rather
// than quick: only float64 tensors and the generic path come here.
#include "math.h"

namespace mote::math {
namespace {

constexpr double infinity = __builtin_inf();
constexpr double ln2_high = 6.93147180369123816490e-01;  // 32 bits; times a binary exponent exact
constexpr double ln2_low = 1.90821492927058770002e-10;

// An unevaluated sum: about 106 bits.
struct Sum { double high, low; };

Sum sum(double a, double b) {  // |a| >= |b|
  const double s = a + b;
  return {s, b - (s - a)};
}
Sum split(double a) {
  const double t = a * 134217729;  // 2^27 + 1
  const double high = t - (t - a);
  return {high, a - high};
}
Sum product(double a, double b) {
  const double p = a * b;
  const Sum x = split(a), y = split(b);
  return {p, ((x.high * y.high - p) + x.high * y.low + x.low * y.high) + x.low * y.low};
}
Sum product(Sum a, Sum b) {
  Sum p = product(a.high, b.high);
  p.low += a.high * b.low + a.low * b.high;
  return sum(p.high, p.low);
}
Sum quotient(Sum a, Sum b) {
  const double q = a.high / b.high;
  const Sum p = product(q, b.high);
  return sum(q, ((a.high - p.high) - p.low + a.low - q * b.low) / b.high);
}

// e^(x + low)
double exp_sum(double x, double low) {
  if (!(x < 709.79)) return x != x ? x : infinity;
  if (x < -745.2) return 0;
  const double k = __builtin_floor(x * 1.44269504088896338700 + 0.5);
  const double high = x - k * ln2_high;
  low = k * ln2_low - low;
  const double r = high - low, t = r * r;
  const double c = r - t * (1.66666666666666019037e-01 +
                            t * (-2.77777777770155933842e-03 +
                                 t * (6.61375632143793436117e-05 +
                                      t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
  return scale2(1 - ((low - r * c / (2 - c)) - high), int(k));
}

// x = m 2^k with m in [sqrt 1/2, sqrt 2); x positive and finite.
double normalize(double x, int& k) {
  k = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    k = -54;
  }
  constexpr uint64_t root = 0x3fe6a09e667f3bcd;  // sqrt 1/2
  const int64_t bits = int64_t(bits_as<uint64_t>(x) - root);
  k += int(bits >> 52);
  return bits_as<double>((uint64_t(bits) & 0xfffffffffffff) + root);
}

// log x to about 2^-65: log m = 2 (s + s^3/3 + s^5/5 + ...), s = (m - 1) / (m + 1), the first two terms as
// sums.
Sum log_sum(double x) {
  int k;
  const double m = normalize(x, k);
  const Sum s = quotient({m - 1, 0}, sum(m > 1 ? m : 1, m > 1 ? 1 : m)), z = product(s, s);
  const double t = z.high;
  double p = 0;
  for (int i = 23; i >= 5; i -= 2) p = p * t + 1.0 / i;
  const Sum third = {1.0 / 3, 1.850371707708594e-17};
  const Sum q = sum(third.high, third.low + p * t);
  const Sum cube = product(product(s, z), q), first = sum(s.high, cube.high);
  const Sum y = sum(first.high, first.low + s.low + cube.low);
  if (!k) return {2 * y.high, 2 * y.low};
  const Sum a = product(double(k), 6.931471805599452862e-01), r = sum(a.high, 2 * y.high);
  return sum(r.high, r.low + a.low + 2 * y.low + k * 2.319046813846299558e-17);
}

// x^n by squaring in sums: exact where the result is. false where it leaves the range that products can
// split.
bool integer_pow(double x, int n, double& y) {
  Sum r = {1, 0}, b = {x, 0};
  for (int i = n < 0 ? -n : n;;) {
    if (i & 1) r = product(r, b);
    if (!(i >>= 1)) break;
    b = product(b, b);
  }
  if (n < 0) r = quotient({1, 0}, r);
  const double a = __builtin_fabs(r.high), e = __builtin_fabs(b.high);
  y = r.high;
  return a > 0x1p-900 && a < 0x1p900 && e > 0x1p-450 && e < 0x1p450;
}

// 1 - erf(a) for a >= 1/2, of which z is the square:
// e^-z / sqrt(pi) / (a + (1/2) / (a + (2/2) / (a + (3/2) / (a + ...)))).
double erf_tail(double a, Sum z) {
  double d = a;
  for (int n = int(12 + 190 / z.high); n > 0; --n) d = a + n * 0.5 / d;
  return 0.56418958354775628695 * exp_sum(-z.high, -z.low) / d;
}

// x = n pi/2 + angle, |angle| <= pi/4 (a little more in the first way); gives n modulo 4. x is finite.
unsigned reduce(double x, Sum& angle) {
  if (__builtin_fabs(x) < 0x1p20) {
    const double n = __builtin_floor(x * 0.63661977236758134308 + 0.5);
    // pi/2 to 33 and 53 more bits
    const double r = x - n * 1.57079632673412561417, low = n * 6.07710050650619224932e-11;
    angle = sum(r, -low);
    // low is a small part of it
    if (__builtin_fabs(angle.high) >= __builtin_fabs(n) * 0x1p-33) return unsigned(int(n));
  }
  // x = m 2^e: of the bits of 2/pi the 192 matter whose products with m reach below 4 and above 2^-137.
  static constexpr uint32_t two_over_pi[] = {
      0,          0,          0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041,
      0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e,
      0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b,
      0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d,
      0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab};
  const uint64_t bits = bits_as<uint64_t>(x);
  const uint64_t m = (bits & 0xfffffffffffff) | 1ull << 52;
  const unsigned at = unsigned(bits >> 52 & 0x7ff) - 1075 + 62;  // e - 2 + 64 bits are skipped: e >= -62 here
  uint32_t f[6] = {};  // the fraction of x / (2 pi) in 192 bits, the lowest first
  const uint32_t* words = two_over_pi + at / 32;
  for (unsigned i = 0; i < 6; ++i) {
    const uint32_t w = uint32_t(((uint64_t(words[5 - i]) << 32 | words[6 - i]) << at % 32) >> 32);
    uint64_t carry = 0;
    for (unsigned k = 0; k < 2 && i + k < 6; ++k) {
      carry += uint64_t(w) * uint32_t(m >> 32 * k) + f[i + k];
      f[i + k] = uint32_t(carry);
      carry >>= 32;
    }
    if (i + 2 < 6) f[i + 2] += uint32_t(carry);  // no digit was there yet
  }
  uint64_t high = uint64_t(f[5]) << 32 | f[4], low = uint64_t(f[3]) << 32 | f[2];
  unsigned n = unsigned(high >> 62);
  high = high << 2 | low >> 62;
  low <<= 2;
  const bool up = high >> 63;  // a fraction of a half and more is that of the next quarter, below it
  if (up) {
    ++n;
    low = 0 - low;
    high = ~high + !low;
  }
  angle = sum(double(high >> 11 << 11) * 0x1p-64, (double(high & 0x7ff) + double(low) * 0x1p-64) * 0x1p-64);
  angle = product(angle, {1.57079632679489655800e+00, 6.12323399573676603587e-17});
  if (bits >> 63 != up) angle = {-angle.high, -angle.low};
  return bits >> 63 ? 0 - n : n;
}

// Of |x| <= pi/4 or little more (fdlibm).
double sin_of(Sum x) {
  const double z = x.high * x.high, v = z * x.high;
  const double r = 8.33333333332248946124e-03 +
                   z * (-1.98412698298579493134e-04 +
                        z * (2.75573137070700676789e-06 +
                             z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
  return x.high - ((z * (0.5 * x.low - v * r) - x.low) - v * -1.66666666666666324348e-01);
}
double cos_of(Sum x) {
  const double z = x.high * x.high, half = 0.5 * z, w = 1 - half;
  const double r = z * (4.16666666666666019037e-02 +
                        z * (-1.38888888888741095749e-03 +
                             z * (2.48015872894767294178e-05 +
                                  z * (-2.75573143513906633035e-07 +
                                       z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
  return w + (((1 - w) - half) + (z * r - x.high * x.low));
}

// sin(x + quarter pi/2)
double wave(double x, unsigned quarter) {
  if (!(__builtin_fabs(x) < infinity)) return __builtin_nan("");
  Sum a;
  quarter += reduce(x, a);
  const double y = quarter & 1 ? cos_of(a) : sin_of(a);
  return quarter & 2 ? -y : y;
}

}  // namespace

double exp(double x) { return exp_sum(x, 0); }
double sin(double x) { return x == 0 ? x : wave(x, 0); }
double cos(double x) { return wave(x, 1); }

double tan(double x) {
  if (!(__builtin_fabs(x) < infinity)) return __builtin_nan("");
  if (x == 0) return x;
  Sum a;
  const unsigned n = reduce(x, a);
  return n & 1 ? -cos_of(a) / sin_of(a) : sin_of(a) / cos_of(a);
}

// atan a = atan c + atan((a - c) / (1 + a c)) (fdlibm).
double atan(double x) {
  static constexpr struct { double from, c, high, low; } parts[] = {
    {0.4375, 0.5, 4.63647609000806093515e-01, 2.26987774529616870924e-17},
    {0.6875, 1, 7.85398163397448278999e-01, 3.06161699786838301793e-17},
    {1.1875, 1.5, 9.82793723247329054082e-01, 1.39033110312309984516e-17},
    {2.4375, infinity, 1.57079632679489655800e+00, 6.12323399573676603587e-17}};
  static constexpr double powers[] = {
      1.62858201153657823623e-02,  -3.65315727442169155270e-02, 4.97687799461593236017e-02,
      -5.83357013379057348645e-02, 6.66107313738753120669e-02,  -7.69187620504482999495e-02,
      9.09088713343650656196e-02,  -1.11111104054623557880e-01, 1.42857142725034663711e-01,
      -1.99999999998764832476e-01, 3.33333333333329318027e-01};
  const double a = __builtin_fabs(x);
  double t = a;
  Sum base = {0, 0};
  for (const auto& p : parts) {
    if (!(a >= p.from)) break;
    t = p.c == infinity ? -1 / a : (a - p.c) / (1 + a * p.c);
    base = {p.high, p.low};
  }
  const double z = t * t;
  double s = 0;
  for (double c : powers) s = s * z + c;
  return __builtin_copysign(base.high - ((t * z * s - base.low) - t), x);
}

double asin(double x) { return x == 0 ? x : atan(x / __builtin_sqrt((1 - x) * (1 + x))); }
double acos(double x) { return 2 * atan(__builtin_sqrt((1 - x) / (1 + x))); }

double sinh(double x) {
  const double a = __builtin_fabs(x);
  double y;
  if (a < 40) {
    const double t = expm1(a);
    y = 0.5 * (t + t / (t + 1));
  } else {
    const double root = exp(0.5 * a);  // e^a may overflow where half of it does not
    y = 0.5 * root * root;
  }
  return __builtin_copysign(y, x);
}

double cosh(double x) {
  const double root = exp(0.5 * __builtin_fabs(x)), power = root * root;
  return 0.5 * root * root + 0.5 / power;
}

double asinh(double x) {
  const double a = __builtin_fabs(x);
  const double y =
      a > 0x1p28 ? log(a) + 6.93147180559945286227e-01 : log1p(a + a * a / (1 + __builtin_sqrt(a * a + 1)));
  return __builtin_copysign(y, x);
}

double acosh(double x) {
  if (x > 0x1p28) return log(x) + 6.93147180559945286227e-01;
  if (x < 1) return __builtin_nan("");
  const double t = x - 1;
  return log1p(t + __builtin_sqrt(2 * t + t * t));
}

double atanh(double x) {
  const double a = __builtin_fabs(x);
  return __builtin_copysign(0.5 * log1p(2 * a / (1 - a)), x);
}

// By whole numbers: x = m 2^e, y = n 2^k; m is brought to 2^k by steps of 11 bits, which 64 hold.
double fmod(double x, double y) {
  const auto whole = [](double v, int& e) {
    const uint64_t bits = bits_as<uint64_t>(v), m = bits & 0xfffffffffffff;
    const int code = int(bits >> 52 & 0x7ff);
    e = max(code, 1) - 1075;
    return code ? m | 1ull << 52 : m;
  };
  if (!(__builtin_fabs(x) < infinity) || y != y || y == 0) return __builtin_nan("");
  int e, k;
  uint64_t m = whole(x, e);
  const uint64_t n = whole(y, k);
  if (__builtin_fabs(x) < __builtin_fabs(y)) return x;
  for (m %= n; e > k && m; ) {
    const int step = min(e - k, 11);
    m = (m << step) % n;
    e -= step;
  }
  return __builtin_copysign(scale2(double(m), k), x);
}

double log(double x) {
  if (!(x > 0)) return x == 0 ? -infinity : __builtin_nan("");
  if (x == infinity) return x;
  int k;
  const double f = normalize(x, k) - 1, half = 0.5 * f * f;
  const double s = f / (2 + f), z = s * s, w = z * z;
  const double t1 =
      w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const double t2 =
      z * (6.666666666666735130e-01 +
           w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  return k * ln2_high - ((half - (s * (half + t1 + t2) + k * ln2_low)) - f);
}

// log u with u = 1 + x rounded, corrected by what the rounding lost.
double log1p(double x) {
  const double u = 1 + x;
  if (u == 1 || x != x) return x;
  if (!(u > 0) || u == infinity) return log(u);
  const double lost = u > 2 ? 1 - (u - x) : x - (u - 1);
  return log(u) + lost / u;
}

// Continued fraction x / (1 + x^2 / (3 + x^2 / (5 + ...))) below 0.55, else by e^2|x|.
double tanh(double x) {
  const double a = __builtin_fabs(x);
  double y;
  if (a < 0.55) {
    const double z = a * a;
    double d = 17;
    for (int i = 15; i > 0; i -= 2) d = i + z / d;
    y = a / d;
  } else {
    y = 1 - 2 / (exp(a + a) + 1);  // a NaN passes
  }
  return __builtin_copysign(y, x);
}

double expm1(double x) {
  if (!(__builtin_fabs(x) < 0.5)) return exp(x) - 1;
  const double t = tanh(x * 0.5);
  return 2 * t / (1 - t);
}

double sigmoid(double x) {
  const double e = exp(-__builtin_fabs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

// Below 2: 2 / sqrt(pi) e^(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...), of which no term is negative.
double erf(double x) {
  const double a = __builtin_fabs(x);
  if (a != a) return x;
  if (a > 6) return __builtin_copysign(1, x);
  double y;
  if (a < 2) {
    const double z = 2 * a * a;
    double term = a;
    y = a;
    for (int n = 3; term > y * 0x1p-56; n += 2) {
      term *= z / n;
      y += term;
    }
    y *= 1.12837916709551257390 * exp(-a * a);
  } else {
    y = 1 - erf_tail(a, product(a, a));
  }
  return __builtin_copysign(y, x);
}

double normal(double x) {
  const double a = __builtin_fabs(x) * 0.70710678118654752440;
  if (!(a > 0.5)) return 0.5 + 0.5 * erf(x * 0.70710678118654752440);
  if (a > 28) return x < 0 ? 0 : 1;
  const Sum z = product(x, x);
  const double tail = 0.5 * erf_tail(a, {0.5 * z.high, 0.5 * z.low});
  return x < 0 ? tail : 1 - tail;
}

double pow(double x, double y) {
  if (x == 1 || y == 0) return 1;
  if (x != x || y != y) return x + y;
  const double a = __builtin_fabs(x);
  const bool whole = __builtin_floor(y) == y, odd = whole && __builtin_fabs(y) < 0x1p53 && (int64_t(y) & 1);
  if (a == 1 && whole) return odd ? x : 1;  // infinite powers are whole
  double r;
  if (__builtin_fabs(y) == infinity) return (a > 1) == (y > 0) ? infinity : 0;
  if (a == 0 || a == infinity) {
    r = (a == 0) == (y < 0) ? infinity : 0;
    return odd ? __builtin_copysign(r, x) : r;
  }
  if (x < 0 && !whole) return __builtin_nan("");
  if (whole && __builtin_fabs(y) <= 64 && integer_pow(x, int(y), r)) return r;
  const Sum l = log_sum(a);
  if (__builtin_fabs(y) > 0x1p70 || __builtin_fabs(y * l.high) > 800) {
    r = (l.high > 0) == (y > 0) ? infinity : 0;
  } else {
    Sum p = product(y, l.high);
    p = sum(p.high, p.low + y * l.low);
    r = exp_sum(p.high, p.low);
  }
  return odd ? __builtin_copysign(r, x) : r;
}

}  // namespace mote::math
