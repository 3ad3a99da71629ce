#include "quantize.h"

namespace mote {

Range range_of(Type t) {
  const int bits = type_info[unsigned(t)].bits;
  const bool is_signed = has(signed_types | types(Type::i4, Type::i2), t);
  const int half = 1 << (bits - 1);
  return is_signed ? Range{-half, half - 1} : Range{0, 2 * half - 1};
}

void requantize(Type type, void* y, const int32_t* x, size_t n, float scale, int zero) {
  const Range r = range_of(type);
  for (size_t i = 0; i < n; ++i)
    static_cast<uint8_t*>(y)[i] = uint8_t(int(quantized(double(float(x[i]) * scale), zero, r)));
}

namespace {

bool single(const Value& v) { return v.rank == 0 || (v.rank == 1 && v.dims[0] == 1); }

Status grain_axis(const Call& c, const GrainAttrs& a, int& axis) {
  axis = 0;
  return c.in(0).rank == 1 && !a.block_size ? Status::ok : normalize_axis(c, a.axis, c.in(0).rank, axis);
}

}  // namespace

Status want_single(const Call& c, unsigned i) {
  if (!c.has_in(i) || !known_rank(c.in(i)) || !c.in(i).rank) return Status::ok;
  TRY(c.want_rank(i, 1));
  return c.want_dim(i, 0, 1);
}

Status want_channels(const Call& c, unsigned i, unsigned w) {
  if (!c.has_in(i) || !known_rank(c.in(i)) || single(c.in(i))) return Status::ok;
  TRY(c.want_rank(i, 1));
  return known_rank(c.in(w)) && c.in(i).dims[0] >= 0 ? c.want_dim(i, 0, c.in(w).dims[0]) : Status::ok;
}

Status check_grain(Call& c, const GrainAttrs& a) {
  const Value &x = c.in(0), &s = c.in(1);
  if (a.block_size < 0) return c.bad_attr("block_size", a.block_size, "at least 0");
  if (c.has_in(2) && known_rank(s) && known_rank(c.in(2))) {
    if (s.rank != c.in(2).rank && s.rank < 2 && c.in(2).rank < 2) {
      TRY(want_single(c, 1));
      TRY(want_single(c, 2));
    } else {
      TRY(c.want_rank(2, s.rank));
      for (int i = 0; i < s.rank; ++i) TRY(c.want_dim(2, i, s.dims[i]));
    }
  }
  if (!known_rank(x) || !known_rank(s) || (single(s) && !a.block_size)) return Status::ok;
  if (!a.block_size && s.rank == 1 && s.dims[0] < 0) return Status::ok;  // it may be one
  TRY(c.want_rank(1, a.block_size ? x.rank : 1));
  int axis;
  TRY(grain_axis(c, a, axis));
  if (!a.block_size) return c.want_dim(1, 0, x.dims[axis]);
  for (int i = 0; i < x.rank; ++i) {
    const int64_t d = x.dims[i];
    TRY(c.want_dim(1, i, i != axis || d < 1 ? d : (d - 1) / a.block_size + 1));
  }
  return Status::ok;
}

bool stretch(const Call& c, const GrainAttrs& a, size_t i, Stretch& s) {
  const Value& x = c.in(0);
  const Value& scale = c.in(1);
  if (single(scale) && !a.block_size) {
    s = {0, count(x), 0, 0};
    return i == 0;
  }
  int axis = 0;
  if (grain_axis(c, a, axis) != Status::ok) return false;
  const size_t outer = product(x, 0, axis), d = size_t(x.dims[axis]), inner = product(x, axis + 1, x.rank);
  if (!outer || !d || !inner) return false;
  const size_t parts = a.block_size ? size_t(scale.dims[axis]) : d,
               size = a.block_size ? size_t(a.block_size) : 1;
  if (inner == 1 && size == 1) {  // a scale for each
    s = {i * d, d, a.block_size ? i * d : 0, 1};
    return i < outer;
  }
  if (inner == 1) {  // blocks of neighbours
    const size_t first = i % parts * size;
    s = {i / parts * d + first, min(size, d - first), i, 0};
    return i < outer * parts;
  }
  s = a.block_size ? Stretch{i * inner, inner, (i / d * parts + i % d / size) * inner, 1}
                   : Stretch{i * inner, inner, i % d, 0};
  return i < outer * d;
}

Status check_along(const Call& c, unsigned i, unsigned of, int axis) {
  if (!c.has_in(i) || !known_rank(c.in(i)) || !known_rank(c.in(of)) || single(c.in(i))) return Status::ok;
  const Value &v = c.in(i), &m = c.in(of);
  const int64_t d = m.rank > 1 ? m.dims[m.rank + axis] : 1;
  if (v.rank == 1 && (axis == -1 || m.rank <= 2)) return v.dims[0] < 0 ? Status::ok : c.want_dim(i, 0, d);
  TRY(c.want_rank(i, m.rank));
  for (int k = 0; k < m.rank; ++k)
    TRY(c.want_dim(i, k, k < m.rank - 2 || k == m.rank + axis ? m.dims[k] : 1));
  return Status::ok;
}

void quantized_factors(const Call& c, const Batches& q, Factors f, WideMatrix& a, WideMatrix& b) {
  const auto one = [&](unsigned i, unsigned zero, size_t matrix, size_t rows, size_t columns, size_t n) {
    const Value& v = c.in(i);
    const char* at = v.as<char>() + matrix * rows * columns * size_of(v.type);
    const Value* z = c.has_in(zero) ? &c.in(zero) : nullptr;
    return WideMatrix{v.type, {at, int64_t(columns), 1}, z, along(z, matrix, 0, n), z && count(*z) > 1};
  };
  a = one(f.a, f.a_zero, q.a, q.m, q.k, q.m);
  b = one(f.b, f.b_zero, q.b, q.k, q.n, q.n);
}

}  // namespace mote
