// Sqrt: y = the square root of x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Correctly rounded (f16 and bf16 from f32). Below zero NaN; -0 gives -0. May run in place.
// Errors: bad_type.            Source: ONNX Sqrt-13.
#include "../simd.h"
#include "unary.h"

namespace mote {
namespace {

[[gnu::noinline]] void roots(float* y, const float* x, size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) store4(y + i, sqrt4(load4(x + i)));
  for (; i < n; ++i) y[i] = __builtin_sqrtf(x[i]);
}

}  // namespace

constinit const Op op_sqrt = {.shape = [](Call& c) { return unary_shape(c, float_types); }, .flags = inplace};

Status run_sqrt(Call& c) {
  unary_run(c, roots, [](double v) { return __builtin_sqrt(v); });
  return Status::ok;
}

}  // namespace mote
