// Attention of eight queries at a time, a lane each, so that rows of keys have no tail and nothing is summed
// across lanes (ops/attend_panels.cpp). Between the products q k^T and p v, which are gemm_f32_4x8:
//   attend_mask_f32     s [n][8] += the rows of a mask, turned
//   attend_softmax_f32  s [n][8] = exp(s - greatest), the greatest and the sum of each lane
//   attend_store_f32    y [rows][n] = o [n][8] times a factor a lane, turned
// Error of the softmax: as in softmax.cpp; the sums, in order of the keys of one parity, at most n / 2 ulp
// more.
#include "../kernels.h"
#include "../math.h"
#include "../simd.h"

namespace mote {

[[gnu::noinline]] void attend_mask_f32(float* s, const float* const* rows, size_t n) {
  if (rows[0] == rows[7]) {  // one row for all
    const float* m = rows[0];
    for (size_t k = 0; k < n; ++k, s += 8) {
      const f32x4 v = splat4(m[k]);
      store4(s, load4(s) + v);
      store4(s + 4, load4(s + 4) + v);
    }
    return;
  }
  for (size_t half = 0; half < 8; half += 4) {
    const float *a = rows[half], *b = rows[half + 1], *c = rows[half + 2], *d = rows[half + 3];
    float* to = s + half;
    size_t k = 0;
    for (; k + 4 <= n; k += 4, to += 32) {
      f32x4 v0 = load4(a + k), v1 = load4(b + k), v2 = load4(c + k), v3 = load4(d + k);
      transpose4(v0, v1, v2, v3);
      store4(to, load4(to) + v0);
      store4(to + 8, load4(to + 8) + v1);
      store4(to + 16, load4(to + 16) + v2);
      store4(to + 24, load4(to + 24) + v3);
    }
    for (; k < n; ++k, to += 8) store4(to, load4(to) + f32x4{a[k], b[k], c[k], d[k]});
  }
}

namespace {
// ln 2 in one part: its error, |x| / 32 ulp, is less than that of the difference.
inline f32x4 power(f32x4 x) {
  const math::Exponent e = math::exponent4<false>(pmax(fixed4(-88), x), fixed4(-0.0f));
  const f32x4 by = e.power();
  return madd(e.p, by, by);
}
}  // namespace

[[gnu::noinline]] void attend_softmax_f32(float* s, size_t n, float* greatest, float* sum) {
  // pmax passes a NaN over; its power makes the sum NaN.
  f32x4 m0 = splat4(-__builtin_inff()), m1 = m0, m2 = m0, m3 = m0;
  const float* end = s + n * 8;
  const float* x = s;
  for (; x + 16 <= end; x += 16) {
    m0 = pmax(load4(x), m0);
    m1 = pmax(load4(x + 4), m1);
    m2 = pmax(load4(x + 8), m2);
    m3 = pmax(load4(x + 12), m3);
  }
  if (x != end) m0 = pmax(load4(x), m0), m1 = pmax(load4(x + 4), m1);
  m0 = pmax(m0, m2);
  m1 = pmax(m1, m3);
  store4(greatest, m0);
  store4(greatest + 4, m1);
  f32x4 s0 = splat4(0), s1 = s0, s2 = s0, s3 = s0;
  float* y = s;
  for (; y + 16 <= end; y += 16) {
    const f32x4 e0 = power(load4(y) - m0), e1 = power(load4(y + 4) - m1);
    const f32x4 e2 = power(load4(y + 8) - m0), e3 = power(load4(y + 12) - m1);
    store4(y, e0);
    store4(y + 4, e1);
    store4(y + 8, e2);
    store4(y + 12, e3);
    s0 += e0;
    s1 += e1;
    s2 += e2;
    s3 += e3;
  }
  if (y != end) {
    const f32x4 e0 = power(load4(y) - m0), e1 = power(load4(y + 4) - m1);
    store4(y, e0);
    store4(y + 4, e1);
    s0 += e0;
    s1 += e1;
  }
  store4(sum, s0 + s2);
  store4(sum + 4, s1 + s3);
}

[[gnu::noinline]] void attend_store_f32(float* y, size_t y_row, const float* o, const float* factor,
                                        size_t rows, size_t n) {
  for (size_t r = 0; r < rows; r += 4, y += 4 * y_row) {
    const f32x4 by = load4(factor + r);
    const size_t m = min<size_t>(4, rows - r);
    const float* from = o + r;
    size_t j = 0;
    for (; j + 4 <= n; j += 4, from += 32) {
      f32x4 v0 = load4(from) * by, v1 = load4(from + 8) * by, v2 = load4(from + 16) * by,
            v3 = load4(from + 24) * by;
      transpose4(v0, v1, v2, v3);
      store4(y + j, v0);
      if (m > 1) store4(y + y_row + j, v1);
      if (m > 2) store4(y + 2 * y_row + j, v2);
      if (m > 3) store4(y + 3 * y_row + j, v3);
    }
    for (; j < n; ++j, from += 8)
      for (size_t i = 0; i < m; ++i) y[i * y_row + j] = from[i] * by[i];
  }
}

}  // namespace mote
