// ReduceMin: y = the least of x along a set of axes (shapes and axes: reduce.h).
//   in   x  f32 f64 f16 bf16 i8 i32 i64 u8 u32 u64 bool;  axes  i64 [k], optional      out  y  the type of x
//   keepdims int = 1; noop_with_empty_axes int = 0
// NaN where an element is NaN; of nothing, inf or the greatest value of the type.
// Errors: bad_type, bad_axis, bad_rank (axes).            Source: ONNX ReduceMin-20.
#include "../kernels.h"
#include "reduce.h"

namespace mote {
namespace {

Status shape(Call& c) {
  constexpr Types integers =
      types(Type::i8, Type::i32, Type::i64, Type::u8, Type::u32, Type::u64, Type::boolean);
  return reduce_shape(c, float_types | integers);
}

}  // namespace

constinit const Op op_reduce_min = {
  .in = {1, 2}, ATTRS(ReduceAttrs, reduce_attrs), .shape = shape, .reads = 1u << 1};
Status run_reduce_min(Call& c) {
  return reduce_run(c, {.combine = &binary_max,
                        .row = row_max_f32,
                        .start = Reduction::lowest,
                        .map = Map::turn,
                        .end = End::turn});
}

}  // namespace mote
