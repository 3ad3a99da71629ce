#include "pool.h"

#include "../element.h"
#include "../kernels.h"
#include "../math.h"
#include "../parallel.h"
#include "../simd.h"
#include "half.h"

namespace mote {

Status pool_shape(Call& c, Types set, unsigned outputs) {
  TRY(c.want_type(0, set));
  TRY(c.want_min_rank(0, 3));
  const Value& x = c.in(0);
  const PoolAttrs& a = c.attrs<PoolAttrs>();
  if (!known_rank(x)) {
    c.set(0, x.type);
    if (outputs > 1 && c.has_out(1)) c.set(1, Type::i64);
    return Status::ok;
  }
  Windows w;
  TRY(make_windows(c, a.window, x.dims + 2, x.rank - 2, nullptr, a.ceil_mode != 0, w));
  int64_t dims[max_rank] = {x.dims[0], x.dims[1]};
  for (int i = 0; i < w.axes; ++i) dims[2 + i] = w.out[3 - w.axes + i];
  if (outputs > 1 && c.has_out(1)) TRY(c.set_dims(1, Type::i64, dims, x.rank));
  return c.set_dims(0, x.type, dims, x.rank);
}

namespace {

[[gnu::noinline]] double power(double x, double p) { return p == 1 ? x : p == 2 ? x * x : math::pow(x, p); }
[[gnu::noinline]] double root(double x, double p) {
  return p == 1 ? x : p == 2 ? __builtin_sqrt(x) : math::pow(x, 1 / p);
}

// Rows of outputs of one channel: `load(i)` gives element i of it as Number.
template <class Number, class Load, class Store>
void pool_plane(const Windows& w, Pool pool, bool include_pad, bool by_columns, int64_t base, Load load,
                Store store) {
  const bool greatest = pool == Pool::greatest;
  int64_t at = 0;
  for (int64_t o0 = 0; o0 < w.out[0]; ++o0)
    for (int64_t o1 = 0; o1 < w.out[1]; ++o1)
      for (int64_t o2 = 0; o2 < w.out[2]; ++o2, ++at) {
        const int64_t o[3] = {o0, o1, o2};
        int64_t start[3], end[3], size = 1, inside = 1;
        for (int d = 0; d < 3; ++d) {
          int64_t s = o[d] * w.stride[d] - w.pad[d];
          const int64_t e = min(s + (w.kernel[d] - 1) * w.dilation[d] + 1, w.in[d] + w.pad_end[d]);
          size *= ceil_div(max(e - s, int64_t(0)), w.dilation[d]);
          if (s < 0) s += ceil_div(-s, w.dilation[d]) * w.dilation[d];
          start[d] = s;
          end[d] = min(e, w.in[d]);
          inside *= max(int64_t(0), ceil_div(end[d] - start[d], w.dilation[d]));
        }
        Number best = 0;
        int64_t index = -1;
        for (int64_t i = start[0]; i < end[0]; i += w.dilation[0])
          for (int64_t j = start[1]; j < end[1]; j += w.dilation[1])
            for (int64_t k = start[2]; k < end[2]; k += w.dilation[2]) {
              const int64_t from = (i * w.in[1] + j) * w.in[2] + k;
              const Number v = load(from);
              if (!greatest) best += v;
              else if (index < 0 || v > best || v != v) {
                best = v;
                index = by_columns ? (k * w.in[1] + j) * w.in[0] + i : from;
              }
            }
        if (pool == Pool::mean && inside) best /= Number(include_pad ? size : inside);
        store(at, best, index < 0 ? index : base + index);
      }
}

// How many of the window's taps at output `o` of axis d count for a mean: those inside, or in the padding
// too.
float taps_of(const Windows& w, int d, int64_t o, bool include_pad) {
  int64_t s = o * w.stride[d] - w.pad[d];
  const int64_t end =
      min(s + (w.kernel[d] - 1) * w.dilation[d] + 1, w.in[d] + (include_pad ? w.pad_end[d] : 0));
  if (s < 0 && !include_pad) s += ceil_div(-s, w.dilation[d]) * w.dilation[d];
  return float(max(int64_t(1), ceil_div(end - s, w.dilation[d])));
}

constexpr int64_t line_floats = 64 * 1024;  // most of a padded row

// A padded row of a plane without depth, and what its windows need of it.
int64_t line_of(const Windows& w) {
  const int64_t needed = (w.out[2] - 1) * w.stride[2] + (w.kernel[2] - 1) * w.dilation[2] + 1;
  return max(needed, w.pad[2] + w.in[2]) + 8 * w.stride[2] + 8;  // kernels read on a little
}
bool lines_fit(const Windows& w) {
  const bool flat = w.in[0] == 1 && w.out[0] == 1 && w.kernel[0] == 1 && w.pad[0] == 0;
  return flat && w.kernel[2] < line_floats && w.stride[2] < line_floats && line_of(w) <= line_floats;
}

// f32 planes without depth (pool_f32.cpp).
Status pool_f32(Call& c, const Windows& w, bool greatest, bool include_pad) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const size_t planes = product(x, 0, 2), in = product(x, 2, x.rank), columns = size_t(w.out[2]),
               width = size_t(w.in[2]);
  const size_t line = size_t(line_of(w)), phases = size_t(w.stride[2]), n_taps = size_t(w.kernel[2]),
               wide = (line - 8) / phases;
  const unsigned threads = thread_count();
  // Rows whose columns are reduced before their neighbours are: what was just stored is slow to be read
  // across two stores (average_pool3x3_64_56 of tests/bench/kernels.mjs: 1.4; with strides, whose phases lie
  // between, it is 0.9).
  const size_t at_once = phases > 1 ? 1 : min<size_t>(8, size_t(w.out[1]));
  float* all_lines = c.scratch_of<float>(line * 2 * at_once * threads);
  int32_t* offsets = c.scratch_of<int32_t>(n_taps);
  float* counts = greatest ? nullptr : c.scratch_of<float>(columns);
  if (!all_lines || !offsets || (!greatest && !counts))
    return c.no_memory((line * 2 * at_once * threads + n_taps + columns) * 4);
  const float fill = greatest ? -__builtin_inff() : 0.0f;
  for (size_t i = 0; i < line * 2 * at_once * threads; ++i) all_lines[i] = fill;
  for (size_t t = 0; t < n_taps; ++t) {
    const size_t column = t * size_t(w.dilation[2]);
    offsets[t] = int32_t(column % phases * wide + column / phases);
  }
  for (size_t i = 0; counts && i < columns; ++i) counts[i] = taps_of(w, 2, int64_t(i), include_pad);
  const auto columns_of = [&](size_t p, int64_t o, float* lines) {
    float* data = lines + w.pad[2];
    const int64_t d = w.dilation[1], start = o * w.stride[1] - w.pad[1];
    const int64_t first = start < 0 ? start + ceil_div(-start, d) * d : start;
    const int64_t rows =
        max<int64_t>(0, ceil_div(min(start + (w.kernel[1] - 1) * d + 1, w.in[1]) - first, d));
    const float* from = x.as<float>() + p * in + size_t(first) * width;
    if (rows) (greatest ? lines_max_f32 : lines_sum_f32)(data, from, size_t(d) * width, size_t(rows), width);
    else for (size_t i = 0; i < width; ++i) data[i] = fill;
    if (phases > 1) phases_f32(lines + line, wide, lines, phases);
  };
  const auto row_of = [&](int64_t o, float* to, const float* lines) {
    (greatest ? taps_max_f32 : taps_sum_f32)(to, phases > 1 ? lines + line : lines, offsets, n_taps, columns);
    if (!counts) return;
    const float tall = taps_of(w, 1, o, include_pad);
    size_t j = 0;
    for (; j + 4 <= columns; j += 4) store4(to + j, load4(to + j) / (splat4(tall) * load4(counts + j)));
    for (; j < columns; ++j) to[j] /= tall * counts[j];
  };
  const auto one_plane = [&](size_t p, float* lines) {
    float* to = y.as<float>() + p * size_t(w.out[1]) * columns;
    for (int64_t from = 0; from < w.out[1]; from += int64_t(at_once)) {
      const int64_t n = min(w.out[1] - from, int64_t(at_once));
      for (int64_t r = 0; r < n; ++r) columns_of(p, from + r, lines + size_t(r) * line * 2);
      for (int64_t r = 0; r < n; ++r, to += columns) row_of(from + r, to, lines + size_t(r) * line * 2);
    }
  };
  parallel_for(planes, count(x) + count(y), [&](size_t from, size_t to, unsigned thread) {
    for (size_t p = from; p < to; ++p) one_plane(p, all_lines + thread * line * 2 * at_once);
  });
  return Status::ok;
}

}  // namespace

