#include "product.h"

#include "../element.h"

namespace mote {
namespace {

// One row. The kernels are called for some 64,000 weights at a time: an engine swaps in better code between two calls.
void one_row(const Product& p) {
  const size_t width = max<size_t>(24, 65536 / p.k / 24 * 24);
  for (size_t j = 0; j < p.n; j += width) {
    const size_t n = min(width, p.n - j);
    if (p.panels) gemv_f32_p8(p.c + j, p.a, p.k, p.b + j * p.k, p.k * 8, n);
    else if (p.transposed) gemv_f32_rows(p.c + j, p.a, p.k, p.b + j * p.k, p.k, n);
    else gemv_f32_plain(p.c + j, p.a, p.k, p.b + j, p.n, n);
  }
  finish_row(p.c, p.bias, p.n, p.low, p.high);
}

}  // namespace

Status product_f32(Call& c, const Product& p, Room& room) {
  if (!p.m || !p.n) return Status::ok;
  if (p.m == 1 && p.k) {
    one_row(p);
    return Status::ok;
  }
  if (p.n == 1 && p.k && !p.turned && !p.panels && !p.a_row) {
    const size_t height = max<size_t>(4, 65536 / p.k / 4 * 4);
    for (size_t i = 0; i < p.m; i += height)
      gemv_f32_rows(p.c + i, p.b, p.k, p.a + i * p.k, p.k, min(height, p.m - i));
    const float bias = p.bias ? *p.bias : 0.0f;
    for (size_t i = 0; i < p.m; ++i) finish_row(p.c + i, &bias, 1, p.low, p.high);
    return Status::ok;
  }
  const size_t kb = k_block(p.k), mb = m_block(p.m, kb), a_row = p.a_row ? p.a_row : p.k;
  TRY(room.want(c, (mb + 8) * kb + 4));
  float *rows = room.at, *packed = rows + mb * kb;
  size_t k0 = 0;
  do {
    const size_t k = min(p.k - k0, kb);
    for (size_t m0 = 0; m0 < p.m; m0 += mb) {
      const size_t m = min(mb, p.m - m0);
      for (size_t i = 0; i < m; i += 4) {
        const float* from = p.turned ? p.a + k0 * p.m + m0 + i : p.a + (m0 + i) * a_row + k0;
        pack_f32_p4(rows + i * k, from, p.turned ? p.m : 1, p.turned ? 1 : a_row, k, min<size_t>(4, m - i));
      }
      for (size_t j = 0; j < p.n; j += 8) {
        const size_t columns = min<size_t>(8, p.n - j);
        const float* b = p.b + j * p.k + k0 * 8;
        if (!p.panels) {
          if (p.transposed) pack_f32_p8(packed, p.b + j * p.k + k0, 1, p.k, k, columns);
          else pack_f32_p8(packed, p.b + k0 * p.n + j, p.n, 1, k, columns);
          b = packed;
        }
        float bias[8] = {};
        for (size_t q = 0; p.bias && q < columns; ++q) bias[q] = p.bias[j + q];
        Gemm g = {.a = rows,
                  .a_panel = k * 4,
                  .b = b,
                  .b_step = 8,
                  .c = p.c + m0 * p.n + j,
                  .c_row = p.n,
                  .rows = m,
                  .columns = columns,
                  .k = k,
                  .add = k0 > 0,
                  .column_bias = bias};
        if (k0 + k == p.k) {
          g.low = p.low;
          g.high = p.high;
        }
        gemm_f32_4x8(g);
      }
    }
    k0 += k;
  } while (k0 < p.k);
  return Status::ok;
}

void product_any(Type type, void* c, AnyMatrix a, AnyMatrix b, size_t m, size_t k, size_t n) {
  const bool real = has(float_types, type);
  const size_t s = size_of(type);
  const auto part = [&](const AnyMatrix& v, int64_t at) {
    return static_cast<const char*>(v.at) + size_t(at) * s;
  };
  for (size_t i = 0; i < m; ++i)
    for (size_t j = 0; j < n; ++j) {
      union {
        double reals[block];
        int64_t ints[block];
      } x, y;
      double sum = 0;
      uint64_t total = 0;
      for (size_t q = 0; q < k; q += block) {
        const size_t count = min(block, k - q);
        const char* from_a = part(a, int64_t(i) * a.row + int64_t(q) * a.column);
        const char* from_b = part(b, int64_t(q) * b.row + int64_t(j) * b.column);
        if (real) {
          load_reals(type, from_a, a.column, count, x.reals);
          load_reals(type, from_b, b.row, count, y.reals);
          for (size_t e = 0; e < count; ++e) sum += x.reals[e] * y.reals[e];
        } else {
          load_ints(type, from_a, a.column, count, x.ints);
          load_ints(type, from_b, b.row, count, y.ints);
          for (size_t e = 0; e < count; ++e) total += uint64_t(x.ints[e]) * uint64_t(y.ints[e]);
        }
      }
      char* to = static_cast<char*>(c) + (i * n + j) * s;
      const int64_t whole = int64_t(total);
      if (real) store_reals(type, to, 1, 1, &sum);
      else store_ints(type, to, 1, 1, &whole);
    }
}

}  // namespace mote
