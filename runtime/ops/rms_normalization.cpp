// RMSNormalization: y = x / sqrt(mean of x^2 + epsilon) * scale, the mean over the axes from `axis` on.
//   in   x [d0, ..., dn-1]  f32 f64 f16 bf16; scale: a float type, broadcast to x
//   out  y  the shape of x, the type of scale
//   axis int = -1, in [-n, n]; epsilon float = 1e-5; stash_type int = 1 (f32), f16, f64 or bf16's code
// f32: sums in 4 partial sums. Other types: in double, more than stash_type asks. May run in place.
// Errors: bad_type, bad_axis, bad_attribute, not_broadcastable.   Source: ONNX RMSNormalization-23.
#include "normalize.h"

namespace mote {
constinit const Op op_rms_normalization = {
    .in = {2, 2}, ATTRS(RmsAttrs, rms_attrs), .shape = rms_norm_shape, .flags = inplace};

Status run_rms_normalization(Call& c) { return rms_norm_run(c); }

}  // namespace mote
