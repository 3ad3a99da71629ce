// Squeeze: takes axes of length 1 out of a shape.
//   in   data [any], axes int64 [k] (absent: every axis of length 1)        out  same elements and type
// A view. Errors: bad_axis, bad_shape.            Source: ONNX Squeeze-25.
#include "move.h"

namespace mote { namespace {

Status shape(Call& c) {
  const Value& x = c.in(0);
  int dropped = -1;
  TRY(c.want_type(1, types(Type::i64)));
  if (c.has_in(1) && known_rank(c.in(1)) && c.in(1).rank < 2)
    dropped = c.in(1).rank == 0 ? 1 : int(c.in(1).dims[0]);
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  if (c.has_in(1) && !c.known(1)) {
    c.set(0, x.type, dropped >= 0 && dropped <= x.rank ? x.rank - dropped : int(unknown_rank));
    return Status::ok;
  }
  unsigned drop = 0;
  if (c.has_in(1)) {
    int axes[max_rank], n;
    TRY(read_axes(c, 1, x.rank, axes, n));
    for (int i = 0; i < n; ++i) {
      TRY(c.want_dim(0, axes[i], 1));
      drop |= 1u << axes[i];
    }
  } else {
    for (int i = 0; i < x.rank; ++i) {
      if (x.dims[i] < 0) return c.set(0, x.type), Status::ok;
      if (x.dims[i] == 1) drop |= 1u << i;
    }
  }
  int64_t dims[max_rank];
  int rank = 0;
  for (int i = 0; i < x.rank; ++i)
    if (!(drop >> i & 1)) dims[rank++] = x.dims[i];
  return c.set_dims(0, x.type, dims, rank);
}

}  // namespace

constinit const Op op_squeeze = { .in = {1, 2}, .shape = shape, .flags = view, .reads = 1 << 1 };

}  // namespace mote
