// Sign: y = 1 where x > 0, -1 where x < 0, else 0, elementwise.
//   in   x  f32 f64 f16 bf16, i8 ... i64, u8 ... u64        out  y  the type and shape of x
// A NaN stays NaN. May run in place.
// Errors: bad_type.            Source: ONNX Sign-13.
#include "unary.h"

namespace mote {
namespace {

constexpr Function sign = {sign_f32, [](double x, double, double) { return x > 0 ? 1 : x < 0 ? -1 : x; }};

}  // namespace

constinit const Op op_sign = {.shape = [](Call& c) { return unary_shape(c, number_types); },
                              .flags = inplace};

Status run_sign(Call& c) {
  const Value& x = c.in(0);
  if (has(float_types, x.type)) return unary_run(c, sign);
  const bool is_signed = has(signed_types, x.type);
  through_ints(
      c.out(0), x, is_signed ? +[](int64_t v) { return int64_t(v > 0) - int64_t(v < 0); } : +[](int64_t v) {
        return int64_t(v != 0);
      });
  return Status::ok;
}

}  // namespace mote
