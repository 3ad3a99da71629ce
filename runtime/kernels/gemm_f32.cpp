// Matrix product of f32, one panel of 8 columns of b against a block of rows of a, 4 x 8 elements at a time.
//   gemm_f32_4x8_packed  a in panels of 4 rows, [k][4] (weights of a convolution)
//   gemm_f32_4x8_rows    a plain (activations of a matrix product)
// Eight accumulators of 4 lanes: the widest tile that leaves V8's 16 registers room for operands (6 x 8 spills).
// Each element is summed over k in order, by madd; then what was there or the biases are added.
// The panel of b (k <= 768: 24 KB) stays in the first-level cache while the rows stream past.
#include "../kernels.h"
#include "../simd.h"

namespace mote {
namespace {

struct Tile { f32x4 at[4][2]; };

f32x4 base4(const Gemm& g, size_t r, const float* c, size_t j) {
  if (g.add) return load4(c + j);
  f32x4 v = splat4(g.row_bias ? g.row_bias[r] : 0.0f);
  return g.column_bias ? v + load4(g.column_bias + j) : v;
}

f32x4 clamp4(const Gemm& g, f32x4 v) { return pmin(splat4(g.high), pmax(splat4(g.low), v)); }

// Stores a tile that is cut at the right or at the bottom.
[[gnu::noinline]] void store_cut(const Gemm& g, const Tile& t, size_t r0, size_t rows) {
  for (size_t r = 0; r < rows; ++r) {
    float* c = g.c + (r0 + r) * g.c_row;
    for (size_t j = 0; j < g.columns; ++j) {
      float base = g.add ? c[j] : (g.row_bias ? g.row_bias[r0 + r] : 0.0f) + (g.column_bias ? g.column_bias[j] : 0.0f);
      float v = t.at[r][j / 4][j % 4] + base;
      v = v < g.low ? g.low : v;
      c[j] = v > g.high ? g.high : v;
    }
  }
}

inline void store_tile(const Gemm& g, const Tile& t, size_t r0) {
  const size_t rows = min<size_t>(4, g.rows - r0);
  if (rows < 4 || g.columns < 8) return store_cut(g, t, r0, rows);
  float* c = g.c + r0 * g.c_row;
  for (unsigned r = 0; r < 4; ++r, c += g.c_row) {
    const f32x4 lo = clamp4(g, t.at[r][0] + base4(g, r0 + r, c, 0)), hi = clamp4(g, t.at[r][1] + base4(g, r0 + r, c, 4));
    store4(c, lo);
    store4(c + 4, hi);
  }
}

// One step along k: t += a[0..3] * b[0..7].
inline void step(Tile& t, float a0, float a1, float a2, float a3, const float* b) {
  const f32x4 lo = load4(b), hi = load4(b + 4);
  f32x4 v = splat4(a0);
  t.at[0][0] = madd(v, lo, t.at[0][0]);
  t.at[0][1] = madd(v, hi, t.at[0][1]);
  v = splat4(a1);
  t.at[1][0] = madd(v, lo, t.at[1][0]);
  t.at[1][1] = madd(v, hi, t.at[1][1]);
  v = splat4(a2);
  t.at[2][0] = madd(v, lo, t.at[2][0]);
  t.at[2][1] = madd(v, hi, t.at[2][1]);
  v = splat4(a3);
  t.at[3][0] = madd(v, lo, t.at[3][0]);
  t.at[3][1] = madd(v, hi, t.at[3][1]);
}

}  // namespace

[[gnu::noinline]] void gemm_f32_4x8_packed(const Gemm& g) {
  const float* panel = g.a;
  const size_t b_step = g.b_step, k = g.k;
  for (size_t r = 0; r < g.rows; r += 4, panel += g.a_row) {
    Tile t = {};
    const float *a = panel, *b = g.b;
    size_t i = 0;
    for (; i + 2 <= k; i += 2) {
      step(t, a[0], a[1], a[2], a[3], b);
      b = opaque(b + b_step);
      step(t, a[4], a[5], a[6], a[7], b);
      b = opaque(b + b_step);
      a = opaque(a + 8);
    }
    if (i < k) step(t, a[0], a[1], a[2], a[3], b);
    store_tile(g, t, r);
  }
}

[[gnu::noinline]] void gemm_f32_4x8_rows(const Gemm& g) {
  const size_t b_step = g.b_step, k = g.k;
  for (size_t r = 0; r < g.rows; r += 4) {
    Tile t = {};
    const size_t last = g.rows - 1 - r;  // rows past it repeat it and are not stored
    const float* a0 = g.a + r * g.a_row;
    const float *a1 = a0 + min<size_t>(1, last) * g.a_row, *a2 = a0 + min<size_t>(2, last) * g.a_row;
    const float* a3 = a0 + min<size_t>(3, last) * g.a_row;
    const float* b = g.b;
    size_t i = 0;
    for (; i + 2 <= k; i += 2) {
      step(t, a0[i], a1[i], a2[i], a3[i], b);
      b += b_step;
      step(t, a0[i + 1], a1[i + 1], a2[i + 1], a3[i + 1], b);
      b += b_step;
    }
    if (i < k) step(t, a0[i], a1[i], a2[i], a3[i], b);
    store_tile(g, t, r);
  }
}

}  // namespace mote
