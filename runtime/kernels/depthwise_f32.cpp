// Depthwise convolution of f32 on padded rows: up to 16 neighbouring outputs at a time, the taps of the window in a list.
// y [rows, columns] = clamp(bias + sum over t of w[t] * x[offset[t] + row * x_row + column])
#include "../kernels.h"
#include "../simd.h"

namespace mote {
namespace {

template <unsigned V> inline void strip(const Depthwise& d, const float* x, float* y, size_t n) {
  f32x4 sum[V];
  for (unsigned v = 0; v < V; ++v) sum[v] = splat4(d.bias);
  const int32_t* offset = d.offset;
  const float* w = d.w;
  for (size_t t = 0; t < d.taps; ++t) {
    const float* p = x + offset[t];
    const f32x4 weight = splat4(w[t]);
    for (unsigned v = 0; v < V; ++v) sum[v] = madd(weight, load4(p + v * 4), sum[v]);
  }
  const f32x4 low = splat4(d.low), high = splat4(d.high);
  for (unsigned v = 0; v < V; ++v) {
    const f32x4 r = pmin(high, pmax(low, sum[v]));
    if (n >= v * 4 + 4) {
      store4(y + v * 4, r);
    } else {
      for (size_t l = 0; v * 4 + l < n; ++l) y[v * 4 + l] = r[l];
    }
  }
}

}  // namespace

[[gnu::noinline]] void depthwise_f32(const Depthwise& d) {
  for (size_t r = 0; r < d.rows; ++r) {
    const float* x = d.x + r * d.x_row;
    float* y = d.y + r * d.y_row;
    size_t j = 0;
    for (; j + 16 <= d.columns; j += 16) strip<4>(d, x + j, y + j, 16);
    const size_t rest = d.columns - j;
    if (rest > 12) strip<4>(d, x + j, y + j, rest);
    else if (rest > 8) strip<3>(d, x + j, y + j, rest);
    else if (rest > 4) strip<2>(d, x + j, y + j, rest);
    else if (rest) strip<1>(d, x + j, y + j, rest);
  }
}

}  // namespace mote
