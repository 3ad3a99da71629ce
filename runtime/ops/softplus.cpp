// Softplus: y = log(1 + e^x), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// f32: at most 3 ulp, as max(x, 0) + log(1 + e^-|x|); f16 and bf16 through f32; f64: 3. May run in place.
// Errors: bad_type.            Source: ONNX Softplus-22.
#include "../math.h"
#include "unary.h"

namespace mote {

constinit const Function function_softplus = {
    softplus_f32,
    [](double x, double, double) { return (x > 0 ? x : 0) + math::log1p(math::exp(-__builtin_fabs(x))); }};
constinit const Op op_softplus = float_op;
Status run_softplus(Call& c) { return unary_run(c, function_softplus); }

}  // namespace mote
