// ArgMin: y = the index of the least element along `axis`, of the first one or with select_last_index the
// last.
//   in   x [d0, ..., dn-1]  floats, integers        out  y  i64, without the axis or with keepdims 1 there
//   axis int = 0, in [-n, n); keepdims int = 1; select_last_index int = 0
// A NaN wins, as in numpy; -0 equals 0.
// Errors: bad_type, bad_axis, bad_shape (nothing along the axis).            Source: ONNX ArgMin-13.
#include "order.h"

namespace mote {
constinit const Op op_arg_min = {ATTRS(ArgAttrs, arg_attrs), .shape = arg_shape};
Status run_arg_min(Call& c) { return arg_run(c, true); }
}  // namespace mote
