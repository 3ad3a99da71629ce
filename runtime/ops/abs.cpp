// Abs: y = |x|, elementwise.
//   in   x  f32 f64 f16 bf16, i8 ... i64, u8 ... u64        out  y  the type and shape of x
// The smallest integer stays itself. May run in place.
// Errors: bad_type.            Source: ONNX Abs-13.
#include "unary.h"

namespace mote {
namespace {

constexpr Function abs = {abs_f32, [](double x, double, double) { return __builtin_fabs(x); }};

}  // namespace

constinit const Op op_abs = {.shape = [](Call& c) { return unary_shape(c, number_types); }, .flags = inplace};

Status run_abs(Call& c) {
  const Value& x = c.in(0);
  if (has(float_types, x.type)) return unary_run(c, abs);
  const bool is_signed = has(signed_types, x.type);
  through_ints(
      c.out(0), x,
      is_signed ? +[](int64_t v) { return v < 0 ? int64_t(0 - uint64_t(v)) : v; }
                : +[](int64_t v) { return v; });
  return Status::ok;
}

}  // namespace mote
