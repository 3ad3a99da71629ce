// Matrix product of f32: a block of rows of a against panels of 8 columns of b, 4 x 8 elements a time. Each
// element starts from its bias, or from what was there, and sums over k in order, by madd.
//
// The inner loop holds 8 accumulators and 6 loaded vectors, and goes one step of k. V8 moves arithmetic
// behind all loads of a loop's body, so loads and accumulators together must fit the 15 vector registers it
// has: two steps a turn, or a tile of 5 x 8, spill and run at 26 and 21 GFLOP/s where this runs at 38 (Node
// 20, peak 48, k = 256). A panel of b (k <= 768: 24 KB) stays in the first-level cache while the rows stream
// past.
#include "../kernels.h"
#include "../simd.h"

namespace mote {
namespace {

constexpr float zeros[8] = {};

// A tile that is cut at the right or at the bottom is computed as a whole one, here.
struct Cut {
  float c[32], row_bias[4], column_bias[8];
};

[[gnu::noinline]] void begin_cut(const Gemm& g, Cut& t, size_t r0, size_t j0) {
  const size_t rows = min<size_t>(4, g.rows - r0), columns = min<size_t>(8, g.columns - j0);
  t = {};
  for (size_t i = 0; g.row_bias && i < rows; ++i) t.row_bias[i] = g.row_bias[r0 + i];
  for (size_t j = 0; g.column_bias && j < columns; ++j) t.column_bias[j] = g.column_bias[j0 + j];
  for (size_t i = 0; g.add && i < rows; ++i)
    for (size_t j = 0; j < columns; ++j) t.c[i * 8 + j] = g.c[(r0 + i) * g.c_row + j0 + j];
}

[[gnu::noinline]] void end_cut(const Gemm& g, const Cut& t, size_t r0, size_t j0) {
  const size_t rows = min<size_t>(4, g.rows - r0), columns = min<size_t>(8, g.columns - j0);
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j) g.c[(r0 + i) * g.c_row + j0 + j] = t.c[i * 8 + j];
}

// Where the factors lie: `row` starts a tile, `next` goes to the next element of k.
struct Panels {
  static constexpr bool scattered = false;  // rows of b
  static constexpr size_t step = 4;
  static const float* row(const Gemm& g, size_t r) { return g.a + r / 4 * g.a_step + r % 4; }
  const float *a, *b;
  size_t b_step;
  Panels(const Gemm& g, size_t r, const float* panel)
      : a(g.a + r / 4 * g.a_step), b(panel), b_step(g.b_step) {}
  size_t length(const Gemm& g) const { return g.k * 4; }
  f32x4 a0() const { return splat4(a[0]); }
  f32x4 a1() const { return splat4(a[1]); }
  f32x4 a2() const { return splat4(a[2]); }
  f32x4 a3() const { return splat4(a[3]); }
  const float* row() const { return b; }
  void next() {
    a = opaque(a + 4);
    b = opaque(b + b_step);
  }
};
struct Rows {
  static constexpr bool scattered = false;
  static constexpr size_t step = 1;
  static const float* row(const Gemm& g, size_t r) { return g.a + r * g.a_step; }
  const float *a, *q1, *q2, *q3, *b;
  size_t b_step;
  Rows(const Gemm& g, size_t r, const float* panel) : a(g.a + r * g.a_step), b(panel), b_step(g.b_step) {
    const size_t last = g.rows - 1 - r;  // rows past it repeat it
    q1 = a + min<size_t>(1, last) * g.a_step;
    q2 = a + min<size_t>(2, last) * g.a_step;
    q3 = a + min<size_t>(3, last) * g.a_step;
  }
  size_t length(const Gemm& g) const { return g.k; }
  f32x4 a0() const { return splat4(*a); }
  f32x4 a1() const { return splat4(*q1); }
  f32x4 a2() const { return splat4(*q2); }
  f32x4 a3() const { return splat4(*q3); }
  const float* row() const { return b; }
  void next() {
    a = opaque(a + 1);
    q1 = opaque(q1 + 1);
    q2 = opaque(q2 + 1);
    q3 = opaque(q3 + 1);
    b = opaque(b + b_step);
  }
};
struct Taps : Panels {
  static constexpr bool scattered = true;
  const int32_t* tap;
  Taps(const Gemm& g, size_t r, const float* panel) : Panels(g, r, panel), tap(g.taps) {}
  const float* row() const { return b + *tap; }
  void next() {
    a = opaque(a + 4);
    tap = opaque(tap + 1);
  }
};

// The last one or two rows of a, of which a tile of 4 x 8 would leave most unused: R rows and P panels of
// columns at a time. Each element is the same sum. (m = 65, n = 576, k = 192: 44.5 -> 47.3 GFLOP/s; m = 18, n
// = 512: 42.0 -> 46.8.)
template <class Factors, unsigned R, unsigned P>
inline size_t strips(const Gemm& g) {
  const bool clamped = g.low != -__builtin_inff() || g.high != __builtin_inff();
  const size_t r = g.rows - R;
  size_t j = 0;
  for (const float* panel = g.b; j + P * 8 <= g.columns; j += P * 8, panel += P * g.b_panel) {
    float* c[R];
    f32x4 sum[R][P * 2];
    for (unsigned i = 0; i < R; ++i) {
      c[i] = g.c + (r + i) * g.c_row + j;
      const f32x4 start = splat4(g.row_bias ? g.row_bias[r + i] : 0.0f);
      for (unsigned v = 0; v < P * 2; ++v)
        sum[i][v] = g.add           ? load4(c[i] + v * 4)
                    : g.column_bias ? start + load4(g.column_bias + j + v * 4)
                                    : start;
    }
    const float *a0 = Factors::row(g, r), *a1 = Factors::row(g, r + R - 1), *b[P];
    for (unsigned i = 0; i < P; ++i) b[i] = panel + i * g.b_panel;
    for (const float* end = a0 + g.k * Factors::step; a0 != end;) {
      f32x4 v[P * 2];
      for (unsigned i = 0; i < P; ++i) v[i * 2] = load4(b[i]), v[i * 2 + 1] = load4(b[i] + 4);
      const f32x4 x0 = splat4(*a0);
      for (unsigned i = 0; i < P * 2; ++i) sum[0][i] = madd(x0, v[i], sum[0][i]);
      if constexpr (R > 1) {
        const f32x4 x1 = splat4(*a1);
        for (unsigned i = 0; i < P * 2; ++i) sum[1][i] = madd(x1, v[i], sum[1][i]);
        a1 = opaque(a1 + Factors::step);
      }
      a0 = opaque(a0 + Factors::step);
      for (unsigned i = 0; i < P; ++i) b[i] = opaque(b[i] + g.b_step);
    }
    const f32x4 low = splat4(g.low), high = splat4(g.high);
    for (unsigned i = 0; i < R; ++i)
      for (unsigned v = 0; v < P * 2; ++v)
        store4(c[i] + v * 4, clamped ? pmin(high, pmax(low, sum[i][v])) : sum[i][v]);
  }
  return j;
}
template <class Factors>
[[gnu::noinline]] size_t last_rows(const Gemm& g) {
  return g.rows % 4 == 1 ? strips<Factors, 1, 3>(g) : g.rows % 4 == 2 ? strips<Factors, 2, 2>(g) : 0;
}

template <class Factors>
inline void gemm(const Gemm& g) {
  const bool clamped = g.low != -__builtin_inff() || g.high != __builtin_inff();
  const bool biased = g.row_bias || g.column_bias;
  size_t done = 0;  // columns of the last rows
  if constexpr (!Factors::scattered) done = last_rows<Factors>(g);
  const float* panel = g.b;
  for (size_t j = 0; j < g.columns; j += 8, panel += g.b_panel)
    for (size_t r = 0, rows = j < done ? g.rows / 4 * 4 : g.rows; r < rows; r += 4) {
      Cut cut;
      const bool whole = g.rows - r >= 4 && g.columns - j >= 8;
      if (!whole) begin_cut(g, cut, r, j);
      float* c = whole ? g.c + r * g.c_row + j : cut.c;
      const size_t c_row = whole ? g.c_row : 8;
      float *c1 = c + c_row, *c2 = c1 + c_row, *c3 = c2 + c_row;
      f32x4 c00, c01, c10, c11, c20, c21, c30, c31;
      if (g.add) {
        c00 = load4(c), c01 = load4(c + 4), c10 = load4(c1), c11 = load4(c1 + 4);
        c20 = load4(c2), c21 = load4(c2 + 4), c30 = load4(c3), c31 = load4(c3 + 4);
      } else if (!biased) {
        c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = f32x4{};
      } else {
        const float* rb = !g.row_bias ? zeros : whole ? g.row_bias + r : cut.row_bias;
        const float* cb = !g.column_bias ? zeros : whole ? g.column_bias + j : cut.column_bias;
        const f32x4 lo = load4(cb), hi = load4(cb + 4);
        const f32x4 b0 = splat4(rb[0]), b1 = splat4(rb[1]), b2 = splat4(rb[2]), b3 = splat4(rb[3]);
        c00 = b0 + lo, c01 = b0 + hi, c10 = b1 + lo, c11 = b1 + hi;
        c20 = b2 + lo, c21 = b2 + hi, c30 = b3 + lo, c31 = b3 + hi;
      }
      Factors f(g, r, panel);
      const float* end = f.a + f.length(g);
      while (f.a != end) {
        const float* b = f.row();
        const f32x4 lo = load4(b), hi = load4(b + 4);
        const f32x4 a0 = f.a0(), a1 = f.a1(), a2 = f.a2(), a3 = f.a3();
        c00 = madd(a0, lo, c00);
        c01 = madd(a0, hi, c01);
        c10 = madd(a1, lo, c10);
        c11 = madd(a1, hi, c11);
        c20 = madd(a2, lo, c20);
        c21 = madd(a2, hi, c21);
        c30 = madd(a3, lo, c30);
        c31 = madd(a3, hi, c31);
        f.next();
      }
      if (clamped) {
        const f32x4 low = splat4(g.low), high = splat4(g.high);
        const auto clamp = [&](f32x4& v) { v = pmin(high, pmax(low, v)); };
        clamp(c00), clamp(c01), clamp(c10), clamp(c11), clamp(c20), clamp(c21), clamp(c30), clamp(c31);
      }
      store4(c, c00), store4(c + 4, c01), store4(c1, c10), store4(c1 + 4, c11);
      store4(c2, c20), store4(c2 + 4, c21), store4(c3, c30), store4(c3 + 4, c31);
      if (!whole) end_cut(g, cut, r, j);
    }
}

}  // namespace

[[gnu::noinline]] void gemm_f32_4x8(const Gemm& g) { gemm<Panels>(g); }
[[gnu::noinline]] void gemm_f32_4x8_rows(const Gemm& g) { gemm<Rows>(g); }
[[gnu::noinline]] void gemm_f32_4x8_taps(const Gemm& g) { gemm<Taps>(g); }

}  // namespace mote
