// RandomUniform: y[i] = low + (high - low) u[i], u being uniform in [0, 1) (random.h).
//   out  y [shape], type `dtype`
//   shape ints; low float = 0, high float = 1
//   dtype int = 1 (float32): f32 f64 f16 bf16
//   seed float: absent: random.h says which numbers then
// In double, rounded once.
// Errors: bad_attribute, missing_attribute, rank_limit.            Source: ONNX RandomUniform-22.
#include "random.h"

namespace mote {
namespace {

constexpr Attr attrs[] = RANDOM_ATTRS("low", 0.0f, "high", 1.0f, REQUIRED(RandomAttrs, shape));

}  // namespace

constinit const Op op_random_uniform = {
    .in = {0, 0}, ATTRS(RandomAttrs, attrs), .shape = random_shape, .flags = random};
Status run_random_uniform(Call& c) { return uniform_run(c); }

}  // namespace mote
