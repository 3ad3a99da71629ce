// Tanh: y = (e^x - e^-x) / (e^x + e^-x), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// f32: at most 3 ulp (math.h); f16 and bf16 through f32; f64: 2. -inf and inf give -1 and 1. May run in
//   place.
// Errors: bad_type.            Source: ONNX Tanh-13.
#include "../math.h"
#include "unary.h"

namespace mote {

constinit const Function function_tanh = {tanh_f32, [](double x, double, double) { return math::tanh(x); }};
constinit const Op op_tanh = float_op;
Status run_tanh(Call& c) { return unary_run(c, function_tanh); }

}  // namespace mote
