// ReduceMean: y = the mean of x along a set of axes (shapes and axes: reduce.h).
//   in   x  f32 f64 f16 bf16 i32 i64 u32 u64;  axes  i64 [k], optional      out  y  the type of x
//   keepdims int = 1; noop_with_empty_axes int = 0
// Integers: the sum in 64 bits, its quotient truncated. The mean of nothing is NaN, or 0 for integers. f32:
// 16 partial sums a row.
// Errors: bad_type, bad_axis, bad_rank (axes).            Source: ONNX ReduceMean-18.
#include "../kernels.h"
#include "reduce.h"

namespace mote {

constinit const Op op_reduce_mean = {
  .in = {1, 2}, ATTRS(ReduceAttrs, reduce_attrs), .shape = reduce_numbers, .reads = 1u << 1};
Status run_reduce_mean(Call& c) {
  return reduce_run(c, {.combine = &binary_add, .row = row_sum_f32, .end = End::mean});
}

}  // namespace mote
