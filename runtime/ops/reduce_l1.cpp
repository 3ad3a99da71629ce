// ReduceL1: y = the sum of |x| along a set of axes (shapes and axes: reduce.h).
//   in   x  f32 f64 f16 bf16 i32 i64 u32 u64;  axes  i64 [k], optional      out  y  the type of x
//   keepdims int = 1; noop_with_empty_axes int = 0
// Integers wrap modulo 2^bits. The norm of nothing is 0.
// Errors: bad_type, bad_axis, bad_rank (axes).            Source: ONNX ReduceL1-18.
#include "../kernels.h"
#include "reduce.h"

namespace mote {

constinit const Op op_reduce_l1 = {
  .in = {1, 2}, ATTRS(ReduceAttrs, reduce_attrs), .shape = reduce_numbers, .reads = 1u << 1};
Status run_reduce_l1(Call& c) {
  return reduce_run(c, {.combine = &binary_add, .row = row_sum_f32, .map = Map::abs});
}

}  // namespace mote
