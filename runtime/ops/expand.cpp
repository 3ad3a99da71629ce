// Expand: broadcasts a tensor to a shape, by ONNX's multidirectional rule.
//   in   input [any], shape int64 [k]        out  same type, shape broadcast(input.shape, shape)
// Errors: bad_value, not_broadcastable, rank_limit.            Source: ONNX Expand-13.
#include "move.h"

namespace mote { namespace {

Status shape(Call& c) {
  const Value& x = c.in(0);
  int n;
  TRY(want_vector(c, 1, types(Type::i64), n));
  if (n > max_rank) return c.fail(Status::rank_limit, n, max_rank);
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  if (!c.known(1)) return c.set(0, x.type, n < 0 ? int(unknown_rank) : max(n, int(x.rank))), Status::ok;
  Value to;
  TRY(read_dims(c, 1, 0, to.dims, n));
  to.rank = int8_t(n);
  int64_t dims[max_rank];
  const int rank = max(n, int(x.rank));
  for (int i = 0; i < rank; ++i) {
    const int xi = i - (rank - x.rank), ti = i - (rank - n);
    const int64_t a = xi < 0 ? 1 : x.dims[xi], b = ti < 0 ? 1 : to.dims[ti];
    if (a >= 0 && a != 1 && b != 1 && a != b)
      return c.fail(Status::not_broadcastable, Arg::dims(x), Arg::dims(to));
    dims[i] = b == 1 ? a : b;
  }
  return c.set_dims(0, x.type, dims, rank);
}

}  // namespace

constinit const Op op_expand = { .in = {2, 2}, .shape = shape, .flags = inplace, .reads = 1 << 1 };

Status run_expand(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  if (y.data == x.data) return Status::ok;  // in place: as many bytes, so nothing was broadcast
  int64_t strides[max_rank];
  dense_strides(y.dims, y.rank, strides);
  Walk<2> w(y.dims, y.rank);
  if (w.empty) return Status::ok;
  w.operand(0, strides);
  w.broadcast(1, x);
  copy_walk(w, y, x);
  return Status::ok;
}

}  // namespace mote
