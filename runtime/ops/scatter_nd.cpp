// ScatterND: a copy of data with y[indices[i]] = f(y[indices[i]], updates[i]), slices by tuples of indices.
//   in   data [s1, ..., sk, after..] any type, indices int64 [n.., k], updates [n.., after..], type of data
//   out  y like data; may take its memory
//   reduction text = "none": the update, "add", "mul", "max", "min"; in order where a tuple comes twice
// Errors: bad_rank, bad_shape, bad_type, bad_attribute, index_range.            Source: ONNX ScatterND-18.
#include "scatter.h"

namespace mote { namespace {

struct Attrs { Text reduction; };
constexpr Attr attrs[] = { ATTR(Attrs, reduction, "none") };

Status shape(Call& c) {
  const Value &x = c.in(0), &q = c.in(1);
  Reduction f;
  TRY(read_reduction(c, c.attrs<Attrs>().reduction, f));
  TRY(c.want_type(1, types(Type::i64)));
  TRY(c.want_same_type(2, 0));
  TRY(c.want_min_rank(0, 1));
  TRY(c.want_min_rank(1, 1));
  c.like(0, x);
  if (!known_rank(x) || !known_rank(q)) return Status::ok;
  const int64_t k = q.dims[q.rank - 1];
  if (k > x.rank)
    return c.fail_in(1, Status::bad_shape, Arg::dims(q), "a last dimension of at most the rank of data");
  for (int i = 0; i < q.rank - 1; ++i) TRY(c.want_dim(2, i, q.dims[i]));
  if (k < 0) return Status::ok;
  TRY(c.want_rank(2, q.rank - 1 + x.rank - int(k)));
  for (int i = int(k); i < x.rank; ++i) TRY(c.want_dim(2, q.rank - 1 + i - int(k), x.dims[i]));
  return Status::ok;
}

}  // namespace

constinit const Op op_scatter_nd = {
    .in = {3, 3}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace_first};

Status run_scatter_nd(Call& c) {
  const Value &x = c.in(0), &q = c.in(1), &u = c.in(2);
  Value& y = c.out(0);
  Reduction f;
  TRY(read_reduction(c, c.attrs<Attrs>().reduction, f));
  const size_t bytes = size_of(y.type);
  if (y.data != x.data) memcpy(y.data, x.data, count(y) * bytes);
  const int k = int(q.dims[q.rank - 1]);
  const size_t n = product(q, 0, q.rank - 1), slice = product(x, k, x.rank);
  for (size_t i = 0; i < n; ++i) {
    size_t at;
    TRY(tuple_at(c, x.dims, k, q.as<int64_t>() + i * size_t(k), at));
    combine(f, y.type, y.as<char>() + at * slice * bytes, u.as<char>() + i * slice * bytes, slice);
  }
  return Status::ok;
}

}  // namespace mote
