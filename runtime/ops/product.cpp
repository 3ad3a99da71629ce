#include "product.h"

#include "../element.h"

namespace mote {

constexpr size_t k_part = 4096;  // rows of a panel of b at a time: 128 KB of scratch at most

Status product_f32(Call& c, const Product& p) {
  if (!p.m || !p.n) return Status::ok;
  if (p.m == 1 && p.k) {
    if (p.panels) gemv_f32_p8(p.c, p.a, p.k, p.b, p.k * 8, p.n);
    else if (p.transposed) gemv_f32_rows(p.c, p.a, p.k, p.b, p.k, p.n);
    else gemv_f32_plain(p.c, p.a, p.k, p.b, p.n, p.n);
    for (size_t j = 0; j < p.n; ++j) {
      float v = p.c[j] + (p.bias ? p.bias[j] : 0.0f);
      v = v < p.low ? p.low : v;
      p.c[j] = v > p.high ? p.high : v;
    }
    return Status::ok;
  }
  const size_t room = min(p.k, k_part) * 8 + 8;
  float* packed = p.panels && p.k <= k_part ? nullptr : c.scratch_of<float>(room);
  if (!packed && !(p.panels && p.k <= k_part)) return c.no_memory(room * 4);
  float bias8[8];
  const float infinity = __builtin_inff();
  for (size_t j = 0; j < p.n; j += 8) {
    const size_t columns = min<size_t>(8, p.n - j);
    for (size_t i = 0; i < 8; ++i) bias8[i] = p.bias && i < columns ? p.bias[j + i] : 0.0f;
    size_t k0 = 0;
    do {
      const size_t k = min(p.k - k0, k_part);
      const bool last = k0 + k == p.k;
      const float* b = p.b + (p.panels ? j * p.k + k0 * 8 : 0);
      if (!p.panels) {
        if (p.transposed) pack_f32_panel(packed, p.b + j * p.k + k0, 1, p.k, k, columns);
        else pack_f32_panel(packed, p.b + k0 * p.n + j, p.n, 1, k, columns);
        b = packed;
      }
      const Gemm g = {p.a + k0, p.k, b, 8, p.c + j, p.n, p.m, columns, k, k0 > 0, nullptr, k0 ? nullptr : bias8,
                      last ? p.low : -infinity, last ? p.high : infinity};
      gemm_f32_4x8_rows(g);
      k0 += k;
    } while (k0 < p.k);
  }
  return Status::ok;
}

void product_any(Type type, void* c, AnyMatrix a, AnyMatrix b, size_t m, size_t k, size_t n) {
  const bool real = has(float_types, type);
  for (size_t i = 0; i < m; ++i)
    for (size_t j = 0; j < n; ++j) {
      double sum = 0;
      uint64_t total = 0;
      for (size_t q = 0; q < k; ++q) {
        const size_t x = size_t(int64_t(i) * a.row + int64_t(q) * a.column), y = size_t(int64_t(q) * b.row + int64_t(j) * b.column);
        if (real) sum += load_real(type, a.at, x) * load_real(type, b.at, y);
        else total += uint64_t(load_int(type, a.at, x)) * uint64_t(load_int(type, b.at, y));
      }
      char* to = static_cast<char*>(c) + (i * n + j) * size_of(type);
      const int64_t whole = int64_t(total);
      if (real) store_reals(type, to, 1, 1, &sum);
      else store_ints(type, to, 1, 1, &whole);
    }
}

}  // namespace mote
