// Tile: repeats a tensor along its axes.
//   in   input [d0, ..., dn-1], repeats int64 [n]        out  [d0 * repeats[0], ...], same type
// Errors: bad_shape, bad_value (below 0), too_large.            Source: ONNX Tile-13.
// Each row goes to its first place in the output; then, from the last axis to the first, what is complete
// is repeated.
#include "move.h"

namespace mote { namespace {

Status shape(Call& c) {
  const Value& x = c.in(0);
  int n;
  TRY(want_vector(c, 1, types(Type::i64), n));
  if (known_rank(x)) TRY(c.want_dim(1, 0, x.rank));
  if (n > max_rank) return c.fail(Status::rank_limit, n, max_rank);
  if (!known_rank(x) || !c.known(1)) return c.set(0, x.type, known_rank(x) ? x.rank : n), Status::ok;
  int64_t dims[max_rank];
  TRY(read_dims(c, 1, 0, dims, n));
  for (int i = 0; i < n; ++i) TRY(dim_mul(c, x.dims[i], dims[i], dims[i]));
  return c.set_dims(0, x.type, dims, n);
}

// Repeats the blocks of axis d: a block is x.dims[d] complete slices of the output.
void repeat(const Value& x, Value& y, int d) {
  const size_t inner = product(y, d + 1, y.rank) * size_of(y.type);
  const size_t block = size_t(x.dims[d]) * inner, whole = size_t(y.dims[d]) * inner;  // bytes
  int64_t strides[max_rank];
  dense_strides(y.dims, y.rank, strides);
  Walk<1> w(x.dims, d);
  w.operand(0, strides);
  w.start();
  do {
    for (int64_t i = 0; i < w.count; ++i) {
      char* to = y.as<char>() + size_t(w.at[0] + i * w.step[0]) * size_of(y.type);
      for (size_t done = block; done < whole;) {
        const size_t more = min(done, whole - done);
        memcpy(to + done, to, more);
        done += more;
      }
    }
  } while (w.next());
}

}  // namespace

constinit const Op op_tile = { .in = {2, 2}, .shape = shape, .flags = inplace, .reads = 1 << 1 };

Status run_tile(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  if (!count(y) || y.data == x.data) return Status::ok;  // in place: as many bytes, so nothing is repeated
  int64_t strides[max_rank];
  Walk<2> w(x.dims, x.rank);
  dense_strides(y.dims, y.rank, strides);
  w.operand(0, strides);
  dense_strides(x.dims, x.rank, strides);
  w.operand(1, strides);
  copy_walk(w, y, x);
  for (int d = y.rank - 1; d >= 0; --d)
    if (y.dims[d] != x.dims[d]) repeat(x, y, d);
  return Status::ok;
}

}  // namespace mote
