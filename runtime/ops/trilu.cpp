// Trilu, also of com.microsoft: the upper or lower triangle of matrices, zeros elsewhere.
//   in   x [..., rows, columns]  bool, string, floats, integers, complex      out  y  the same
//        k scalar or [1]  i64, optional: 0: the diagonal, upwards
//   upper int = 1: y[i, j] = x[i, j] where j >= i + k; 0: where j <= i + k
// May run in place.
// Errors: bad_type, bad_rank, bad_shape.            Source: ONNX Trilu-14.
#include "move.h"

namespace mote {
namespace {

struct Attrs { int64_t upper; };
constexpr Attr attrs[] = {ATTR(Attrs, upper, 1)};

Status shape(Call& c) {
  TRY(c.want_type(0, number_types | complex_types | types(Type::boolean, Type::str)));
  TRY(c.want_min_rank(0, 2));
  TRY(c.want_type(1, types(Type::i64)));
  if (c.has_in(1) && known_rank(c.in(1)) && c.in(1).rank) {
    TRY(c.want_rank(1, 1));
    TRY(c.want_dim(1, 0, 1));
  }
  c.like(0, c.in(0));
  return Status::ok;
}

}  // namespace

constinit const Op op_trilu = {.in = {1, 2}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};
constinit const Op op_ms_trilu = {.in = {1, 2}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};
Status run_ms_trilu(Call& c) { return run_trilu(c); }

Status run_trilu(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const bool upper = c.attrs<Attrs>().upper;
  const int64_t k = c.has_in(1) ? *c.in(1).as<int64_t>() : 0;
  const size_t size = size_of(x.type), rows = product(x, 0, x.rank - 1);
  const int64_t columns = x.dims[x.rank - 1];
  for (size_t r = 0; r < rows; ++r) {
    const int64_t i = int64_t(r) % x.dims[x.rank - 2];
    int64_t split;  // of the columns: to the left of it, and from it on
    if (!add(i, k, split) || (!upper && !add(split, int64_t(1), split))) split = columns;
    const size_t left = size_t(min(max(split, int64_t(0)), columns)) * size, row = size_t(columns) * size;
    char* to = y.as<char>() + r * row;
    const char* from = x.as<char>() + r * row;
    if (upper) memset(to, 0, left);
    else memset(to + left, 0, row - left);
    if (to == from) continue;
    if (upper) memcpy(to + left, from + left, row - left);
    else memcpy(to, from, left);
  }
  return Status::ok;
}

}  // namespace mote
