// InstanceNormalization: y = (x - mean) / sqrt(variance + epsilon) * scale + b, mean and variance of every
// channel by itself.
//   in   x [n, channels, d...]  f32 f64 f16 bf16; scale, b [channels], x's type        out  y  shape and type
//                               of x
//   epsilon float = 1e-5
// f32: sums in 16 partial sums; other types in double. May run in place.
// Errors: bad_type, bad_rank, bad_shape.            Source: ONNX InstanceNormalization-22.
#include "normalize.h"
#include "../element.h"
#include "half.h"

namespace mote {
namespace {
struct Attrs { float epsilon; };
constexpr Attr attrs[] = {ATTR(Attrs, epsilon, 1e-5f)};
}  // namespace

constinit const Op op_instance_normalization = {
  .in = {3, 3}, ATTRS(Attrs, attrs), .shape = group_norm_shape, .flags = inplace};
Status run_instance_normalization(Call& c) {
  if (has(half_float_types, c.in(0).type)) return through_f32(c, run_instance_normalization);
  return group_normalize(c, size_t(c.in(0).dims[1]), double(c.attrs<Attrs>().epsilon));
}

}  // namespace mote
