// Convolution 3 x 3 by Winograd's F(2 x 2, 3 x 3) of f32 (Lavin and Gray, 2015): a tile of 2 x 2 outputs
// takes 16 products for each channel where the sum of taps takes 36. With
//   B' = 1  0 -1  0     G = 1    0    0      A' = 1  1  1  0
//        0  1  1  0         1/2  1/2  1/2         0  1 -1 -1
//        0 -1  1  0         1/2 -1/2  1/2
//        0  1  0 -1         0    0    1
// y = A' [sum over channels of (G w G') * (B' x B)] A; the sums are 16 matrix products. Four tiles, or four
// rows of weights, at a time. An element differs from the exact sum by at most 1.3 ulp of the sum of |w x|,
// 0.1 in the mean (random numbers, 16 to 512 channels); tests/ops/convolutions.mjs holds every convolution to
// 4.
#include "../kernels.h"
#include "../simd.h"

namespace mote {
namespace {

// A row of B' d B, [4] planes, of the two lines that its row of B' d is the sum or the difference of. A line
// is d's columns of four tiles. Loading each line twice leaves registers free: all 16 elements at once spill.
template <bool add>
inline void spread(const float* s, const float* t, float* to, size_t plane) {
  const auto both = [&](size_t i) { return add ? load4(s + i) + load4(t + i) : load4(s + i) - load4(t + i); };
  const f32x4 a = both(0), b = both(2), c = both(4), d = both(6);
  const f32x4 v0 = even4(a, c), v1 = odd4(a, c), v2 = even4(b, d), v3 = odd4(b, d);
  store4(to, v0 - v2);
  store4(to += plane, v1 + v2);
  store4(to += plane, v2 - v1);
  store4(to + plane, v1 - v3);
}

// One side of G g G'.
inline void widen(const f32x4& a, const f32x4& b, const f32x4& c, f32x4 to[4]) {
  const f32x4 half = splat4(0.5f), outer = (a + c) * half, middle = b * half;
  to[0] = a;
  to[1] = outer + middle;
  to[2] = outer - middle;
  to[3] = c;
}

}  // namespace

[[gnu::noinline]] void winograd_f32_weights(float* to, size_t plane, const float* w, size_t channels) {
  for (size_t c = 0; c < channels; ++c) {
    f32x4 rows[3][4];
    for (unsigned i = 0; i < 3; ++i)
      widen(load4(w + i * 12), load4(w + i * 12 + 4), load4(w + i * 12 + 8), rows[i]);
    for (unsigned j = 0; j < 4; ++j) {
      f32x4 column[4];
      widen(rows[0][j], rows[1][j], rows[2][j], column);
      for (unsigned i = 0; i < 4; ++i) store4(to + (i * 4 + j) * plane, column[i]);
    }
    w = opaque(w + 36);
    to += 4;
  }
}

[[gnu::noinline]] void winograd_f32_input(const WinogradTiles& t, float* to, size_t plane, size_t panel,
                                          const float* x, size_t row) {
  size_t group = 0;
  for (size_t r = 0; r < t.rows; ++r, x += row * 2)
    for (size_t g = 0; g < t.groups; ++g, ++group) {
      const float* p = x + g * 8;
      float* q = to + group / 2 * panel + group % 2 * 4;
      const float *p1 = p + row, *p2 = p1 + row;
      spread<false>(p, p2, q, plane);
      spread<true>(p1, p2, q + 4 * plane, plane);
      spread<false>(p2, p1, q + 8 * plane, plane);
      spread<false>(p1, p2 + row, q + 12 * plane, plane);
    }
}

[[gnu::noinline]] void winograd_f32_output(const WinogradTiles& t, const WinogradOutput& o) {
  const f32x4 bias = splat4(o.bias), low = splat4(o.low), high = splat4(o.high);
  const float* from = o.from;
  for (size_t r = 0; r < t.rows; ++r)
    for (size_t g = 0; g < t.groups; ++g, from += 4) {
      f32x4 s[2][4];
      for (unsigned j = 0; j < 4; ++j) {
        const float* p = from + j * o.plane;
        const f32x4 a = load4(p), b = load4(p + 4 * o.plane), c = load4(p + 8 * o.plane),
                    d = load4(p + 12 * o.plane);
        s[0][j] = a + b + c;
        s[1][j] = b - c - d;
      }
      for (unsigned i = 0; i < 2; ++i) {
        if (r * 2 + i >= o.rows) break;
        const f32x4 a = pmin(high, pmax(low, s[i][0] + s[i][1] + s[i][2] + bias));
        const f32x4 b = pmin(high, pmax(low, s[i][1] - s[i][2] - s[i][3] + bias));
        const f32x4 lo = __builtin_shufflevector(a, b, 0, 4, 1, 5),
                    hi = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        float* y = o.y + (r * 2 + i) * o.columns + g * 8;
        const size_t n = o.columns - g * 8;
        if (n >= 8) {
          store4(y, lo);
          store4(y + 4, hi);
        } else {
          for (unsigned k = 0; k < n; ++k) y[k] = k < 4 ? lo[k] : hi[k - 4];
        }
      }
    }
}

}  // namespace mote
