// Reductions of one dense row of f32, n >= 1:
//   row_sum_f32      sum x            16 partial sums, so an error of at most about (n / 16 + 6) / 2 ulp of
// sum |x|
//   row_max_f32      max x            NaN where one takes part
//   row_moment_f32   sum (x - mean)^2
#include "../kernels.h"
#include "../simd.h"

namespace mote {

[[gnu::noinline]] float row_sum_f32(const float* x, size_t n) {
  f32x4 s0 = splat4(0), s1 = s0, s2 = s0, s3 = s0;
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    s0 += load4(x + i);
    s1 += load4(x + i + 4);
    s2 += load4(x + i + 8);
    s3 += load4(x + i + 12);
  }
  for (; i + 4 <= n; i += 4) s0 += load4(x + i);
  float sum = sum4((s0 + s1) + (s2 + s3));
  for (; i < n; ++i) sum += x[i];
  return sum;
}

// One comparison more an element is cheaper than max4, which engines make of seven instructions for the sake
// of NaN and -0.
[[gnu::noinline]] float row_max_f32(const float* x, size_t n) {
  f32x4 m0 = splat4(-__builtin_inff()), m1 = m0, m2 = m0, m3 = m0;
  i32x4 bad = splat4i(0);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const f32x4 a = load4(x + i), b = load4(x + i + 4), c = load4(x + i + 8), d = load4(x + i + 12);
    m0 = pmax(a, m0);
    m1 = pmax(b, m1);
    m2 = pmax(c, m2);
    m3 = pmax(d, m3);
    bad |= (a != a) | (b != b) | (c != c) | (d != d);
  }
  for (; i < n; ++i) {
    const f32x4 a = splat4(x[i]);
    m0 = pmax(a, m0);
    bad |= a != a;
  }
  if (any4(bad)) return __builtin_nanf("");
  m0 = pmax(pmax(m0, m1), pmax(m2, m3));
  m0 = pmax(m0, f32x4{m0[2], m0[3], m0[0], m0[1]});
  return pmax(m0, f32x4{m0[1], m0[0], m0[3], m0[2]})[0];
}

[[gnu::noinline]] float row_moment_f32(const float* x, float mean, size_t n) {
  f32x4 s0 = splat4(0), s1 = s0, s2 = s0, s3 = s0;
  const f32x4 center = splat4(mean);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const f32x4 a = load4(x + i) - center, b = load4(x + i + 4) - center;
    const f32x4 c = load4(x + i + 8) - center, d = load4(x + i + 12) - center;
    s0 = madd(a, a, s0);
    s1 = madd(b, b, s1);
    s2 = madd(c, c, s2);
    s3 = madd(d, d, s3);
  }
  for (; i + 4 <= n; i += 4) {
    const f32x4 a = load4(x + i) - center;
    s0 = madd(a, a, s0);
  }
  float sum = sum4((s0 + s1) + (s2 + s3));
  for (; i < n; ++i) sum += (x[i] - mean) * (x[i] - mean);
  return sum;
}

}  // namespace mote
