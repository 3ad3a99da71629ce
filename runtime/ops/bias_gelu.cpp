// BiasGelu (com.microsoft): y = t (1 + erf(t / sqrt 2)) / 2 with t = x + bias.
//   in   x    [..., n]  f32 f64 f16 bf16        out  y  the type and shape of x
//        bias [n], the same type
// t is exact; errors as Gelu has them (gelu.cpp). May run in place.
// Errors: bad_type, bad_rank, bad_shape.            Source: onnxruntime's ContribOperators.
#include "biased.h"

namespace mote {

constinit const Op op_bias_gelu = {.in = {2, 2}, .shape = biased_shape, .flags = inplace};
Status run_bias_gelu(Call& c) { return biased_run(c, function_gelu); }

}  // namespace mote
