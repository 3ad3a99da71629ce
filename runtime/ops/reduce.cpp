// The shapes and the walk of reductions (reduce.h).
#include "reduce.h"
#include "../element.h"
#include "../math.h"
#include "../walk.h"

namespace mote {
namespace {

// Bit i of `mask`: axis i is reduced. The axes, if given, are known.
Status reduced_axes(const Call& c, int rank, uint32_t& mask) {
  int64_t axes[max_rank * 4];
  int n = 0;
  if (c.has_in(1)) TRY(read_ints(c, 1, axes, max_rank * 4, n));
  mask = 0;
  if (n == 0 && !c.attrs<ReduceAttrs>().noop_with_empty_axes) mask = (1u << rank) - 1;
  for (int i = 0; i < n; ++i) {
    int axis;
    TRY(normalize_axis(c, axes[i], rank, axis));
    mask |= 1u << axis;
  }
  return Status::ok;
}

// What the reduction of nothing is before its end, as load_reals or load_ints gives it.
int64_t start_of(const Reduction& r, Type t, bool real) {
  if (r.start == Reduction::zero) return 0;
  if (r.start == Reduction::one) return real ? bits_as<int64_t>(1.0) : 1;
  if (real) return bits_as<int64_t>(-__builtin_inf());
  if (r.map == Map::turn)  // of what ~x gives: the greatest value of the type, turned
    return ~(has(signed_types, t) ? int64_max >> (64 - type_info[unsigned(t)].bits)
             : t == Type::boolean ? 1 : int64_t(~uint64_t(0) >> (64 - type_info[unsigned(t)].bits)));
  return has(signed_types, t) ? int64_t(~uint64_t(0) << (type_info[unsigned(t)].bits - 1)) : 0;
}

template <class T> [[gnu::noinline]] void map_reals(Map map, T* to, const T* from, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const T x = from[i];
    to[i] = map == Map::square ? x * x : map == Map::turn ? -x : x < 0 ? -x : x;
  }
}

void map_ints(Map map, int64_t* x, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const uint64_t v = uint64_t(x[i]);
    x[i] = int64_t(map == Map::square ? v * v : map == Map::turn ? ~v : x[i] < 0 ? 0 - v : v);
  }
}

// power: exp(x - m) with the greatest x of the same output, or without where that is not finite.
void map_powers(double* x, const double* m, size_t m_step, size_t n) {
  for (size_t i = 0; i < n; ++i, m += m_step)
    x[i] = math::exp(__builtin_fabs(*m) < __builtin_inf() ? x[i] - *m : x[i]);
}

// What a row of m 8-byte elements adds to its total, by halves: its rounding error grows with log m.
void fold_row(Loop combine, char* total, char* row, size_t m) {
  while (m > 1) {
    const size_t half = m / 2;
    combine(row, row, row + (m - half) * 8, half);
    m -= half;
  }
  combine(total, total, row, 1);
}

void reduce_f32(const Reduction& r, const Value& y, const Value& x, Walk<2>& w, size_t reduced) {
  const size_t size = count(y), chunk = r.map == Map::none ? row_chunk : block;
  const float start = r.start == Reduction::lowest ? -__builtin_inff() : 0;
  for (size_t i = 0; i < size; ++i) static_cast<float*>(y.data)[i] = start;
  // Rows of a few elements, such as the parts of complex numbers: a column of many of them at a time.
  const bool columns = !w.empty && w.rank == 1 && w.count <= 8 && !w.step[0] && w.strides[0][0] == 1 &&
                       w.strides[1][0] == w.count;
  for (size_t i = 0; columns && i < size; i += block) {
    const size_t n = min(size - i, block), many = size_t(w.count);
    float* to = static_cast<float*>(y.data) + i;
    for (size_t j = 0; j < many; ++j) {
      float column[block];
      const float* from = x.as<float>() + i * many + j;
      for (size_t k = 0; k < n; ++k) column[k] = from[k * many];
      if (r.map != Map::none) map_reals(r.map, column, column, n);
      r.combine->f32(to, to, 1, column, 1, n);
    }
  }
  if (!w.empty && !columns) do {
    float* to = static_cast<float*>(y.data) + size_t(w.at[0]);
    const float* from = x.as<float>() + size_t(w.at[1]);
    for (size_t i = 0; i < size_t(w.count); i += chunk) {
      const size_t n = min(size_t(w.count) - i, chunk);
      const float* row = from + i;
      float mapped[block];
      if (r.map != Map::none) map_reals(r.map, mapped, row, n), row = mapped;
      if (w.step[0]) {
        r.combine->f32(to + i, to + i, 1, row, 1, n);
      } else {
        const float part = r.row(row, n);
        r.combine->f32(to, to, 1, &part, 1, 1);
      }
    }
  } while (w.next());
  for (size_t i = 0; i < size && r.end != End::none; ++i) {
    float& v = static_cast<float*>(y.data)[i];
    v = r.end == End::mean ? v / float(reduced) : r.end == End::root ? __builtin_sqrtf(v) : -v;
  }
}

void end_real(End end, double* totals, size_t size, size_t n) {
  for (size_t i = 0; i < size; ++i) {
    double& v = totals[i];
    v = end == End::mean   ? v / double(n)
        : end == End::root ? __builtin_sqrt(v)
        : end == End::log  ? math::log(v)
                           : -v;
  }
}

