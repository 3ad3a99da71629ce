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

[[gnu::noinline]] float row_max_f32(const float* x, size_t n) {
  f32x4 m0 = splat4(x[0]), m1 = m0;
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    m0 = max4(m0, load4(x + i));
    m1 = max4(m1, load4(x + i + 4));
  }
  for (; i < n; ++i) m1 = max4(m1, splat4(x[i]));
  m0 = max4(m0, m1);
  m0 = max4(m0, f32x4{m0[2], m0[3], m0[0], m0[1]});
  return max4(m0, f32x4{m0[1], m0[0], m0[3], m0[2]})[0];
}

[[gnu::noinline]] float row_moment_f32(const float* x, float mean, size_t n) {
  f32x4 s0 = splat4(0), s1 = s0;
  const f32x4 center = splat4(mean);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const f32x4 d0 = load4(x + i) - center, d1 = load4(x + i + 4) - center;
    s0 = madd(d0, d0, s0);
    s1 = madd(d1, d1, s1);
  }
  float sum = sum4(s0 + s1);
  for (; i < n; ++i) sum += (x[i] - mean) * (x[i] - mean);
  return sum;
}

}  // namespace mote
