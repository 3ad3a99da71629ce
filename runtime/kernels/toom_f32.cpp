// Convolution by tiles of four outputs (Toom and Cook; Winograd; in two dimensions Lavin and Gray, 2015) of
// f32. Four outputs of three taps along a line are polynomials' product, found from its values at n = 6
// points: 6 products in place of 12, and 36 in place of 144 for 4 x 4 outputs of 3 x 3 taps. The points are
// 0, pairs +-p and infinity. With the squares q of the pairs,
//   a row of B' d  at 0: sum of c[j] d[2j], where c are the coefficients of the product of all x - q; at
//                  infinity: of c[j] d[2j + 1]
//                  at +-p: sum of c[j] d[2j + 2] +- p times the sum of c[j] d[2j + 1], c of the product of
//                    the other x - q
//   a row of G g   the polynomial g at the point, over the product of its distances from the other finite
//                  points
//   a row of A' s  i: the sum of s p^i, at 3 also what is at infinity
// and y = A' [sum over channels of (G g G') * (B' d B)] A. Four tiles, or four rows of weights, at a time.
// The points 0, +-sqrt 1/2, +-sqrt 2 were the best of ten sets tried. Lines of four or five taps take 0,
// +-1/2, +-1 and +-2, with infinity for five: 7 products in place of 16, 8 of 20. Longer ones are sums of
// four taps each, which lie as far apart as tiles do. An element differs from the exact sum by so many ulp of
// the greatest sum of |w x| of its tile, at most and in the mean (random numbers; at most 2.6 where sums are
// taken as they are): 4 x 4 by 4.0 and 0.27 (with 0, +-1, +-2 by 7.8 and 0.45), lines of 3 taps by 2.5 and
// 0.21, of 5 by 4.9 and 0.33, of others by 6.1 and 0.31. tests/ops/convolutions.mjs holds all of them to 8.
#include "../kernels.h"
#include "../simd.h"

