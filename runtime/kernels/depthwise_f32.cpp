// Windows that slide over rows: depthwise convolution of f32. Vectors run along a row of outputs.
//   depthwise_f32      any window over padded rows; 6 vectors of outputs at a time, of as many rows as the
//                      columns leave room for
//                      (6 accumulators and 7 loads a turn: see gemm_f32.cpp)
//   depthwise_f32_3x3  3 x 3 taps one element apart, rows one apart, over planes as they are, zero outside:
//                      down a strip of 4
//                      columns, weights in registers; each loaded vector serves three rows of outputs.
//   spread_f32         the rows of a plane to their places between padding, every other column apart where
//                      the stride is 2
// Both sum the taps in order, from the bias on; 3x3 sums each row of taps first, and adds it to what came
// before.
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

// V vectors of R rows.
template <class F, unsigned V, unsigned R>
inline void tile(const Depthwise& d, const float* x, float* y, size_t columns) {
  f32x4 sum[R][V];
  for (auto& row : sum)
    for (f32x4& v : row) v = F::start(d);
  const int32_t *offset = d.offset, *end = offset + d.taps;
  const float* w = d.w;
  while (offset != end) {
    const float* p = x + *offset;
    const f32x4 weight = splat4(*w);
    for (auto& row : sum) {
      for (unsigned v = 0; v < V; ++v) row[v] = F::next(row[v], weight, load4(p + v * 4));
      if (R > 1) p = opaque(p + d.x_row);
    }
    offset = opaque(offset + 1);
    w = opaque(w + 1);
  }
  for (auto& row : sum) {
    for (unsigned v = 0; v < V; ++v) store_some(y + v * 4, F::end(d, row[v]), columns - v * 4);
    y += d.y_row;
  }
}

// The columns [j, j + columns) of all rows. The last rows are done twice where R does not divide them.
template <class F, unsigned V, unsigned R>
inline void strip(const Depthwise& d, size_t j, size_t columns) {
  const float* x = d.x + j;
  float* y = d.y + j;
  if (d.rows < R) {
    for (size_t r = 0; r < d.rows; ++r) tile<F, V, 1>(d, x + r * d.x_row, y + r * d.y_row, columns);
    return;
  }
  for (size_t r = 0; r < d.rows; r += R) {
    const size_t at = min(r, d.rows - R);
    tile<F, V, R>(d, x + at * d.x_row, y + at * d.y_row, columns);
  }
}

template <class F>
inline void slide(const Depthwise& d) {
  for (size_t j = 0; j < d.columns;) {
    const size_t left = d.columns - j;
    if (left >= 24) strip<F, 6, 1>(d, j, 24), j += 24;
    else if (left > 8) strip<F, 3, 2>(d, j, min<size_t>(left, 12)), j += 12;
    else if (left > 4) strip<F, 2, 3>(d, j, min<size_t>(left, 8)), j += 8;
    else strip<F, 1, 6>(d, j, left), j += 4;
  }
}

// Four columns of one plane; left and right: of the first and of the last column, beside which are zeros.
template <bool left, bool right>
inline void strip_3x3(const Planes& d, const float* x, float* y, const f32x4* w, f32x4 bias) {
  const f32x4 low = splat4(d.low), high = splat4(d.high), zero = {};
  f32x4 top = bias, middle = bias;  // sums of the rows of outputs that still lack one and two rows of input
  const float* end = x + d.in_rows * d.columns;
  size_t lacking = d.above ? 1 : 2;  // rows until the first output
  for (size_t rows = d.rows; rows;) {
    f32x4 sum = top;
    top = middle;
    middle = bias;
    if (x != end) {
      const f32x4 m = load4(x);
      const f32x4 l = left ? __builtin_shufflevector(zero, m, 3, 4, 5, 6) : load4(x - 1);
      const f32x4 r = right ? __builtin_shufflevector(m, zero, 1, 2, 3, 4) : load4(x + 1);
      sum = madd(w[8], r, madd(w[7], m, madd(w[6], l, sum)));
      top = madd(w[5], r, madd(w[4], m, madd(w[3], l, top)));
      middle = madd(w[2], r, madd(w[1], m, madd(w[0], l, bias)));
      x = opaque(x + d.columns);
    }
    if (lacking) {
      --lacking;
      continue;
    }
    store4(y, pmin(high, pmax(low, sum)));
    y += d.columns;
    --rows;
  }
}

}  // namespace

[[gnu::noinline]] void spread_f32(float* to, size_t to_row, float* odd, const float* x, size_t rows,
                                  size_t columns) {
  for (size_t r = 0; r < rows; ++r, to += to_row, x += columns) {
    size_t i = 0;
    if (!odd) {
      for (; i + 4 <= columns; i += 4) store4(to + i, load4(x + i));
      for (; i < columns; ++i) to[i] = x[i];
      continue;
    }
    for (; i + 8 <= columns; i += 8) {
      const f32x4 a = load4(x + i), b = load4(x + i + 4);
      store4(to + i / 2, even4(a, b));
      store4(odd + i / 2, odd4(a, b));
    }
    for (; i < columns; i += 2) {
      to[i / 2] = x[i];
      if (i + 1 < columns) odd[i / 2] = x[i + 1];
    }
    odd += to_row;
  }
}

[[gnu::noinline]] void depthwise_f32(const Depthwise& d) { slide<Weigh>(d); }

[[gnu::noinline]] void depthwise_f32_3x3(const Planes& d) {
  const float *x = d.x, *weight = d.w;
  float* y = d.y;
  for (size_t p = 0; p < d.planes; ++p) {
    f32x4 w[9];
    for (unsigned t = 0; t < 9; ++t) w[t] = splat4(weight[t]);
    const f32x4 bias = splat4(d.bias ? d.bias[p] : 0);
    if (d.columns == 4) {
      strip_3x3<true, true>(d, x, y, w, bias);
    } else {
      strip_3x3<true, false>(d, x, y, w, bias);
      size_t j = 4;
      for (; j + 4 < d.columns; j += 4) strip_3x3<false, false>(d, x + j, y + j, w, bias);
      j = d.columns - 4;  // some columns are done twice
      strip_3x3<false, true>(d, x + j, y + j, w, bias);
    }
    x += d.in_rows * d.columns;
    y += d.rows * d.columns;
    weight += 9;
  }
}

}  // namespace mote
