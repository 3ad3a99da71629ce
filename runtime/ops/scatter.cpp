#include "scatter.h"

#include "../element.h"

namespace mote {
namespace {

// NaN where either is NaN.
double greatest(double a, double b) { return a >= b || a != a ? a : b; }

double reduce(Reduction f, double a, double b) {
  switch (f) {
    case Reduction::add: return a + b;
    case Reduction::mul: return a * b;
    case Reduction::max: return greatest(a, b);
    case Reduction::min: return -greatest(-a, -b);
    case Reduction::none: break;
  }
  return b;
}

int64_t reduce(Reduction f, int64_t a, int64_t b, uint64_t flip) {  // flip: the top bit of uint64
  const bool less = int64_t(uint64_t(a) ^ flip) < int64_t(uint64_t(b) ^ flip);
  switch (f) {
    case Reduction::add: return int64_t(uint64_t(a) + uint64_t(b));
    case Reduction::mul: return int64_t(uint64_t(a) * uint64_t(b));
    case Reduction::max: return less ? b : a;
    case Reduction::min: return less ? a : b;
    case Reduction::none: break;
  }
  return b;
}

void combine_complex(Reduction f, Type parts, char* to, const char* from) {
  double a[2], b[2];
  load_reals(parts, to, 1, 2, a);
  load_reals(parts, from, 1, 2, b);
  const double sum[2] = {a[0] + b[0], a[1] + b[1]};
  const double by[2] = {a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]};
  store_reals(parts, to, 1, 2, f == Reduction::add ? sum : by);
}

}  // namespace

Status read_reduction(const Call& c, Text name, Reduction& out) {
  static const char* const names[] = {"none", "add", "mul", "max", "min"};
  unsigned i = 0;
  while (i < 5 && !(name == names[i])) ++i;
  if (i == 5) return c.bad_attr("reduction", name, "none, add, mul, max or min");
  out = Reduction(i);
  const Types ordered = real_types;
  return i == 0 ? Status::ok : c.want_type(0, i < 3 ? ordered | complex_types : ordered);
}

void combine(Reduction f, Type type, char* to, const char* from, size_t n) {
  const size_t bytes = size_of(type);
  if (f == Reduction::none) {
    if (n) copy_block(to, from, n * bytes);
    return;
  }
  const bool real = has(float_types | small_float_types, type);
  const uint64_t flip = type == Type::u64 ? 1ull << 63 : 0;
  for (size_t i = 0; i < n; i += 64, to += bytes * 64, from += bytes * 64) {
    const size_t m = min<size_t>(n - i, 64);
    union {
      double reals[64];
      int64_t ints[64];
    } a, b;
    if (has(complex_types, type)) {
      for (size_t k = 0; k < m; ++k)
        combine_complex(f, type == Type::c64 ? Type::f32 : Type::f64, to + k * bytes, from + k * bytes);
    } else if (real) {
      load_reals(type, to, 1, m, a.reals);
      load_reals(type, from, 1, m, b.reals);
      for (size_t k = 0; k < m; ++k) a.reals[k] = reduce(f, a.reals[k], b.reals[k]);
      store_reals(type, to, 1, m, a.reals);
    } else {
      load_ints(type, to, 1, m, a.ints);
      load_ints(type, from, 1, m, b.ints);
      for (size_t k = 0; k < m; ++k) a.ints[k] = reduce(f, a.ints[k], b.ints[k], flip);
      store_ints(type, to, 1, m, a.ints);
    }
  }
}

Status check_elements(Call& c, int64_t axis_) {
  const Value &x = c.in(0), &q = c.in(1);
  TRY(c.want_type(1, types(Type::i32, Type::i64)));
  TRY(c.want_min_rank(0, 1));
  TRY(c.want_min_rank(1, 1));
  if (!known_rank(x)) return Status::ok;
  int axis;
  TRY(normalize_axis(c, axis_, x.rank, axis));
  TRY(c.want_rank(1, x.rank));
  for (int i = 0; known_rank(q) && i < x.rank; ++i)
    if (i != axis && x.dims[i] >= 0 && q.dims[i] > x.dims[i])
      return c.fail_in(1, Status::bad_shape, Arg::dims(q), Arg::dims(x));
  return Status::ok;
}

Status move_elements(Call& c, int64_t axis_, Value& y, const Value& x, bool scatter, Reduction f) {
  const Value &data = c.in(0), &q = c.in(1);
  int axis;
  TRY(normalize_axis(c, axis_, data.rank, axis));
  int64_t dense[max_rank], strides[max_rank];
  dense_strides(q.dims, q.rank, dense);
  dense_strides(data.dims, data.rank, strides);
  const int64_t s = data.dims[axis], stride = strides[axis];
  strides[axis] = 0;
  Walk<2> w(q.dims, q.rank);
  if (w.empty) return Status::ok;
  w.operand(0, dense);
  w.operand(1, strides);
  w.start();
  const size_t bytes = size_of(data.type);
  do {
    for (int64_t i = 0; i < w.count; ++i) {
      const size_t at = size_t(w.at[0] + i * w.step[0]);
      int64_t index = q.type == Type::i64 ? q.as<int64_t>()[at] : q.as<int32_t>()[at];
      if (index < -s || index >= s) return c.fail(Status::index_range, index, -s, s);
      if (index < 0) index += s;
      const size_t there = size_t(w.at[1] + i * w.step[1] + index * stride);
      if (scatter) combine(f, data.type, y.as<char>() + there * bytes, x.as<char>() + at * bytes, 1);
      else copy_block(y.as<char>() + at * bytes, x.as<char>() + there * bytes, bytes);
    }
  } while (w.next());
  return Status::ok;
}

}  // namespace mote