template <Status (*run)(Call&, Pool), Pool pool> Status again(Call& c) { return run(c, pool); }

Status pool_run(Call& c, Pool pool) {
  if (has(half_float_types, c.in(0).type) && pool != Pool::norm)
    return through_f32(c, pool == Pool::mean ? again<pool_run, Pool::mean> : again<pool_run, Pool::greatest>);
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const PoolAttrs& a = c.attrs<PoolAttrs>();
  Windows w;
  TRY(make_windows(c, a.window, x.dims + 2, x.rank - 2, nullptr, a.ceil_mode != 0, w));
  if (!count(y)) return Status::ok;
  if (pool != Pool::norm && x.type == Type::f32 && !c.has_out(1) && lines_fit(w))
    return pool_f32(c, w, pool == Pool::greatest, a.count_include_pad != 0);
  const size_t planes = product(x, 0, 2), in = product(x, 2, x.rank), out = product(y, 2, y.rank);
  int64_t* indices = c.has_out(1) ? c.out(1).as<int64_t>() : nullptr;
  for (size_t p = 0; p < planes; ++p) {
    const int64_t base = int64_t(p * in);
    int64_t* to_index = indices ? indices + p * out : nullptr;
    if (x.type == Type::f32 && pool != Pool::norm) {
      const float* from = x.as<float>() + p * in;
      float* to = y.as<float>() + p * out;
      pool_plane<float>(
          w, pool, a.count_include_pad != 0, a.storage_order != 0, base,
          [&](int64_t i) { return from[i]; },
          [&](int64_t i, float v, int64_t index) {
            to[i] = v;
            if (to_index) to_index[i] = index;
          });
    } else {
      pool_plane<double>(
          w, pool, a.count_include_pad != 0, a.storage_order != 0, base,
          [&](int64_t i) {
            const double v = element_at(x, size_t(base + i));
            return pool == Pool::norm ? power(__builtin_fabs(v), double(a.p)) : v;
          },
          [&](int64_t i, double v, int64_t index) {
            if (pool == Pool::norm) v = root(v, double(a.p));
            put_element(y, p * out + size_t(i), v);
            if (to_index) to_index[i] = index;
          });
    }
  }
  return Status::ok;
}

