// Pad: puts elements around a tensor, or takes some off where pads are negative.
//   in   data [d0, ..., dn-1], pads int64 [2k] (all begins, then all ends), constant_value [],
//        axes int32 or int64 [k] (absent: all)
//   out  same type; every axis longer by its two pads
//   mode constant | reflect (without the border) | edge | wrap; pads longer than the axis go on so
// Errors: bad_axis, bad_shape, bad_value, too_large.            Source: ONNX Pad-25.
// What stays of the data goes to its place; then, from the last axis to the first, the margins are filled
// from complete slices.
#include "move.h"

namespace mote { namespace {

struct Attrs { Text mode; };
constexpr Attr attrs[] = { ATTR(Attrs, mode, "constant") };

struct Pads {
  int64_t begin[max_rank], end[max_rank];  // elements to add, negative to take off
  int64_t from[max_rank], to[max_rank];    // where the part that stays begins in the data and in the output
  int64_t dims[max_rank];                  // of the part that stays
};

// Expects a known rank, known pads and axes. Leaves `from`, `to` and `dims` alone.
Status read_pads(Call& c, Pads& p) {
  const Value& x = c.in(0);
  int64_t pads[2 * max_rank];
  int axes[max_rank], n, k = x.rank;
  for (int i = 0; i < x.rank; ++i) {
    axes[i] = i;
    p.begin[i] = p.end[i] = 0;
  }
  TRY(read_ints(c, 1, pads, 2 * max_rank, n));
  if (c.has_in(3)) TRY(read_axes(c, 3, x.rank, axes, k));
  if (n != 2 * k) return c.fail_in(1, Status::bad_shape, Arg::dims(c.in(1)), "two elements an axis");
  for (int i = 0; i < k; ++i) {
    p.begin[axes[i]] = pads[i];
    p.end[axes[i]] = pads[k + i];
  }
  return Status::ok;
}

// The part of an axis of `dim` elements that stays.
void place(Pads& p, int i, int64_t dim) {
  const int64_t off_begin = p.begin[i] < 0 ? min(dim, p.begin[i] < -dim ? dim : -p.begin[i]) : 0;
  const int64_t off_end = p.end[i] < 0 ? (p.end[i] < -dim ? dim : -p.end[i]) : 0;
  p.from[i] = off_begin;
  p.to[i] = max<int64_t>(p.begin[i], 0);
  p.dims[i] = max<int64_t>(dim - off_begin - off_end, 0);
}

Status out_dim(Call& c, Pads& p, int i, bool constant, int64_t& out) {
  const int64_t dim = c.in(0).dims[i];
  if (dim < 0) {
    out = p.begin[i] || p.end[i] ? c.fresh() : dim;
    return Status::ok;
  }
  int64_t pads;
  if (!add(p.begin[i], p.end[i], pads) || !add(dim, pads, out))
    return c.fail(Status::too_large, "a dimension", "more than 2^63 - 1");
  if (out < 0) return c.fail_in(1, Status::bad_value, pads, "no more taken off than there is");
  place(p, i, dim);
  if (!constant && out && !p.dims[i])
    return c.fail_in(0, Status::bad_shape, Arg::dims(c.in(0)), "something to repeat on every padded axis");
  return Status::ok;
}

Status shape(Call& c) {
  const Value& x = c.in(0);
  const Text mode = c.attrs<Attrs>().mode;
  const bool constant = mode == "constant";
  int n;
  if (!constant && !(mode == "reflect") && !(mode == "edge") && !(mode == "wrap"))
    return c.bad_attr("mode", mode, "constant, reflect, edge or wrap");
  TRY(want_vector(c, 1, types(Type::i64), n));
  TRY(c.want_same_type(2, 0));
  if (c.has_in(2) && known_rank(c.in(2)) && c.in(2).rank > 0) TRY(c.want_rank(2, 1));
  TRY(want_vector(c, 3, types(Type::i32, Type::i64), n));
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  if (!c.known(1) || (c.has_in(3) && !c.known(3))) return c.set(0, x.type, x.rank), Status::ok;
  Pads p;
  TRY(read_pads(c, p));
  int64_t dims[max_rank];
  for (int i = 0; i < x.rank; ++i) TRY(out_dim(c, p, i, constant, dims[i]));
  return c.set_dims(0, x.type, dims, x.rank);
}

// Which element of the part that stays (n > 0 elements) stands at position i, which may lie outside it.
int64_t source(char mode, int64_t i, int64_t n) {
  if (mode == 'e') return min(max<int64_t>(i, 0), n - 1);
  const int64_t period = mode == 'w' ? n : n > 1 ? 2 * (n - 1) : 1;
  i %= period;
  if (i < 0) i += period;
  return i < n ? i : period - i;
}

// Fills the margins of axis d, for every index of the axes before it that the data reaches.
void margins(const Pads& p, Value& y, int d, char mode) {
  const size_t bytes = size_of(y.type), inner = product(y, d + 1, y.rank) * bytes;
  int64_t strides[max_rank], offset = 0;
  dense_strides(y.dims, y.rank, strides);
  for (int i = 0; i < d; ++i) offset += p.to[i] * strides[i];
  Walk<1> w(p.dims, d);
  w.operand(0, strides, offset);
  w.start();
  const int64_t begin = p.to[d], n = p.dims[d], end = y.dims[d];
  do {
    for (int64_t r = 0; r < w.count; ++r) {
      char* to = y.as<char>() + size_t(w.at[0] + r * w.step[0]) * bytes;
      for (int64_t i = begin ? 0 : n; i < end; i = i + 1 == begin ? begin + n : i + 1)
        copy_block(to + size_t(i) * inner, to + size_t(begin + source(mode, i - begin, n)) * inner, inner);
    }
  } while (w.next());
}

// Copies the rows of x, and fills what lies between them: y is written once, in order.
void around(Walk<2>& w, Value& y, const Value& x, const char* value) {
  const size_t bytes = size_of(y.type);
  char *to = y.as<char>(), *const end = to + count(y) * bytes;
  const auto fill_to = [&](char* until) {
    const size_t n = size_t(until - to) / bytes;
    if (n > 32) fill(to, value, n, bytes);
    else copy_row(to, 1, value, 0, int64_t(n), bytes);
  };
  w.start();
  const int64_t rows = w.step[0] == 1 ? 1 : w.count, n = w.count / rows;  // elements apart are rows of one
  do {
    for (int64_t r = 0; r < rows; ++r) {
      char* at = y.as<char>() + size_t(w.at[0] + r * w.step[0]) * bytes;
      fill_to(at);
      copy_row(at, 1, x.as<char>() + size_t(w.at[1] + r * w.step[1]) * bytes, w.step[1], n, bytes);
      to = at + size_t(n) * bytes;
    }
  } while (w.next());
  fill_to(end);
}

}  // namespace

constinit const Op op_pad = { .in = {2, 4}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1 << 1 | 1 << 3 };

Status run_pad(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const size_t bytes = size_of(x.type);
  const char mode = c.attrs<Attrs>().mode.data[0];
  if (!count(y)) return Status::ok;
  Pads p;
  TRY(read_pads(c, p));
  for (int i = 0; i < x.rank; ++i) place(p, i, x.dims[i]);
  constexpr uint64_t zero[2] = {};
  const char* value =
      mode == 'c' && c.has_in(2) && count(c.in(2)) ? c.in(2).as<char>() : reinterpret_cast<const char*>(zero);
  Walk<2> w(p.dims, x.rank);
  // of other modes y is empty too
  if (w.empty) return fill(y.as<char>(), value, count(y), bytes), Status::ok;
  int64_t strides[max_rank], offset = 0;
  dense_strides(y.dims, y.rank, strides);
  for (int i = 0; i < x.rank; ++i) offset += p.to[i] * strides[i];
  w.operand(0, strides, offset);
  dense_strides(x.dims, x.rank, strides);
  offset = 0;
  for (int i = 0; i < x.rank; ++i) offset += p.from[i] * strides[i];
  w.operand(1, strides, offset);
  if (mode == 'c') return around(w, y, x, value), Status::ok;
  copy_walk(w, y, x);
  for (int d = y.rank - 1; d >= 0; --d)
    if (y.dims[d] != p.dims[d]) margins(p, y, d, mode);
  return Status::ok;
}

}  // namespace mote
