// Sigmoid: y = 1 / (1 + e^-x), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// f32: at most 3 ulp (math.h), 0 below -88.4; f16 and bf16 through f32; f64: 3. -inf and inf give 0 and 1.
//   May run in place.
// Errors: bad_type.            Source: ONNX Sigmoid-13.
#include "../math.h"
#include "unary.h"

namespace mote {

constinit const Function function_sigmoid = {sigmoid_f32,
                                             [](double x, double, double) { return math::sigmoid(x); }};
constinit const Op op_sigmoid = float_op;
Status run_sigmoid(Call& c) { return unary_run(c, function_sigmoid); }

}  // namespace mote
