// RandomNormal: y[2 i], y[2 i + 1] = mean + scale sqrt(-2 log(1 - u[2 i])) (cos, sin)(2 pi u[2 i + 1]), u
// being uniform in [0, 1) (random.h).
//   out  y [shape], type `dtype`
//   shape ints; mean float = 0, scale float = 1
//   dtype int = 1 (float32): f32 f64 f16 bf16
//   seed float: absent: random.h says which numbers then
// In double, rounded once.
// Errors: bad_attribute, missing_attribute, rank_limit.            Source: ONNX RandomNormal-22.
#include "random.h"

namespace mote {
namespace {

constexpr Attr attrs[] = RANDOM_ATTRS("mean", 0.0f, "scale", 1.0f, REQUIRED(RandomAttrs, shape));

}  // namespace

constinit const Op op_random_normal = {
    .in = {0, 0}, ATTRS(RandomAttrs, attrs), .shape = random_shape, .flags = random};
Status run_random_normal(Call& c) { return normal_run(c); }

}  // namespace mote
