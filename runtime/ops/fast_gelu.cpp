// FastGelu (com.microsoft): y = t (1 + tanh(sqrt(2 / pi) (t + 0.044715 t^3))) / 2 with t = x + bias.
//   in   x    [..., n]  f32 f64 f16 bf16        out  y  the type and shape of x
//        bias [n], optional, the same type
// t is exact; errors as Gelu has them (gelu.cpp). May run in place.
// Errors: bad_type, bad_rank, bad_shape.            Source: onnxruntime's ContribOperators.
#include "biased.h"

namespace mote {

constinit const Op op_fast_gelu = {.in = {1, 2}, .shape = biased_shape, .flags = inplace};
Status run_fast_gelu(Call& c) { return biased_run(c, function_gelu_tanh); }

}  // namespace mote
