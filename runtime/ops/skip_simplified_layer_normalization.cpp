// SkipSimplifiedLayerNormalization: input + skip + bias by the root of the mean of its squares over the last
// axis (normalize.h).
//   in   input, skip, gamma, bias (optional)  f32 f64 f16 bf16
//   out  output, mean (0), inv_std_var, input_skip_bias_sum
//   epsilon float = 1e-12
// The sum is rounded to its type before it is normalised.
// Errors: bad_type, bad_rank, bad_shape, not_broadcastable.   Source: com.microsoft
//   SkipSimplifiedLayerNormalization-1.
#include "normalize.h"

namespace mote {
constinit const Op op_skip_simplified_layer_normalization = {
  .in = {3, 4}, .out = {1, 4}, ATTRS(SkipAttrs, skip_attrs), .shape = skip_norm_shape};
Status run_skip_simplified_layer_normalization(Call& c) { return skip_norm_run(c, true); }
}  // namespace mote