namespace mote {
namespace {

template <unsigned pairs> struct Points;
template <> struct Points<2> {
  static constexpr float point[] = {0.70710678f, 1.41421356f}, square[] = {0.5f, 2};
  static constexpr float all[] = {1, -2.5f}, others[][1] = {{-2}, {-0.5f}};  // c without the last, which is 1
  static constexpr float over[] = {-1 / 1.5f, 1 / 6.0f}, over_zero = 1;      // 1 / what G divides by
};
template <> struct Points<3> {
  static constexpr float point[] = {0.5f, 1, 2}, square[] = {0.25f, 1, 4};
  static constexpr float all[] = {-1, 5.25f, -5.25f}, others[][2] = {{4, -5}, {1, -4.25f}, {0.25f, -1.25f}};
  static constexpr float over[] = {1 / 1.40625f, -1 / 4.5f, 1 / 90.0f}, over_zero = -1;
};

// B' d. Its constants stay in locals of the loop around.
template <unsigned pairs>
struct Spread {
  f32x4 point[pairs], all[pairs], others[pairs][pairs - 1];
  Spread() {
    using P = Points<pairs>;
    for (unsigned i = 0; i < pairs; ++i) {
      point[i] = fixed4(P::point[i]);
      all[i] = fixed4(P::all[i]);
      for (unsigned j = 0; j + 1 < pairs; ++j) others[i][j] = fixed4(P::others[i][j]);
    }
  }
  void operator()(const f32x4* d, f32x4* to) const {
    const bool plus = Points<pairs>::all[0] == 1;
    f32x4 zero = d[pairs * 2] + (plus ? d[0] : -d[0]), infinity = d[pairs * 2 + 1] + (plus ? d[1] : -d[1]);
    for (unsigned j = 1; j < pairs; ++j) {
      zero = madd(all[j], d[j * 2], zero);
      infinity = madd(all[j], d[j * 2 + 1], infinity);
    }
    to[0] = zero;
    for (unsigned i = 0; i < pairs; ++i) {
      f32x4 even = d[pairs * 2], odd = d[pairs * 2 - 1];
      for (unsigned j = 0; j + 1 < pairs; ++j) {
        even = madd(others[i][j], d[j * 2 + 2], even);
        odd = madd(others[i][j], d[j * 2 + 1], odd);
      }
      odd *= point[i];
      to[1 + i * 2] = even + odd;
      to[2 + i * 2] = even - odd;
    }
    to[1 + pairs * 2] = infinity;
  }
};

// G g.
template <unsigned pairs, unsigned taps>
inline void evaluate(const f32x4* g, f32x4* to) {
  using P = Points<pairs>;
  to[0] = g[0] * splat4(P::over_zero);
  for (unsigned i = 0; i < pairs; ++i) {
    f32x4 even = g[(taps - 1) / 2 * 2], odd = g[taps / 2 * 2 - 1];
    const f32x4 q = splat4(P::square[i]);
    for (unsigned j = (taps - 1) / 2; j--;) even = even * q + g[j * 2];
    for (unsigned j = taps / 2 - 1; j--;) odd = odd * q + g[j * 2 + 1];
    even *= splat4(P::over[i]);
    odd *= splat4(P::over[i] * P::point[i]);
    to[1 + i * 2] = even + odd;
    to[2 + i * 2] = even - odd;
  }
  to[1 + pairs * 2] = g[taps - 1];
}

// A' s.
template <unsigned pairs>
inline void gather(const f32x4* s, f32x4* y) {
  using P = Points<pairs>;
  y[0] = s[0];
  y[1] = y[2] = f32x4{};
  y[3] = s[1 + pairs * 2];
  for (unsigned i = 0; i < pairs; ++i) {
    const f32x4 even = s[1 + i * 2] + s[2 + i * 2], odd = (s[1 + i * 2] - s[2 + i * 2]) * splat4(P::point[i]);
    const f32x4 q = splat4(P::square[i]);
    y[0] += even;
    y[1] += odd;
    y[2] = madd(q, even, y[2]);
    y[3] = madd(q, odd, y[3]);
  }
}

// B' d of a line's columns in four tiles beside each other, of 20 floats, to so many planes.
template <unsigned pairs, unsigned planes>
inline void spread_line(const Spread<pairs>& spread, const float* x, float* to, size_t plane) {
  f32x4 d[8] = {load4(x), load4(x + 4), load4(x + 8), load4(x + 12)}, v[8];
  const f32x4 next = load4(x + 16);
  transpose4(d[0], d[1], d[2], d[3]);
  d[4] = __builtin_shufflevector(d[0], next, 1, 2, 3, 4);
  d[5] = __builtin_shufflevector(d[1], next, 1, 2, 3, 5);
  d[6] = __builtin_shufflevector(d[2], next, 1, 2, 3, 6);
  d[7] = __builtin_shufflevector(d[3], next, 1, 2, 3, 7);
  spread(d, v);
  for (unsigned i = 0; i < planes; ++i) store4(to + i * plane, v[i]);
}

// Four tiles beside each other: A' s of four planes' vectors to 16 columns of a row, of which n are there.
template <unsigned pairs>
inline void gather_line(const f32x4* s, float* y, size_t n, f32x4 bias, f32x4 low, f32x4 high) {
  f32x4 v[4];
  gather<pairs>(s, v);
  transpose4(v[0], v[1], v[2], v[3]);
  for (unsigned k = 0; k < 4; ++k, y += 4) {
    const f32x4 sum = pmin(high, pmax(low, v[k] + bias));
    if (n >= k * 4 + 4) store4(y, sum);
    else
      for (unsigned i = 0; k * 4 + i < n; ++i) y[i] = sum[i];
  }
}

template <unsigned pairs, unsigned planes>
inline void spread_lines(const ToomLines& t, float* to, const float* x) {
  const Spread<pairs> spread;
  for (size_t g = 0; g < t.groups; ++g, x += 16)
    spread_line<pairs, planes>(spread, x, to + g / 2 * t.panel + g % 2 * 4, t.plane);
}

template <unsigned pairs, unsigned taps, unsigned planes>
inline void evaluate_lines(const ToomLines& t, float* to, const float* w, size_t lines, size_t kernel) {
  for (size_t l = 0; l < lines; ++l)
    for (size_t first = 0; first < kernel; first += taps) {
      f32x4 g[taps], v[8];
      for (unsigned i = 0; i < taps; ++i) g[i] = first + i < kernel ? load4(w + i * 4) : f32x4{};
      evaluate<pairs, taps>(g, v);
      for (unsigned i = 0; i < planes; ++i) store4(to + i * t.plane, v[i]);
      w += min<size_t>(taps, kernel - first) * 4;
      to += 4;
    }
}

template <unsigned pairs, unsigned planes>
inline void gather_lines(const ToomLines& t, const WinogradOutput& o) {
  const f32x4 bias = splat4(o.bias), low = splat4(o.low), high = splat4(o.high);
  for (size_t g = 0; g < t.groups; ++g) {
    f32x4 s[8];
    s[7] = f32x4{};
    for (unsigned i = 0; i < planes; ++i) s[i] = load4(o.from + g * 4 + i * o.plane);
    gather_line<pairs>(s, o.y + g * 16, o.columns - g * 16, bias, low, high);
  }
}

}  // namespace

[[gnu::noinline]] void toom_f32_line_input(const ToomLines& t, float* to, const float* x) {
  if (t.taps == 3) spread_lines<2, 6>(t, to, x);
  else if (t.taps == 4) spread_lines<3, 7>(t, to, x);
  else spread_lines<3, 8>(t, to, x);
}

[[gnu::noinline]] void toom_f32_line_weights(const ToomLines& t, float* to, const float* w, size_t lines,
                                             size_t kernel) {
  if (t.taps == 3) evaluate_lines<2, 3, 6>(t, to, w, lines, kernel);
  else if (t.taps == 4) evaluate_lines<3, 4, 7>(t, to, w, lines, kernel);
  else evaluate_lines<3, 5, 8>(t, to, w, lines, kernel);
}

[[gnu::noinline]] void toom_f32_line_output(const ToomLines& t, const WinogradOutput& o) {
  if (t.taps == 3) gather_lines<2, 6>(t, o);
  else if (t.taps == 4) gather_lines<3, 7>(t, o);
  else gather_lines<3, 8>(t, o);
}

[[gnu::noinline]] void toom_f32_weights(float* to, size_t plane, const float* w, size_t channels) {
  for (size_t c = 0; c < channels; ++c) {
    f32x4 rows[3][6];
    for (unsigned i = 0; i < 3; ++i) {
      const f32x4 g[3] = {load4(w + i * 12), load4(w + i * 12 + 4), load4(w + i * 12 + 8)};
      evaluate<2, 3>(g, rows[i]);
    }
    for (unsigned j = 0; j < 6; ++j) {
      const f32x4 g[3] = {rows[0][j], rows[1][j], rows[2][j]};
      f32x4 column[6];
      evaluate<2, 3>(g, column);
      for (unsigned i = 0; i < 6; ++i) store4(to + (i * 6 + j) * plane, column[i]);
    }
    w = opaque(w + 36);
    to += 4;
  }
}

[[gnu::noinline]] void toom_f32_input(const WinogradTiles& t, float* to, size_t plane, size_t panel,
                                      const float* x, size_t row) {
  const Spread<2> spread;
  size_t group = 0;
  for (size_t r = 0; r < t.rows; ++r, x += row * 4)
    for (size_t g = 0; g < t.groups; ++g, ++group) {
      float lines[6][20];
      for (unsigned j = 0; j < 20; j += 4) {
        const float* p = x + g * 16 + j;
        f32x4 d[6], v[6];
        for (unsigned i = 0; i < 6; ++i) d[i] = load4(p + i * row);
        spread(d, v);
        for (unsigned i = 0; i < 6; ++i) store4(&lines[i][j], v[i]);
      }
      float* q = to + group / 2 * panel + group % 2 * 4;
      for (unsigned i = 0; i < 6; ++i) spread_line<2, 6>(spread, lines[i], q + i * 6 * plane, plane);
    }
}

[[gnu::noinline]] void toom_f32_output(const WinogradTiles& t, const WinogradOutput& o) {
  const f32x4 bias = splat4(o.bias), low = splat4(o.low), high = splat4(o.high);
  const float* from = o.from;
  for (size_t r = 0; r < t.rows; ++r)
    for (size_t g = 0; g < t.groups; ++g, from += 4) {
      f32x4 s[4][6];
      for (unsigned j = 0; j < 6; ++j) {
        f32x4 column[6], sums[4];
        for (unsigned i = 0; i < 6; ++i) column[i] = load4(from + (i * 6 + j) * o.plane);
        gather<2>(column, sums);
        for (unsigned i = 0; i < 4; ++i) s[i][j] = sums[i];
      }
      const size_t rows = min<size_t>(4, o.rows - min(o.rows, r * 4));
      for (size_t i = 0; i < rows; ++i)
        gather_line<2>(s[i], o.y + (r * 4 + i) * o.columns + g * 16, o.columns - g * 16, bias, low, high);
    }
}

}  // namespace mote
