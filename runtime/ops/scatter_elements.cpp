// ScatterElements: a copy of data with y[i, indices[i, j, k], k] = f(y[..], updates[i, j, k]), for axis 1 of
// 3.
//   in   data [s0, ..., sr-1] any type, indices int32 or int64, same rank, at most as long but along
//        `axis`, updates as long as indices, type of data
//   out  y like data; may take its memory
//   axis int = 0, in [-r, r); indices in [-s, s), in order where one comes twice
//   reduction text = "none": the update, "add", "mul", "max", "min"
// Errors: bad_axis, bad_rank, bad_shape, bad_type, bad_attribute, index_range.   Source: ONNX
//   ScatterElements-18.
#include "scatter.h"

namespace mote { namespace {

struct Attrs {
  int64_t axis;
  Text reduction;
};
constexpr Attr attrs[] = { ATTR(Attrs, axis, 0), ATTR(Attrs, reduction, "none") };

Status shape(Call& c) {
  Reduction f;
  TRY(read_reduction(c, c.attrs<Attrs>().reduction, f));
  TRY(c.want_same_type(2, 0));
  TRY(check_elements(c, c.attrs<Attrs>().axis));
  const Value& q = c.in(1);
  if (known_rank(q)) TRY(c.want_rank(2, q.rank));
  for (int i = 0; known_rank(q) && i < q.rank; ++i) TRY(c.want_dim(2, i, q.dims[i]));
  c.like(0, c.in(0));
  return Status::ok;
}

}  // namespace

constinit const Op op_scatter_elements = {
    .in = {3, 3}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace_first};

Status run_scatter_elements(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  Value& y = c.out(0);
  Reduction f;
  TRY(read_reduction(c, a.reduction, f));
  if (y.data != c.in(0).data) memcpy(y.data, c.in(0).data, count(y) * size_of(y.type));
  return move_elements(c, a.axis, y, c.in(2), true, f);
}

}  // namespace mote
