// RandomUniformLike: y[i] = low + (high - low) u[i], u being uniform in [0, 1) (random.h).
//   in   x  any of bool, string, floats, integers, complex; only its shape and type are read
//   out  y  the shape of x, type `dtype`
//   low float = 0, high float = 1
//   dtype int: f32 f64 f16 bf16; absent: the type of x
//   seed float: absent: random.h says which numbers then
// In double, rounded once.
// Errors: bad_type, bad_attribute.            Source: ONNX RandomUniformLike-22.
#include "random.h"

namespace mote {
namespace {

constexpr Attr attrs[] = RANDOM_ATTRS("low", 0.0f, "high", 1.0f);

}  // namespace

constinit const Op op_random_uniform_like = {ATTRS(RandomAttrs, attrs), .shape = random_like_shape,
                                             .flags = random | dims_only};
Status run_random_uniform_like(Call& c) { return uniform_run(c); }

}  // namespace mote
