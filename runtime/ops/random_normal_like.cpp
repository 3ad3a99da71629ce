// RandomNormalLike: y[2 i], y[2 i + 1] = mean + scale sqrt(-2 log(1 - u[2 i])) (cos, sin)(2 pi u[2 i + 1]), u
// being uniform in [0, 1) (random.h).
//   in   x  any of bool, string, floats, integers, complex; only its shape and type are read
//   out  y  the shape of x, type `dtype`
//   mean float = 0, scale float = 1
//   dtype int: f32 f64 f16 bf16; absent: the type of x
//   seed float: absent: random.h says which numbers then
// In double, rounded once.
// Errors: bad_type, bad_attribute.            Source: ONNX RandomNormalLike-22.
#include "random.h"

namespace mote {
namespace {

constexpr Attr attrs[] = RANDOM_ATTRS("mean", 0.0f, "scale", 1.0f);

}  // namespace

constinit const Op op_random_normal_like = {ATTRS(RandomAttrs, attrs), .shape = random_like_shape,
                                            .flags = random | dims_only};
Status run_random_normal_like(Call& c) { return normal_run(c); }

}  // namespace mote