void end_int(End end, int64_t* totals, size_t size, Type t, size_t n) {
  for (size_t i = 0; i < size; ++i) {
    int64_t& v = totals[i];
    if (end == End::turn) v = ~v;
    else if (end == End::root)
      v = int64_t(__builtin_sqrt(t == Type::u64 ? double(uint64_t(v)) : v < 0 ? 0 : double(v)));
    else if (n) v = t == Type::u64 ? int64_t(uint64_t(v) / n) : v / int64_t(n);
  }
}

// All of x into `totals` of 8-byte elements. shift: what Map::power takes off, by output.
void reduce_rows(const Reduction& r, char* totals, const double* shift, const Value& x, Walk<2> w,
                 bool real) {
  const Type t = x.type;
  const bool is_unsigned = t == Type::u64 && r.combine->unsigned64;
  const Loop combine = real ? r.combine->reals : is_unsigned ? r.combine->unsigned64 : r.combine->ints;
  if (!w.empty) do {
    char* to = totals + size_t(w.at[0]) * 8;
    const char* from = x.as<char>() + size_t(w.at[1]) * size_of(t);
    for (size_t i = 0; i < size_t(w.count); i += block) {
      alignas(16) char row[block * 8];
      auto* reals = reinterpret_cast<double*>(row);
      auto* ints = reinterpret_cast<int64_t*>(row);
      const size_t n = min(size_t(w.count) - i, block), step = w.step[0] ? 1 : 0;
      if (real) load_reals(t, from + i * size_of(t), 1, n, reals);
      else load_ints(t, from + i * size_of(t), 1, n, ints);
      if (r.map == Map::power) map_powers(reals, shift + size_t(w.at[0]) + i * step, step, n);
      else if (r.map != Map::none && real) map_reals(r.map, reals, reals, n);
      else if (r.map != Map::none) map_ints(r.map, ints, n);
      if (step) combine(to + i * 8, to + i * 8, row, n);
      else fold_row(combine, to, row, n);
    }
  } while (w.next());
}

Status reduce_generic(Call& c, const Reduction& r, const Value& y, const Value& x, Walk<2>& w,
                      size_t reduced) {
  const Type t = x.type;
  const bool real = has(float_types, t);
  const size_t size = count(y);
  const auto totals_of = [&](const Reduction& which) {
    auto* totals = c.scratch_of<int64_t>(size);
    const int64_t start = start_of(which, t, real);
    for (size_t i = 0; totals && i < size; ++i) totals[i] = start;
    return reinterpret_cast<char*>(totals);
  };
  double* greatest = nullptr;
  if (r.map == Map::power) {
    constexpr Reduction most = {.combine = &binary_max, .start = Reduction::lowest};
    greatest = reinterpret_cast<double*>(totals_of(most));
    if (!greatest) return c.no_memory(size);
    reduce_rows(most, reinterpret_cast<char*>(greatest), nullptr, x, w, real);
  }
  char* totals = totals_of(r);
  if (!totals) return c.no_memory(size);
  reduce_rows(r, totals, greatest, x, w, real);
  auto* reals = reinterpret_cast<double*>(totals);
  auto* ints = reinterpret_cast<int64_t*>(totals);
  if (r.end != End::none && real) end_real(r.end, reals, size, reduced);
  else if (r.end != End::none) end_int(r.end, ints, size, t, reduced);
  for (size_t i = 0; greatest && i < size; ++i)
    if (__builtin_fabs(greatest[i]) < __builtin_inf()) reals[i] += greatest[i];
  if (real) store_reals(t, y.data, 1, size, reals);
  else store_ints(t, y.data, 1, size, ints);
  return Status::ok;
}

}  // namespace

Status reduce_shape(Call& c, Types set) {
  TRY(c.want_type(0, set));
  TRY(c.want_type(1, types(Type::i64)));
  const Value& x = c.in(0);
  const ReduceAttrs& attrs = c.attrs<ReduceAttrs>();
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  if (c.has_in(1) && !c.known(1)) return c.set(0, x.type, attrs.keepdims ? x.rank : unknown_rank), Status::ok;
  uint32_t mask;
  TRY(reduced_axes(c, x.rank, mask));
  int64_t dims[max_rank];
  int rank = 0;
  for (int i = 0; i < x.rank; ++i)
    if (!(mask >> i & 1)) dims[rank++] = x.dims[i];
    else if (attrs.keepdims) dims[rank++] = 1;
  return c.set_dims(0, x.type, dims, rank);
}

Status reduce_run(Call& c, const Reduction& r) {
  uint32_t mask;
  TRY(reduced_axes(c, c.in(0).rank, mask));
  return reduce_apply(c, r, mask, c.out(0), c.in(0));
}

Status reduce_apply(Call& c, const Reduction& r, uint32_t mask, const Value& y, const Value& x) {
  // y's strides in the space of x: 0 along reduced axes.
  int64_t from[max_rank], to[max_rank], stride = 1;
  dense_strides(x.dims, x.rank, from);
  size_t reduced = 1;
  for (int i = x.rank - 1; i >= 0; --i) {
    to[i] = mask >> i & 1 ? 0 : stride;
    if (mask >> i & 1) reduced *= size_t(x.dims[i]);
    else if (!mul(stride, x.dims[i], stride)) stride = 0;  // nothing is there to be walked
  }
  Walk<2> w(x.dims, x.rank);
  w.operand(0, to);
  w.operand(1, from);
  w.start();
  if (x.type == Type::f32 && r.row) return reduce_f32(r, y, x, w, reduced), Status::ok;
  return reduce_generic(c, r, y, x, w, reduced);
}

}  // namespace mote
