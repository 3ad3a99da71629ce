// Log: y = the natural logarithm of x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// f32: at most 1 ulp (math.h); f16 and bf16 through f32; f64: 1. 0 gives -inf, below it NaN. May run in
//   place.
// Errors: bad_type.            Source: ONNX Log-13.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function log = {log_f32, [](double x, double, double) { return math::log(x); }};

}  // namespace

constinit const Op op_log = float_op;
Status run_log(Call& c) { return unary_run(c, log); }

}  // namespace mote
