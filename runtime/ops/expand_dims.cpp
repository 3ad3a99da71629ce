// ExpandDims (com.microsoft): puts an axis of length 1 into a shape.
//   in   x    any type
//        axis scalar or [1]  i32, in [-r - 1, r]        out  y  same elements and type, rank r + 1
// A view. Errors: bad_type, bad_rank, bad_shape, bad_axis, rank_limit.        Source: onnxruntime's
//   ContribOperators.
#include "../element.h"
#include "../op.h"

namespace mote {
namespace {

Status shape(Call& c) {
  const Value &x = c.in(0), &a = c.in(1);
  TRY(c.want_type(1, types(Type::i32)));
  if (known_rank(a) && a.rank) {
    TRY(c.want_rank(1, 1));
    TRY(c.want_dim(1, 0, 1));
  }
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  const int rank = x.rank + 1;
  if (rank > max_rank) return c.fail(Status::rank_limit, rank, max_rank);
  if (!a.data) return c.set(0, x.type, rank), Status::ok;
  int axis;
  TRY(normalize_axis(c, load_int(a.type, a.data, 0), rank, axis));
  int64_t dims[max_rank];
  for (int i = 0; i < rank; ++i) dims[i] = i == axis ? 1 : x.dims[i < axis ? i : i - 1];
  return c.set_dims(0, x.type, dims, rank);
}

}  // namespace

constinit const Op op_expand_dims = {.in = {2, 2}, .shape = shape, .flags = view, .reads = 1 << 1};

}  // namespace mote
