// Sqrt: y = the square root of x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Correctly rounded (f16 and bf16 from f32). Below zero NaN; -0 gives -0. May run in place.
// Errors: bad_type.            Source: ONNX Sqrt-13.
#include "../simd.h"
#include "unary.h"

namespace mote {
namespace {

[[gnu::noinline]] void roots(float* y, const float* x, size_t n, float, float) {
  for (size_t i = 0; i < n; i += 4) store4(y + i, sqrt4(load4(x + i)));
}

constexpr Function sqrt = {roots, [](double x, double, double) { return __builtin_sqrt(x); }};

}  // namespace

constinit const Op op_sqrt = float_op;
Status run_sqrt(Call& c) { return unary_run(c, sqrt); }

}  // namespace mote
