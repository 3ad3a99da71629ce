// Exp: y = e^x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// f32: at most 1 ulp (math.h); f16 and bf16 through f32; f64: 1. -inf gives 0. May run in place.
// Errors: bad_type.            Source: ONNX Exp-13.
#include "../math.h"
#include "unary.h"

namespace mote {

constinit const Function function_exp = {exp_f32, [](double x, double, double) { return math::exp(x); }};
constinit const Op op_exp = float_op;
Status run_exp(Call& c) { return unary_run(c, function_exp); }

}  // namespace mote