Status global_pool_shape(Call& c) {
  TRY(c.want_type(0, float_types));
  TRY(c.want_min_rank(0, 2));
  c.like(0, c.in(0));
  for (int i = 2; i < c.in(0).rank; ++i) c.out(0).dims[i] = 1;
  return Status::ok;
}

Status global_pool_run(Call& c, Pool pool, int64_t p) {
  const bool greatest = pool == Pool::greatest;
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const size_t planes = product(x, 0, 2), n = product(x, 2, x.rank);
  const auto one_plane = [&](size_t q) {
    if (x.type == Type::f32 && n && pool != Pool::norm) {
      const float* from = x.as<float>() + q * n;
      y.as<float>()[q] = greatest ? row_max_f32(from, n) : row_sum_f32(from, n) / float(n);
      return;
    }
    double best = greatest ? -__builtin_inf() : 0;
    for (size_t i = 0; i < n; ++i) {
      const double v = element_at(x, q * n + i);
      best = pool == Pool::norm   ? best + power(__builtin_fabs(v), double(p))
             : !greatest          ? best + v
             : v > best || v != v ? v
                                  : best;
    }
    if (pool == Pool::mean) best /= double(n);
    else if (!greatest) best = root(best, double(p));
    put_element(y, q, best);
  };
  parallel_for(planes, x.type == Type::f32 ? count(x) / 4 : 0, [&](size_t from, size_t to, unsigned) {
    for (size_t q = from; q < to; ++q) one_plane(q);
  });
  return Status::ok;
}

}  // namespace mote
