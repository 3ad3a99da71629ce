// Reciprocal: y = 1 / x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Correctly rounded (f16 and bf16 from f32). 0 and -0 give inf and -inf. May run in place.
// Errors: bad_type.            Source: ONNX Reciprocal-13.
#include "../simd.h"
#include "unary.h"

namespace mote {
namespace {

[[gnu::noinline]] void reciprocals(float* y, const float* x, size_t n, float, float) {
  for (size_t i = 0; i < n; i += 4) store4(y + i, splat4(1) / load4(x + i));
}

constexpr Function reciprocal = {reciprocals, [](double x, double, double) { return 1 / x; }};

}  // namespace

constinit const Op op_reciprocal = float_op;
Status run_reciprocal(Call& c) { return unary_run(c, reciprocal); }

}  // namespace mote
