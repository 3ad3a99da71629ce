// Windows that slide over padded rows: depthwise convolution and pools of f32. Vectors run along a row of outputs.
//   depthwise_f32      any window; 24 outputs at a time (6 accumulators and 7 loads a turn: see gemm_f32.cpp)
//   depthwise_f32_3x3  3 x 3 taps one element apart, rows one apart: down a strip of 4 columns, weights in registers;
//                      each loaded vector serves three rows of outputs. Node 20: 21 GFLOP/s against 15.
//   window_max_f32, window_sum_f32   the same walk for pools: w, bias, low and high are not used
// depthwise_f32 sums taps in order; 3x3 sums each row of taps, then the rows, last row first added to what came before.
#include "../kernels.h"
#include "../simd.h"

namespace mote {
namespace {

void store_some(float* y, f32x4 v, size_t n) {
  if (n >= 4) return store4(y, v);
  for (size_t i = 0; i < n; ++i) y[i] = v[i];
}

struct Weigh {
  static f32x4 start(const Depthwise& d) { return splat4(d.bias); }
  static f32x4 next(f32x4 sum, f32x4 w, f32x4 x) { return madd(w, x, sum); }
  static f32x4 end(const Depthwise& d, f32x4 v) { return pmin(splat4(d.high), pmax(splat4(d.low), v)); }
};
struct Greatest {
  static f32x4 start(const Depthwise&) { return splat4(-__builtin_inff()); }
  static f32x4 next(f32x4 best, f32x4, f32x4 x) { return max4(x, best); }
  static f32x4 end(const Depthwise&, f32x4 v) { return v; }
};
struct Sum {
  static f32x4 start(const Depthwise&) { return splat4(0); }
  static f32x4 next(f32x4 sum, f32x4, f32x4 x) { return sum + x; }
  static f32x4 end(const Depthwise&, f32x4 v) { return v; }
};

template <class F, unsigned V>
inline void strip(const Depthwise& d, const float* x, float* y, size_t n) {
  f32x4 sum[V];
  for (unsigned v = 0; v < V; ++v) sum[v] = F::start(d);
  const int32_t *offset = d.offset, *end = offset + d.taps;
  const float* w = d.w;
  while (offset != end) {
    const float* p = x + *offset;
    const f32x4 weight = splat4(*w);
    for (unsigned v = 0; v < V; ++v) sum[v] = F::next(sum[v], weight, load4(p + v * 4));
    offset = opaque(offset + 1);
    w = opaque(w + 1);
  }
  for (unsigned v = 0; v < V; ++v) store_some(y + v * 4, F::end(d, sum[v]), n - v * 4);
}

template <class F>
inline void slide(const Depthwise& d) {
  for (size_t r = 0; r < d.rows; ++r) {
    const float* x = d.x + r * d.x_row;
    float* y = d.y + r * d.y_row;
    size_t j = 0;
    for (; j + 24 <= d.columns; j += 24) strip<F, 6>(d, x + j, y + j, 24);
    const size_t rest = d.columns - j;
    if (rest > 12) {
      strip<F, 3>(d, x + j, y + j, 12);
      j += 12;
    }
    const size_t tail = d.columns - j;
    if (tail > 8) strip<F, 3>(d, x + j, y + j, tail);
    else if (tail > 4) strip<F, 2>(d, x + j, y + j, tail);
    else if (tail) strip<F, 1>(d, x + j, y + j, tail);
  }
}

}  // namespace

[[gnu::noinline]] void depthwise_f32(const Depthwise& d) { slide<Weigh>(d); }
[[gnu::noinline]] void window_max_f32(const Depthwise& d) { slide<Greatest>(d); }
[[gnu::noinline]] void window_sum_f32(const Depthwise& d) { slide<Sum>(d); }

[[gnu::noinline]] void depthwise_f32_3x3(const Depthwise& d) {
  f32x4 w[9];
  for (unsigned t = 0; t < 9; ++t) w[t] = splat4(d.w[t]);
  const f32x4 bias = splat4(d.bias), low = splat4(d.low), high = splat4(d.high);
  for (size_t j = 0; j < d.columns; j += 4) {
    const float *x = d.x + j, *end = d.x + j + (d.rows + 2) * d.x_row;
    const size_t n = d.columns - j;
    float* y = d.y + j;
    f32x4 top = {}, middle = {};  // sums of the rows of outputs that still lack one and two rows of input
    size_t given = 0;
    while (x != end) {
      const f32x4 l = load4(x), m = load4(x + 1), r = load4(x + 2);
      const f32x4 sum = top + madd(w[8], r, madd(w[7], m, w[6] * l));
      top = middle + madd(w[5], r, madd(w[4], m, w[3] * l));
      middle = madd(w[2], r, madd(w[1], m, w[0] * l));
      x = opaque(x + d.x_row);
      if (++given < 3) continue;
      store_some(y, pmin(high, pmax(low, sum + bias)), n);
      y += d.y_row;
    }
  }
}

}  // namespace mote
