// Concat: tensors behind one another along `axis`.
//   in   inputs..., shapes equal but for `axis`        out  same type, the sum along `axis`
//   axis int, in [-n, n)
// Errors: bad_axis, bad_rank, bad_shape, bad_type.            Source: ONNX Concat-13.
#include "../parallel.h"
#include "move.h"

namespace mote { namespace {

struct Attrs { int64_t axis; };
constexpr Attr attrs[] = { REQUIRED(Attrs, axis) };

Status shape(Call& c) {
  const Type type = c.in(0).type;
  int rank = unknown_rank, axis = 0;
  int64_t dims[max_rank], sum = 0;
  bool whole = true;  // every rank is known
  for (unsigned k = 0; k < c.n_in; ++k) {
    if (!c.has_in(k)) return c.fail(Status::missing_input, k);
    TRY(c.want_same_type(k, 0));
    const Value& v = c.in(k);
    if (!known_rank(v)) {
      whole = false;
      continue;
    }
    if (rank < 0) {
      rank = v.rank;
      TRY(normalize_axis(c, c.attrs<Attrs>().axis, rank, axis));
      for (int i = 0; i < rank; ++i) dims[i] = v.dims[i];
    }
    TRY(c.want_rank(k, rank));
    for (int i = 0; i < rank; ++i) {
      if (i == axis) continue;
      TRY(c.want_dim(k, i, dims[i]));
      dim_merge(dims[i], v.dims[i], dims[i]);
    }
    TRY(dim_add(c, sum, v.dims[axis], sum));
  }
  if (rank < 0) return c.set(0, type), Status::ok;
  dims[axis] = whole ? sum : c.fresh();
  return c.set_dims(0, type, dims, rank);
}

// n rows of `size` bytes, a chunk at a time on all threads; those of `to` are `step` apart.
void copy_rows(char* to, size_t step, const char* from, size_t size, size_t n) {
  constexpr size_t chunk = 65536;
  const size_t chunks = (size + chunk - 1) / chunk;
  parallel_for(n * chunks, uint64_t(n) * size / 16, [&](size_t first, size_t end, unsigned) {
    for (size_t i = first; i < end; ++i) {
      const size_t row = chunks > 1 ? i / chunks : i, at = (i - row * chunks) * chunk;
      memcpy(to + row * step + at, from + row * size + at, min(chunk, size - at));
    }
  });
}

}  // namespace

constinit const Op op_concat = { .in = {1, many}, ATTRS(Attrs, attrs), .shape = shape };

Status run_concat(Call& c) {
  Value& y = c.out(0);
  int axis;
  TRY(normalize_axis(c, c.attrs<Attrs>().axis, y.rank, axis));
  const size_t bytes = size_of(y.type);
  const size_t outer = product(y, 0, axis), row = product(y, axis, y.rank);  // elements
  if (!count(y)) return Status::ok;
  char* to = y.as<char>();
  for (unsigned k = 0; k < c.n_in; ++k) {
    const Value& x = c.in(k);
    const size_t n = product(x, axis, x.rank);
    const char* from = x.as<char>();
    if (!n) continue;
    if (n == 1) copy_row(to, int64_t(row), from, 1, int64_t(outer), bytes);
    else copy_rows(to, row * bytes, from, n * bytes, outer);
    to += n * bytes;
  }
  return Status::ok;
}

}  // namespace mote
