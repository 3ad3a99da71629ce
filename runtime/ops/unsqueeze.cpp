// Unsqueeze: puts axes of length 1 into a shape.
//   in   data [any], axes int64 [k], in [-r - k, r + k) of the output
//   out  same elements and type, rank r + k
// A view. Errors: bad_axis, bad_value (an axis comes twice), rank_limit.        Source: ONNX Unsqueeze-25.
#include "move.h"

namespace mote { namespace {

Status shape(Call& c) {
  const Value& x = c.in(0);
  const Value& a = c.in(1);
  TRY(c.want_type(1, types(Type::i64)));
  const int64_t k = !known_rank(a) ? -1 : a.rank == 0 ? 1 : a.dims[0];
  if (!known_rank(x) || k < 0) return c.set(0, x.type), Status::ok;
  if (k > max_rank - x.rank) return c.fail(Status::rank_limit, x.rank + k, max_rank);
  const int rank = x.rank + int(k);
  if (!c.known(1)) return c.set(0, x.type, rank), Status::ok;
  int axes[max_rank], n;
  TRY(read_axes(c, 1, rank, axes, n));
  int64_t dims[max_rank] = {};
  for (int i = 0; i < n; ++i) dims[axes[i]] = -1;
  for (int i = 0, from = 0; i < rank; ++i) dims[i] = dims[i] ? 1 : x.dims[from++];
  return c.set_dims(0, x.type, dims, rank);
}

}  // namespace

constinit const Op op_unsqueeze = { .in = {2, 2}, .shape = shape, .flags = view, .reads = 1 << 1 };

}  // namespace mote
