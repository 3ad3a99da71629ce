// ReduceProd: y = the product of x along a set of axes (shapes and axes: reduce.h).
//   in   x  f32 f64 f16 bf16 i32 i64 u32 u64;  axes  i64 [k], optional      out  y  the type of x
//   keepdims int = 1; noop_with_empty_axes int = 0
// The product of nothing is 1. f32: in double.
// Errors: bad_type, bad_axis, bad_rank (axes).            Source: ONNX ReduceProd-18.
#include "reduce.h"

namespace mote {

constinit const Op op_reduce_prod = {
  .in = {1, 2}, ATTRS(ReduceAttrs, reduce_attrs), .shape = reduce_numbers, .reads = 1u << 1};
Status run_reduce_prod(Call& c) { return reduce_run(c, {.combine = &binary_mul, .start = Reduction::one}); }

}  // namespace mote
