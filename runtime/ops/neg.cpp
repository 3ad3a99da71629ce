// Neg: y = -x, elementwise.
//   in   x  f32 f64 f16 bf16 i8 i16 i32 i64        out  y  the type and shape of x
// The smallest integer stays itself. May run in place.
// Errors: bad_type.            Source: ONNX Neg-13.
#include "unary.h"

namespace mote {
namespace {

constexpr Function neg = {neg_f32, [](double x, double, double) { return -x; }};

}  // namespace

constinit const Op op_neg = {.shape = [](Call& c) { return unary_shape(c, float_types | signed_types); },
                             .flags = inplace};

Status run_neg(Call& c) {
  if (has(float_types, c.in(0).type)) return unary_run(c, neg);
  through_ints(c.out(0), c.in(0), +[](int64_t v) { return int64_t(0 - uint64_t(v)); });
  return Status::ok;
}

}  // namespace mote
