// Softsign: y = x / (1 + |x|), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// f32: at most 1 ulp; f16 and bf16 through f32. Infinities give NaN, as the formula does. May run in place.
// Errors: bad_type.            Source: ONNX Softsign-22.
#include "unary.h"

namespace mote {

constinit const Function function_softsign = {
    softsign_f32, [](double x, double, double) { return x / (1 + __builtin_fabs(x)); }};
constinit const Op op_softsign = float_op;
Status run_softsign(Call& c) { return unary_run(c, function_softsign); }

}  // namespace mote
