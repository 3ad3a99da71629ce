// Elementary functions of doubles (math.h). exp and log are FreeBSD's (fdlibm); the others are short rather than quick:
// only float64 tensors and the generic path come here.
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
  const double c = r - t * (1.66666666666666019037e-01 + t * (-2.77777777770155933842e-03 + t * (6.61375632143793436117e-05 +
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

// log x to about 2^-65: log m = 2 (s + s^3/3 + s^5/5 + ...), s = (m - 1) / (m + 1), the first two terms as sums.
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

// x^n by squaring in sums: exact where the result is. false where it leaves the range that products can split.
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

}  // namespace

double exp(double x) { return exp_sum(x, 0); }

double log(double x) {
  if (!(x > 0)) return x == 0 ? -infinity : __builtin_nan("");
  if (x == infinity) return x;
  int k;
  const double f = normalize(x, k) - 1, half = 0.5 * f * f;
  const double s = f / (2 + f), z = s * s, w = z * z;
  const double t1 = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const double t2 = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
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
// Above: 1 - e^(-x^2) / sqrt(pi) / (x + (1/2) / (x + (2/2) / (x + (3/2) / (x + ...)))).
double erf(double x) {
  const double a = __builtin_fabs(x);
  if (a != a) return x;
  if (a > 6) return __builtin_copysign(1, x);
  const double power = exp(-a * a);
  double y;
  if (a < 2) {
    const double z = 2 * a * a;
    double term = a;
    y = a;
    for (int n = 3; term > y * 0x1p-56; n += 2) {
      term *= z / n;
      y += term;
    }
    y *= 1.12837916709551257390 * power;
  } else {
    double d = a;
    for (int n = 60; n > 0; --n) d = a + n * 0.5 / d;
    y = 1 - 0.56418958354775628695 * power / d;
  }
  return __builtin_copysign(y, x);
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
