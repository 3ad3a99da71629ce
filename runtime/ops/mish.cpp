// Mish: y = x * tanh(log(1 + e^x)), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// f32: at most 4 ulp where e^x is normal; f16 and bf16 through f32; f64: 6. -inf gives NaN (-inf * 0), as the
//   formula does. May run in place.
// Errors: bad_type.            Source: ONNX Mish-22.
#include "../math.h"
#include "unary.h"

namespace mote {

constinit const Function function_mish = {
    mish_f32, [](double x, double, double) {
      return x * math::tanh((x > 0 ? x : 0) + math::log1p(math::exp(-__builtin_fabs(x))));
    }};

constinit const Op op_mish = float_op;
Status run_mish(Call& c) { return unary_run(c, function_mish); }

}  // namespace mote
