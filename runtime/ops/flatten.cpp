// Flatten: a matrix of the axes before `axis` by the others.
//   in   x [d0, ..., dn-1]        out  [d0 * ... * d(axis-1), d(axis) * ... * dn-1], same type
//   axis int = 1, in [-n, n]
// A view. Errors: bad_axis.            Source: ONNX Flatten-25.
#include "move.h"

namespace mote { namespace {

struct Attrs { int64_t axis; };
constexpr Attr attrs[] = { ATTR(Attrs, axis, 1) };

Status shape(Call& c) {
  const Value& x = c.in(0);
  if (!known_rank(x)) return c.set(0, x.type, 2), Status::ok;
  int axis = x.rank;
  if (const int64_t a = c.attrs<Attrs>().axis; a != x.rank) TRY(normalize_axis(c, a, x.rank, axis));
  int64_t dims[2] = {1, 1};
  for (int i = 0; i < x.rank; ++i) TRY(dim_mul(c, dims[i >= axis], x.dims[i], dims[i >= axis]));
  return c.set_dims(0, x.type, dims, 2);
}

}  // namespace

constinit const Op op_flatten = { .in = {1, 1}, ATTRS(Attrs, attrs), .shape = shape, .flags = view };

}  // namespace mote
