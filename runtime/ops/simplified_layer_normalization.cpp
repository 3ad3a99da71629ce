// SimplifiedLayerNormalization: what onnxruntime called RMSNormalization before opset 23, in the same domain.
//   in, attributes: those of RMSNormalization
//   out  y, inv_std_var [d0, ..., daxis-1, 1, ..., 1]  f32, f64 for float64 (optional): 1 / sqrt(mean of x^2
//        + epsilon)
// Errors: bad_type, bad_axis, bad_attribute, not_broadcastable.   Source: onnxruntime
//   SimplifiedLayerNormalization-1.
#include "normalize.h"

namespace mote {
constinit const Op op_simplified_layer_normalization = {
  .in = {2, 2}, .out = {1, 2}, ATTRS(RmsAttrs, rms_attrs), .shape = rms_norm_shape, .flags = inplace};
Status run_simplified_layer_normalization(Call& c) { return rms_norm_run(c); }
}  // namespace mote
