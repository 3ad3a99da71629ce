// The shapes and the walk of reductions (reduce.h).
#include "reduce.h"
#include "../element.h"
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

// Least value of a type as load_reals or load_ints gives it.
double lowest_real() { return -__builtin_inf(); }
int64_t lowest_int(Type t) {
  return has(signed_types, t) ? int64_t(~uint64_t(0) << (type_info[unsigned(t)].bits - 1)) : 0;
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

void reduce_f32(const Reduction& r, Value& y, const Value& x, Walk<2>& w, size_t reduced) {
  const size_t size = count(y);
  const float start = r.lowest ? -__builtin_inff() : 0;
  for (size_t i = 0; i < size; ++i) y.as<float>()[i] = start;
  if (!w.empty) do {
    float* to = y.as<float>() + size_t(w.at[0]);
    const float* from = x.as<float>() + size_t(w.at[1]);
    for (size_t i = 0; i < size_t(w.count); i += row_chunk) {
      const size_t n = min(size_t(w.count) - i, row_chunk);
      if (w.step[0]) {
        r.combine->f32(to + i, to + i, 1, from + i, 1, n);
      } else {
        const float part = r.row(from + i, n);
        r.combine->f32(to, to, 1, &part, 1, 1);
      }
    }
  } while (w.next());
  if (r.mean)
    for (size_t i = 0; i < size; ++i) y.as<float>()[i] /= float(reduced);
}

void divide(char* totals, size_t size, Type t, size_t n) {
  for (size_t i = 0; i < size; ++i) {
    if (has(float_types, t)) reinterpret_cast<double*>(totals)[i] /= double(n);
    else if (n == 0) continue;
    else if (t == Type::u64) reinterpret_cast<uint64_t*>(totals)[i] /= n;
    else reinterpret_cast<int64_t*>(totals)[i] /= int64_t(n);
  }
}

Status reduce_generic(Call& c, const Reduction& r, Value& y, const Value& x, Walk<2>& w, size_t reduced) {
  const Type t = x.type;
  const bool real = has(float_types, t);
  const bool is_unsigned = t == Type::u64 && r.combine->unsigned64;
  const Loop combine = real ? r.combine->reals : is_unsigned ? r.combine->unsigned64 : r.combine->ints;
  const size_t size = count(y);
  char* totals = c.scratch_of<char>(size * 8);
  if (!totals || size > size_t(-1) / 8) return c.no_memory(size);
  const int64_t start = !r.lowest ? 0 : real ? bits_as<int64_t>(lowest_real()) : lowest_int(t);
  for (size_t i = 0; i < size; ++i) memcpy(totals + i * 8, &start, 8);
  if (!w.empty) do {
    char* to = totals + size_t(w.at[0]) * 8;
    const char* from = x.as<char>() + size_t(w.at[1]) * size_of(t);
    for (size_t i = 0; i < size_t(w.count); i += block) {
      alignas(16) char row[block * 8];
      const size_t n = min(size_t(w.count) - i, block);
      if (real) load_reals(t, from + i * size_of(t), 1, n, reinterpret_cast<double*>(row));
      else load_ints(t, from + i * size_of(t), 1, n, reinterpret_cast<int64_t*>(row));
      if (w.step[0]) combine(to + i * 8, to + i * 8, row, n);
      else fold_row(combine, to, row, n);
    }
  } while (w.next());
  if (r.mean) divide(totals, size, t, reduced);
  if (real) store_reals(t, y.data, 1, size, reinterpret_cast<const double*>(totals));
  else store_ints(t, y.data, 1, size, reinterpret_cast<const int64_t*>(totals));
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
  const Value& x = c.in(0);
  Value& y = c.out(0);
  uint32_t mask;
  TRY(reduced_axes(c, x.rank, mask));
  // y's strides in the space of x: 0 along reduced axes.
  int64_t from[max_rank], to[max_rank], stride = 1;
  dense_strides(x.dims, x.rank, from);
  size_t reduced = 1;
  for (int i = x.rank - 1; i >= 0; --i) {
    to[i] = mask >> i & 1 ? 0 : stride;
    if (mask >> i & 1) reduced *= size_t(x.dims[i]);
    else stride *= x.dims[i];
  }
  Walk<2> w(x.dims, x.rank);
  w.operand(0, to);
  w.operand(1, from);
  w.start();
  if (x.type == Type::f32) return reduce_f32(r, y, x, w, reduced), Status::ok;
  return reduce_generic(c, r, y, x, w, reduced);
}

}  // namespace mote
