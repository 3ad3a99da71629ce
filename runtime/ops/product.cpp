#include "product.h"

#include "../arena.h"
#include "../element.h"

namespace mote {
namespace {

constexpr size_t most_terms = 2'000'000;  // of one call of a kernel

size_t row_of_b(const Product& p) { return p.b_row ? p.b_row : p.transposed ? p.k : p.n; }

// One row. The kernels are called for some 64,000 weights at a time: an engine swaps in better code between
// two calls.
void one_row(const Product& p) {
  const size_t width = max<size_t>(24, 65536 / p.k / 24 * 24), b_row = row_of_b(p);
  for (size_t j = 0; j < p.n; j += width) {
    const size_t n = min(width, p.n - j);
    if (p.panels) gemv_f32_p8(p.c + j, p.a, p.k, p.b + j * p.k, p.k * 8, n);
    else if (p.transposed) gemv_f32_rows(p.c + j, p.a, p.k, p.b + j * b_row, b_row, n);
    else gemv_f32_plain(p.c + j, p.a, p.k, p.b + j, b_row, n);
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
  if (p.n == 1 && p.k && !p.turned && !p.panels && !p.a_row && !p.b_row && !p.c_row) {
    const size_t height = max<size_t>(4, 65536 / p.k / 4 * 4);
    for (size_t i = 0; i < p.m; i += height)
      gemv_f32_rows(p.c + i, p.b, p.k, p.a + i * p.k, p.k, min(height, p.m - i));
    const float bias = p.bias ? *p.bias : 0.0f;
    for (size_t i = 0; i < p.m; ++i) finish_row(p.c + i, &bias, 1, p.low, p.high);
    return Status::ok;
  }
  const size_t kb = k_block(p.k), mb = m_block(p.m, kb, product_block), a_row = p.a_row ? p.a_row : p.k;
  const size_t b_row = row_of_b(p), c_row = p.c_row ? p.c_row : p.n;
  // Four rows of a at a time, each of which is far from the next, take an eighth longer from the second-level
  // cache than a panel; packing them costs as much as some 20 columns.
  const bool pack = p.turned || (kb >= 384 && p.n >= 256 && p.m >= 16);
  // Panels of b a call: some 100 us, between which an engine swaps in better code.
  const size_t wide = p.panels ? max<size_t>(8, most_terms / (mb * max<size_t>(kb, 1)) / 8 * 8) : 8;
  TRY(room.want(c, (pack ? mb * kb : 0) + (p.panels ? 0 : 8 * kb) + 8));
  float *packed = room.at, *rows = packed + (p.panels ? 0 : 8 * kb);
  size_t k0 = 0;
  do {
    const size_t k = min(p.k - k0, kb);
    for (size_t m0 = 0; m0 < p.m; m0 += mb) {
      const size_t m = min(mb, p.m - m0);
      for (size_t i = 0; pack && i < m; i += 4) {
        const float* from = p.turned ? p.a + k0 * p.m + m0 + i : p.a + (m0 + i) * a_row + k0;
        pack_f32_p4(rows + i * k, from, p.turned ? p.m : 1, p.turned ? 1 : a_row, k, min<size_t>(4, m - i));
      }
      for (size_t j = 0; j < p.n; j += wide) {
        const size_t columns = min(wide, p.n - j);
        const float* b = p.b + j * p.k + k0 * 8;
        if (!p.panels) {
          if (p.transposed) pack_f32_p8(packed, p.b + j * b_row + k0, 1, b_row, k, columns);
          else pack_f32_p8(packed, p.b + k0 * b_row + j, b_row, 1, k, columns);
          b = packed;
        }
        Gemm g = {.a = pack ? rows : p.a + m0 * a_row + k0,
                  .a_step = pack ? k * 4 : a_row,
                  .b = b,
                  .b_panel = p.k * 8,
                  .c = p.c + m0 * c_row + j,
                  .c_row = c_row,
                  .rows = m,
                  .columns = columns,
                  .k = k,
                  .add = k0 > 0,
                  .column_bias = p.bias ? p.bias + j : nullptr};
        if (k0 + k == p.k) {
          g.low = p.low;
          g.high = p.high;
        }
        (pack ? gemm_f32_4x8 : gemm_f32_4x8_rows)(g);
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

namespace {

// Tiles: m, k, n. A wider n saves widening of a, a taller m that of b.
constexpr size_t wide_m = 128, wide_k = 256, wide_n = 512;

// to [rows, n] = `rows` of n elements of w from (i, j) on; turned: of the transposed matrix, which has the
// zero points.
void widen(const WideMatrix& w, size_t i, size_t j, size_t rows, size_t n, bool along_rows, float* to) {
  for (size_t r = 0; r < rows; ++r, to += n) {
    const char* from = static_cast<const char*>(w.m.at) +
                       size_t(int64_t(i + r) * w.m.row + int64_t(j) * w.m.column) * size_of(w.type);
    load_floats(w.type, from, w.m.column, n, to);
    if (w.zero) {
      float zero[wide_n];
      const size_t at = w.zero_at + (along_rows ? i + r : j) * w.zero_step;
      load_floats(w.type, w.zero->as<char>() + at * size_of(w.type), along_rows ? 0 : int64_t(w.zero_step), n,
                  zero);
      for (size_t q = 0; q < n; ++q) to[q] -= zero[q];
    }
  }
}

}  // namespace

Status product_wide(Call& c, const WideMatrix& a, const WideMatrix& b, size_t m, size_t k, size_t n,
                    StoreSums store, const void* to) {
  const Arena::Mark mark = c.env.scratch->mark();
  const size_t mt = min(m, wide_m), kt = min(k, wide_k), nt = min(n, wide_n);
  float* parts = c.scratch_of<float>(mt * kt + kt * nt + mt * nt);
  double* sums = c.scratch_of<double>(mt * nt);
  if (!parts || !sums) return c.no_memory(mt * nt * 8);
  float *fa = parts, *fb = fa + mt * kt, *fc = fb + kt * nt;
  Room room;
  for (size_t j = 0; j < n; j += nt)
    for (size_t i = 0; i < m; i += mt) {
      const size_t rows = min(mt, m - i), columns = min(nt, n - j);
      memset(sums, 0, rows * columns * sizeof(double));
      for (size_t q = 0; q < k; q += kt) {
        const size_t depth = min(kt, k - q);
        widen(a, i, q, rows, depth, true, fa);
        widen(b, q, j, depth, columns, false, fb);
        TRY(product_f32(c, {.a = fa, .b = fb, .c = fc, .m = rows, .k = depth, .n = columns}, room));
        for (size_t e = 0; e < rows * columns; ++e) sums[e] += double(fc[e]);
      }
      for (size_t r = 0; r < rows; ++r) store(to, i + r, j, sums + r * columns, columns);
    }
  c.env.scratch->rewind(mark);
  return Status::ok;
}

void store_dense(const void* dense, size_t i, size_t j, const double* sums, size_t n) {
  const Dense& d = *static_cast<const Dense*>(dense);
  char* at = static_cast<char*>(d.at) + (i * d.row + j) * size_of(d.type);
  if (has(float_types, d.type)) return store_reals(d.type, at, 1, n, sums);
  for (size_t q = 0; q < n; q += block) {
    int64_t whole[block];
    const size_t count = min(block, n - q);
    for (size_t e = 0; e < count; ++e) whole[e] = int64_t(sums[q + e]);
    store_ints(d.type, at + q * size_of(d.type), 1, count, whole);
  }
}

Status product_shape(Call& c, unsigned ia, unsigned ib, Type type) {
  const Value &a = c.in(ia), &b = c.in(ib);
  TRY(c.want_min_rank(ia, 1));
  TRY(c.want_min_rank(ib, 1));
  if (!known_rank(a) || !known_rank(b)) return c.set(0, type), Status::ok;
  const int64_t ka = a.dims[a.rank - 1], kb = b.dims[b.rank == 1 ? 0 : b.rank - 2];
  int64_t k;
  if (!dim_merge(ka, kb, k)) return c.fail_in(ib, Status::bad_shape, Arg::dims(b), ka);
  int64_t dims[max_rank];
  const int rank = max(max(int(a.rank), int(b.rank)), 2), batch = rank - 2;
  for (int i = 0; i < batch; ++i) {
    const int i_a = i - (rank - a.rank), i_b = i - (rank - b.rank);
    const int64_t da = a.rank > 2 && i_a >= 0 ? a.dims[i_a] : 1,
                  db = b.rank > 2 && i_b >= 0 ? b.dims[i_b] : 1;
    if (da == 1) dims[i] = db;
    else if (db == 1) dims[i] = da;
    else if (!dim_merge(da, db, dims[i]))
      return c.fail(Status::not_broadcastable, Arg::dims(a), Arg::dims(b));
  }
  int n = batch;
  if (a.rank > 1) dims[n++] = a.dims[a.rank - 2];
  if (b.rank > 1) dims[n++] = b.dims[b.rank - 1];
  return c.set_dims(0, type, dims, n);
}

Batches::Batches(const Value& va, const Value& vb)
    : m(va.rank > 1 ? size_t(va.dims[va.rank - 2]) : 1), k(size_t(va.dims[va.rank - 1])),
      n(vb.rank > 1 ? size_t(vb.dims[vb.rank - 1]) : 1) {
  if (vb.rank <= 2) {
    m *= va.rank > 2 ? product(va, 0, va.rank - 2) : 1;
    return;
  }
  axes = max(int(va.rank), int(vb.rank)) - 2;
  int64_t sa = 1, sb = 1;
  for (int i = axes - 1; i >= 0; --i) {
    const int i_a = i - (axes + 2 - va.rank), i_b = i - (axes + 2 - vb.rank);
    const int64_t da = va.rank > 2 && i_a >= 0 ? va.dims[i_a] : 1, db = i_b >= 0 ? vb.dims[i_b] : 1;
    dims[i] = da == 1 ? db : da;
    a_strides[i] = da == 1 ? 0 : sa;
    b_strides[i] = db == 1 ? 0 : sb;
    sa *= da;
    sb *= db;
    total *= size_t(dims[i]);
  }
}

void Batches::seek(size_t t) {
  a = b = 0;
  for (int i = axes - 1; i >= 0; --i) {
    const size_t index = t % size_t(dims[i]);
    t /= size_t(dims[i]);
    a += index * size_t(a_strides[i]);
    b += index * size_t(b_strides[i]);
  }
}

}  // namespace mote
