#include "fourier.h"

namespace mote {
namespace {

// e^(-2 pi i k / n), k in [0, n), n below 2^61: the angle is taken from the nearest quarter by integers, then
// series to 1/17!.
Complex turn(uint64_t k, uint64_t n) {
  const uint64_t quarter = (8 * k + n) / (2 * n);  // 4 k / n, rounded
  const double x = 1.57079632679489661923 * double(int64_t(4 * k - quarter * n)) / double(n), z = x * x;
  double s = 0, c = 0;
  for (int i = 17; i > 1; i -= 2) {
    s = (1 + s) * -z / double(i * (i - 1));
    c = (1 + c) * -z / double((i - 1) * (i - 2 > 0 ? i - 2 : 1));
  }
  s = (1 + s) * x;
  c = 1 + c;
  switch (quarter & 3) {
    case 0: return {c, -s};
    case 1: return {-s, -c};
    case 2: return {-c, s};
    default: return {s, c};
  }
}

Complex product(Complex a, Complex b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }

// The next factor of n: 4 before 2, then odd primes up to 31; 0 where a greater one is left.
unsigned factor(size_t n) {
  static constexpr uint8_t factors[] = {4, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31};
  for (unsigned p : factors)
    if (n % p == 0) return p;
  return 0;
}

bool smooth(size_t n) {
  while (n > 1) {
    const unsigned p = factor(n);
    if (!p) return false;
    n /= p;
  }
  return true;
}

// One pass of radix p over x [p][count / p * done] to y, as Stockham has it: y[(i p + r) done + k] is the
// r-th output of the p elements x[(i + j count / p) done + k] turned by e^(-2 pi i j k' / (p done)), k' = k.
// turns: of m elements.
[[gnu::noinline]] void pass(Complex* y, const Complex* x, unsigned p, size_t done, size_t m,
                            const Complex* turns) {
  const size_t rest = m / p / done, far = rest * done;
  Complex v[31];
  for (size_t i = 0; i < rest; ++i)
    for (size_t k = 0; k < done; ++k) {
      const Complex* from = x + i * done + k;
      Complex* to = y + i * p * done + k;
      for (unsigned j = 0; j < p; ++j)
        v[j] = j && k ? product(from[j * far], turns[j * k * rest]) : from[j * far];
      if (p == 4) {
        const Complex a = {v[0].re + v[2].re, v[0].im + v[2].im}, b = {v[0].re - v[2].re, v[0].im - v[2].im};
        const Complex c = {v[1].re + v[3].re, v[1].im + v[3].im}, d = {v[1].im - v[3].im, v[3].re - v[1].re};
        to[0] = {a.re + c.re, a.im + c.im};
        to[done] = {b.re + d.re, b.im + d.im};
        to[2 * done] = {a.re - c.re, a.im - c.im};
        to[3 * done] = {b.re - d.re, b.im - d.im};
        continue;
      }
      // Inputs j and p - j meet in outputs r and p - r.
      Complex sum = v[0];
      for (unsigned j = 1; 2 * j < p; ++j) {
        const Complex a = v[j], b = v[p - j];
        v[j] = {a.re + b.re, a.im + b.im};
        v[p - j] = {a.re - b.re, a.im - b.im};
        sum = {sum.re + v[j].re, sum.im + v[j].im};
      }
      if (p == 2) {
        to[0] = {v[0].re + v[1].re, v[0].im + v[1].im};
        to[done] = {v[0].re - v[1].re, v[0].im - v[1].im};
        continue;
      }
      to[0] = sum;
      for (unsigned r = 1; 2 * r < p; ++r) {
        Complex even = v[0], odd = {0, 0};
        for (unsigned j = 1; 2 * j < p; ++j) {
          const Complex t = turns[j * r % p * (m / p)];
          even = {even.re + v[j].re * t.re, even.im + v[j].im * t.re};
          odd = {odd.re - v[p - j].im * t.im, odd.im + v[p - j].re * t.im};
        }
        to[r * done] = {even.re + odd.re, even.im + odd.im};
        to[(p - r) * done] = {even.re - odd.re, even.im - odd.im};
      }
    }
}

// x [m] in place; spare [m].
void by_factors(Complex* x, size_t m, const Complex* turns, Complex* spare) {
  Complex *from = x, *to = spare;
  for (size_t done = 1; done < m;) {
    const unsigned p = factor(m / done);
    pass(to, from, p, done, m, turns);
    done *= p;
    swap(from, to);
  }
  if (from != x) memcpy(x, from, m * sizeof(Complex));
}

}  // namespace

Status Fourier::make(Call& c, size_t length) {
  n = m = length;
  if (n > size_t(-1) / 64) return c.no_memory(n);
  const bool plain = smooth(n);
  if (!plain)
    for (m = 1; m < 2 * n - 1;) m *= 2;
  turns = c.scratch_of<Complex>(m);
  spare = c.scratch_of<Complex>(m);
  if (!plain) {
    chirp = c.scratch_of<Complex>(n);
    filter = c.scratch_of<Complex>(m);
    work = c.scratch_of<Complex>(m);
  }
  if (!turns || !spare || (!plain && (!chirp || !filter || !work))) return c.no_memory(m * sizeof(Complex));
  for (size_t k = 0; k < m; ++k) turns[k] = turn(k, m);
  if (plain) return Status::ok;
  memset(filter, 0, m * sizeof(Complex));
  for (size_t k = 0; k < n; ++k) {
    chirp[k] = turn(uint64_t(k) * k % (2 * uint64_t(n)), 2 * uint64_t(n));
    filter[k] = {chirp[k].re, -chirp[k].im};
    if (k) filter[m - k] = filter[k];
  }
  by_factors(filter, m, turns, spare);
  return Status::ok;
}

void Fourier::run(Complex* x) const {
  if (!chirp) return by_factors(x, m, turns, spare);
  memset(work, 0, m * sizeof(Complex));
  for (size_t k = 0; k < n; ++k) work[k] = product(x[k], chirp[k]);
  by_factors(work, m, turns, spare);
  for (size_t k = 0; k < m; ++k) {
    const Complex p = product(work[k], filter[k]);
    work[k] = {p.im, p.re};  // turned: the same transform goes back
  }
  by_factors(work, m, turns, spare);
  for (size_t k = 0; k < n; ++k) x[k] = product({work[k].im / double(m), work[k].re / double(m)}, chirp[k]);
}

Status RealFourier::make(Call& c, size_t length) {
  n = length;
  if (n > size_t(-1) / 64) return c.no_memory(n);
  const bool even = n % 2 == 0;
  work = c.scratch_of<Complex>(n);
  if (even) twist = c.scratch_of<Complex>(n / 2 + 1);
  if (!work || (even && !twist)) return c.no_memory(n * sizeof(Complex));
  for (size_t k = 0; even && k <= n / 2; ++k) twist[k] = turn(k, n);
  return half.make(c, even ? n / 2 : n);
}

void RealFourier::run(Complex* y, const double* x) const {
  if (!twist) {
    for (size_t k = 0; k < n; ++k) work[k] = {x[k], 0};
    half.run(work);
    memcpy(y, work, (n / 2 + 1) * sizeof(Complex));
    return;
  }
  memcpy(work, x, n * sizeof(double));
  half.run(work);
  // The transforms of the even and the odd elements are the parts of it that mirror themselves.
  for (size_t k = 0, h = n / 2; k <= h; ++k) {
    const Complex a = work[k < h ? k : 0], b = work[k ? h - k : 0];
    const Complex odd = product({0.5 * (a.im + b.im), 0.5 * (b.re - a.re)}, twist[k]);
    y[k] = {0.5 * (a.re + b.re) + odd.re, 0.5 * (a.im - b.im) + odd.im};
  }
}

}  // namespace mote
