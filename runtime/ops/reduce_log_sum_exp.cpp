// ReduceLogSumExp: y = log of the sum of exp x along a set of axes (shapes and axes: reduce.h).
//   in   x  f32 f64 f16 bf16;  axes  i64 [k], optional      out  y  the type of x
//   keepdims int = 1; noop_with_empty_axes int = 0
// As max x + log sum exp(x - max x), through double. Of nothing: -inf.
// Errors: bad_type, bad_axis, bad_rank (axes).            Source: ONNX ReduceLogSumExp-28.
#include "reduce.h"

namespace mote {
namespace {
Status shape(Call& c) { return reduce_shape(c, float_types); }
}  // namespace

constinit const Op op_reduce_log_sum_exp = {
  .in = {1, 2}, ATTRS(ReduceAttrs, reduce_attrs), .shape = shape, .reads = 1u << 1};
Status run_reduce_log_sum_exp(Call& c) {
  return reduce_run(c, {.combine = &binary_add, .map = Map::power, .end = End::log});
}

}  // namespace mote
