// Matrix product of f32: a block of rows of a, packed, against one panel of 8 columns of b, 4 x 8 elements a time.
// Each element is summed over k in order, by madd; then what was there or the biases are added.
//
// The inner loop holds 8 accumulators and 6 loaded vectors, and goes one step of k. V8 moves arithmetic behind all loads
// of a loop's body, so loads and accumulators together must fit the 15 vector registers it has: two steps a turn, or a
// tile of 5 x 8, spill and run at 26 and 21 GFLOP/s where this runs at 38 (Node 20, peak 48, k = 256).
// The panel of b (k <= 768: 24 KB) stays in the first-level cache while the rows stream past.
#include "../kernels.h"
#include "../simd.h"

namespace mote {
namespace {

struct Tile {
  f32x4 at[4][2];
};

f32x4 base4(const Gemm& g, size_t r, const float* c, size_t j) {
  if (g.add) return load4(c + j);
  const f32x4 v = splat4(g.row_bias ? g.row_bias[r] : 0.0f);
  return g.column_bias ? v + load4(g.column_bias + j) : v;
}

// Stores a tile that is cut at the right or at the bottom.
[[gnu::noinline]] void store_cut(const Gemm& g, const Tile& t, size_t r0, size_t rows) {
  for (size_t r = 0; r < rows; ++r) {
    float* c = g.c + (r0 + r) * g.c_row;
    for (size_t j = 0; j < g.columns; ++j) {
      const float base =
          g.add ? c[j] : (g.row_bias ? g.row_bias[r0 + r] : 0.0f) + (g.column_bias ? g.column_bias[j] : 0.0f);
      float v = t.at[r][j / 4][j % 4] + base;
      v = v < g.low ? g.low : v;
      c[j] = v > g.high ? g.high : v;
    }
  }
}

inline void store_row(const Gemm& g, size_t r, f32x4 lo, f32x4 hi) {
  float* c = g.c + r * g.c_row;
  const f32x4 low = splat4(g.low), high = splat4(g.high);
  lo = pmin(high, pmax(low, lo + base4(g, r, c, 0)));
  hi = pmin(high, pmax(low, hi + base4(g, r, c, 4)));
  store4(c, lo);
  store4(c + 4, hi);
}

}  // namespace

[[gnu::noinline]] void gemm_f32_4x8(const Gemm& g) {
  const float* panel = g.a;
  const size_t b_step = g.b_step;
  for (size_t r = 0; r < g.rows; r += 4, panel += g.a_panel) {
    f32x4 c00 = {}, c01 = {}, c10 = {}, c11 = {}, c20 = {}, c21 = {}, c30 = {}, c31 = {};
    const float *a = panel, *b = g.b, *end = a + g.k * 4;
    while (a != end) {
      const f32x4 lo = load4(b), hi = load4(b + 4);
      const f32x4 a0 = splat4(a[0]), a1 = splat4(a[1]), a2 = splat4(a[2]), a3 = splat4(a[3]);
      c00 = madd(a0, lo, c00);
      c01 = madd(a0, hi, c01);
      c10 = madd(a1, lo, c10);
      c11 = madd(a1, hi, c11);
      c20 = madd(a2, lo, c20);
      c21 = madd(a2, hi, c21);
      c30 = madd(a3, lo, c30);
      c31 = madd(a3, hi, c31);
      a = opaque(a + 4);
      b = opaque(b + b_step);
    }
    if (g.rows - r < 4 || g.columns < 8) {
      const Tile t = {{{c00, c01}, {c10, c11}, {c20, c21}, {c30, c31}}};
      store_cut(g, t, r, min<size_t>(4, g.rows - r));
    } else {
      store_row(g, r, c00, c01);
      store_row(g, r + 1, c10, c11);
      store_row(g, r + 2, c20, c21);
      store_row(g, r + 3, c30, c31);
    }
  }
}

}  // namespace mote
