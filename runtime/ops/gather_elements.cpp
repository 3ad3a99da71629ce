// GatherElements: y[i, j, k] = data[i, indices[i, j, k], k], for axis 1 of three.
//   in   data [s0, ..., sr-1] any type, indices int32 or int64, same rank, at most as long but along `axis`
//   out  the shape of indices, type of data
//   axis int = 0, in [-r, r); indices in [-s, s)
// Errors: bad_axis, bad_rank, bad_shape, bad_type, index_range.            Source: ONNX GatherElements-13.
#include "scatter.h"

namespace mote { namespace {

struct Attrs { int64_t axis; };
constexpr Attr attrs[] = { ATTR(Attrs, axis, 0) };

Status shape(Call& c) {
  TRY(check_elements(c, c.attrs<Attrs>().axis));
  c.like(0, c.in(1));
  c.out(0).type = c.in(0).type;
  if (!known_rank(c.in(1)) && known_rank(c.in(0))) c.set(0, c.in(0).type, c.in(0).rank);
  return Status::ok;
}

}  // namespace

constinit const Op op_gather_elements = {.in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape};

Status run_gather_elements(Call& c) {
  return move_elements(c, c.attrs<Attrs>().axis, c.out(0), c.in(0), false, Reduction::none);
}

}  // namespace mote
