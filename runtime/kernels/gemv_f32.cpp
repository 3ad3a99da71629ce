// One row times a matrix: y[0, n) = x [k] * w.
//   gemv_f32_p8, gemv_f32_p4   w in panels [k][8] or [k][4]: 24 columns at a time, each weight read once, in
//                              order
//   gemv_f32_plain             w [k][n]: 24 columns at a time
//   gemv_f32_rows              w [n][k]: dot products of four rows, four partial sums each, added in a fixed
//                              order
// Six accumulators and seven loads a turn (four and five in rows): more than the registers spill, see
// gemm_f32.cpp. Node 20, weights in cache: 29 / 25 / 23 GFLOP/s; eight accumulators: 17.
#include "../kernels.h"
#include "../simd.h"

namespace mote {
namespace {

void store_some(float* y, f32x4 v, size_t n) {
  if (n >= 4) return store4(y, v);
  for (size_t i = 0; i < n; ++i) y[i] = v[i];
}

// V vectors of columns; vector v of row i is at w + place[v] + i * step.
template <unsigned V>
inline void strip(float* y, const float* x, size_t k, const float* w, const size_t* place, size_t step,
                  size_t n) {
  f32x4 sum[V];
  const float* p[V];
  for (unsigned v = 0; v < V; ++v) {
    sum[v] = splat4(0);
    p[v] = w + place[v];
  }
  const float* end = x + k;
  while (x != end) {
    const f32x4 s = splat4(*x);
    x = opaque(x + 1);
    for (unsigned v = 0; v < V; ++v) {
      sum[v] = madd(s, load4(p[v]), sum[v]);
      p[v] = opaque(p[v] + step);
    }
  }
  for (unsigned v = 0; v < V && v * 4 < n; ++v) store_some(y + v * 4, sum[v], n - v * 4);
}

template <unsigned Width>
inline void panels(float* y, const float* x, size_t k, const float* w, size_t stride, size_t n) {
  size_t place[6];
  for (size_t v = 0; v < 6; ++v) place[v] = v * 4 / Width * stride + v * 4 % Width;
  size_t j = 0;
  for (; j + 24 <= n; j += 24, w += 24 / Width * stride) strip<6>(y + j, x, k, w, place, Width, 24);
  for (; j < n; j += Width, w += stride) strip<Width / 4>(y + j, x, k, w, place, Width, n - j);
}

}  // namespace

[[gnu::noinline]] void gemv_f32_p8(float* y, const float* x, size_t k, const float* w, size_t stride,
                                   size_t n) {
  panels<8>(y, x, k, w, stride, n);
}

[[gnu::noinline]] void gemv_f32_p4(float* y, const float* x, size_t k, const float* w, size_t stride,
                                   size_t n) {
  panels<4>(y, x, k, w, stride, n);
}

[[gnu::noinline]] void gemv_f32_plain(float* y, const float* x, size_t k, const float* w, size_t stride,
                                      size_t n) {
  static constexpr size_t place[6] = {0, 4, 8, 12, 16, 20};
  size_t j = 0;
  for (; j + 24 <= n; j += 24) strip<6>(y + j, x, k, w + j, place, stride, 24);
  for (; j + 4 <= n; j += 4) strip<1>(y + j, x, k, w + j, place, stride, 4);
  for (; j < n; ++j) {
    float sum = 0;
    for (size_t i = 0; i < k; ++i) sum += x[i] * w[i * stride + j];
    y[j] = sum;
  }
}

[[gnu::noinline]] void gemv_f32_rows(float* y, const float* x, size_t k, const float* w, size_t stride,
                                     size_t n) {
  for (size_t j = 0; j < n; j += 4, w += stride * 4) {
    const size_t last = n - 1 - j;  // rows past it repeat it
    const float *a = w, *b = w + min<size_t>(1, last) * stride, *c = w + min<size_t>(2, last) * stride;
    const float *d = w + min<size_t>(3, last) * stride, *p = x, *end = x + k / 4 * 4;
    f32x4 s0 = {}, s1 = {}, s2 = {}, s3 = {};
    while (p != end) {
      const f32x4 v = load4(p);
      s0 = madd(v, load4(a), s0);
      s1 = madd(v, load4(b), s1);
      s2 = madd(v, load4(c), s2);
      s3 = madd(v, load4(d), s3);
      p = opaque(p + 4);
      a = opaque(a + 4);
      b = opaque(b + 4);
      c = opaque(c + 4);
      d = opaque(d + 4);
    }
    float t0 = sum4(s0), t1 = sum4(s1), t2 = sum4(s2), t3 = sum4(s3);
    for (size_t i = 0; i < k % 4; ++i) {
      t0 += p[i] * a[i];
      t1 += p[i] * b[i];
      t2 += p[i] * c[i];
      t3 += p[i] * d[i];
    }
    y[j] = t0;
    if (last > 0) y[j + 1] = t1;
    if (last > 1) y[j + 2] = t2;
    if (last > 2) y[j + 3] = t3;
  }
}

}  // namespace mote
