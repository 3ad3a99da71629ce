// GatherND: slices of `data` chosen by tuples of indices.
//   in   data [b.., s1, ..., sk, after..], indices int64 [b.., n.., k]
//   out  [b.., n.., after..], type of data
//   batch_dims int = 0: how many leading axes b.. are walked together; indices in [-s, s)
// Errors: bad_attribute, bad_rank, bad_shape, index_range.            Source: ONNX GatherND-13.
#include "move.h"

namespace mote { namespace {

struct Attrs { int64_t batch_dims; };
constexpr Attr attrs[] = { ATTR(Attrs, batch_dims, 0) };

Status shape(Call& c) {
  const Value& x = c.in(0);
  const Value& q = c.in(1);
  const int64_t b = c.attrs<Attrs>().batch_dims;
  TRY(c.want_type(1, types(Type::i64)));
  TRY(c.want_min_rank(0, 1));
  TRY(c.want_min_rank(1, 1));
  if (b < 0 || (known_rank(x) && b >= x.rank) || (known_rank(q) && b >= q.rank))
    return c.bad_attr("batch_dims", b, "less than both ranks");
  if (!known_rank(x) || !known_rank(q)) return c.set(0, x.type), Status::ok;
  int64_t dims[2 * max_rank];
  int rank = 0;
  for (; rank < q.rank - 1; ++rank) {
    dims[rank] = q.dims[rank];
    if (rank >= b) continue;
    TRY(c.want_dim(1, rank, x.dims[rank]));
    dim_merge(x.dims[rank], q.dims[rank], dims[rank]);
  }
  const int64_t k = q.dims[q.rank - 1];
  if (k < 0) return c.set(0, x.type), Status::ok;
  if (k < 1 || k > x.rank - b)
    return c.fail_in(1, Status::bad_shape, Arg::dims(q),
                     "a last dimension of 1 to the axes behind the batch");
  for (int i = int(b + k); i < x.rank; ++i) dims[rank++] = x.dims[i];
  return c.set_dims(0, x.type, dims, rank);
}

}  // namespace

constinit const Op op_gather_nd = { .in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape };

Status run_gather_nd(Call& c) {
  const Value& x = c.in(0);
  const Value& q = c.in(1);
  const int b = int(c.attrs<Attrs>().batch_dims), k = int(q.dims[q.rank - 1]);
  const size_t batches = product(q, 0, b), n = product(q, b, q.rank - 1);
  const size_t bytes = product(x, b + k, x.rank) * size_of(x.type);
  const size_t batch_bytes = product(x, b, b + k) * bytes;
  const int64_t* tuple = q.as<int64_t>();
  char* to = c.out(0).as<char>();
  for (size_t o = 0; o < batches; ++o)
    for (size_t i = 0; i < n; ++i, tuple += k, to += bytes) {
      size_t at;
      TRY(tuple_at(c, x.dims + b, k, tuple, at));
      if (bytes) copy_block(to, x.as<char>() + o * batch_bytes + at * bytes, bytes);
    }
  return Status::ok;
}

}  // namespace mote
