// One row times a matrix: y[0, n) = x [k] * w.
//   gemv_f32_p8, gemv_f32_p4   w in panels [k][8] or [k][4]: every weight is read once, in a straight line
//   gemv_f32_rows              w [n][k]: dot products, four rows at a time
//   gemv_f32_plain             w [k][n]: 32 columns at a time
// Eight accumulators each. In panels and rows these are several partial sums of an element, added in a fixed order.
#include "../kernels.h"
#include "../simd.h"

namespace mote {
namespace {

template <unsigned Width> inline void panels(float* y, const float* x, size_t k, const float* w, size_t stride, size_t n) {
  constexpr unsigned V = Width / 4, U = 8 / V;  // vectors of a row, rows of a step
  for (size_t j = 0; j < n; j += Width, w += stride) {
    f32x4 sum[U][V] = {};
    const float* p = w;
    size_t i = 0;
    for (; i + U <= k; i += U, p += U * Width)
      for (unsigned u = 0; u < U; ++u)
        for (unsigned v = 0; v < V; ++v) sum[u][v] = madd(splat4(x[i + u]), load4(p + u * Width + v * 4), sum[u][v]);
    for (; i < k; ++i, p += Width)
      for (unsigned v = 0; v < V; ++v) sum[0][v] = madd(splat4(x[i]), load4(p + v * 4), sum[0][v]);
    for (unsigned half = U / 2; half; half /= 2)
      for (unsigned u = 0; u < half; ++u)
        for (unsigned v = 0; v < V; ++v) sum[u][v] += sum[u + half][v];
    if (j + Width <= n) {
      for (unsigned v = 0; v < V; ++v) store4(y + j + v * 4, sum[0][v]);
    } else {
      for (unsigned l = 0; j + l < n; ++l) y[j + l] = sum[0][l / 4][l % 4];
    }
  }
}

}  // namespace

[[gnu::noinline]] void gemv_f32_p8(float* y, const float* x, size_t k, const float* w, size_t stride, size_t n) {
  panels<8>(y, x, k, w, stride, n);
}

[[gnu::noinline]] void gemv_f32_p4(float* y, const float* x, size_t k, const float* w, size_t stride, size_t n) {
  panels<4>(y, x, k, w, stride, n);
}

[[gnu::noinline]] void gemv_f32_rows(float* y, const float* x, size_t k, const float* w, size_t stride, size_t n) {
  for (size_t j = 0; j < n; j += 4) {
    const size_t last = n - 1 - j;  // rows past it repeat it
    const float* r[4];
    for (unsigned q = 0; q < 4; ++q) r[q] = w + (j + min<size_t>(q, last)) * stride;
    f32x4 sum[4][2] = {};
    size_t i = 0;
    for (; i + 8 <= k; i += 8) {
      const f32x4 lo = load4(x + i), hi = load4(x + i + 4);
      for (unsigned q = 0; q < 4; ++q) {
        sum[q][0] = madd(lo, load4(r[q] + i), sum[q][0]);
        sum[q][1] = madd(hi, load4(r[q] + i + 4), sum[q][1]);
      }
    }
    float total[4];
    for (unsigned q = 0; q < 4; ++q) total[q] = sum4(sum[q][0] + sum[q][1]);
    for (; i < k; ++i)
      for (unsigned q = 0; q < 4; ++q) total[q] += x[i] * r[q][i];
    for (unsigned q = 0; q < 4 && j + q < n; ++q) y[j + q] = total[q];
  }
}

[[gnu::noinline]] void gemv_f32_plain(float* y, const float* x, size_t k, const float* w, size_t stride, size_t n) {
  size_t j = 0;
  for (; j + 32 <= n; j += 32) {
    f32x4 sum[8] = {};
    const float* p = w + j;
    for (size_t i = 0; i < k; ++i, p += stride)
      for (unsigned v = 0; v < 8; ++v) sum[v] = madd(splat4(x[i]), load4(p + v * 4), sum[v]);
    for (unsigned v = 0; v < 8; ++v) store4(y + j + v * 4, sum[v]);
  }
  for (; j + 4 <= n; j += 4) {
    f32x4 sum = splat4(0);
    const float* p = w + j;
    for (size_t i = 0; i < k; ++i, p += stride) sum = madd(splat4(x[i]), load4(p), sum);
    store4(y + j, sum);
  }
  for (; j < n; ++j) {
    float sum = 0;
    for (size_t i = 0; i < k; ++i) sum += x[i] * w[i * stride + j];
    y[j] = sum;
  }
}

}  // namespace mote
