#include "fourier.h"

namespace mote {
namespace {

// e^(-2 pi i k / n), k in [0, n), n below 2^61: the angle is taken from the nearest quarter by integers, then series to 1/17!.
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

// x [m], a power of two, in place.
[[gnu::noinline]] void by_halves(Complex* x, size_t m, const Complex* turns) {
  for (size_t i = 1, j = 0; i < m; ++i) {
    size_t bit = m >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) swap(x[i], x[j]);
  }
  for (size_t half = 1; half < m; half *= 2)
    for (size_t i = 0; i < m; i += 2 * half)
      for (size_t k = 0; k < half; ++k) {
        const Complex a = x[i + k], b = product(x[i + k + half], turns[k * (m / 2 / half)]);
        x[i + k] = {a.re + b.re, a.im + b.im};
        x[i + k + half] = {a.re - b.re, a.im - b.im};
      }
}

}  // namespace

Status Fourier::make(Call& c, size_t length) {
  n = length;
  const bool power = !(n & (n - 1));
  m = n;
  if (n > size_t(-1) / 64) return c.no_memory(n);
  if (!power)
    for (m = 1; m < 2 * n - 1;) m *= 2;
  turns = c.scratch_of<Complex>(m / 2 + 1);
  if (!power) {
    chirp = c.scratch_of<Complex>(n);
    filter = c.scratch_of<Complex>(m);
    work = c.scratch_of<Complex>(m);
  }
  if (!turns || (!power && (!chirp || !filter || !work))) return c.no_memory(m * sizeof(Complex));
  for (size_t k = 0; k < m / 2; ++k) turns[k] = turn(k, m);
  if (power) return Status::ok;
  memset(filter, 0, m * sizeof(Complex));
  for (size_t k = 0; k < n; ++k) {
    chirp[k] = turn(uint64_t(k) * k % (2 * uint64_t(n)), 2 * uint64_t(n));
    filter[k] = {chirp[k].re, -chirp[k].im};
    if (k) filter[m - k] = filter[k];
  }
  by_halves(filter, m, turns);
  return Status::ok;
}

void Fourier::run(Complex* x) const {
  if (!chirp) return by_halves(x, m, turns);
  memset(work, 0, m * sizeof(Complex));
  for (size_t k = 0; k < n; ++k) work[k] = product(x[k], chirp[k]);
  by_halves(work, m, turns);
  for (size_t k = 0; k < m; ++k) {
    const Complex p = product(work[k], filter[k]);
    work[k] = {p.im, p.re};  // turned: the same transform goes back
  }
  by_halves(work, m, turns);
  for (size_t k = 0; k < n; ++k) x[k] = product({work[k].im / double(m), work[k].re / double(m)}, chirp[k]);
}

}  // namespace mote
