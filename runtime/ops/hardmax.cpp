// Hardmax: y = 1 for the first of the greatest elements along `axis`, 0 for all others. A NaN is greater than
// every number.
//   in   x [d0, ..., dn-1]  f32 f64 f16 bf16        out  y  same shape and type
//   axis int = -1, in [-n, n)
// May run in place.
// Errors: bad_type, bad_axis.            Source: ONNX Hardmax-13.
#include "axis_rows.h"

namespace mote {
namespace {

void hardmax_row(double* row, size_t n, const void*) {
  size_t best = 0;
  for (size_t i = 1; i < n; ++i)
    if (row[i] > row[best] || (row[i] != row[i] && row[best] == row[best])) best = i;
  for (size_t i = 0; i < n; ++i) row[i] = i == best;
}

}  // namespace

constinit const Op op_hardmax = {ATTRS(AxisAttrs, axis_attrs), .shape = axis_shape, .flags = inplace};

Status run_hardmax(Call& c) {
  int axis;
  TRY(axis_of(c, c.attrs<AxisAttrs>().axis, axis));
  return axis_rows(c, c.out(0), c.in(0), axis, hardmax_row, nullptr);
}

}  // namespace mote
