// Acos: y = the angle in [0, pi] whose cosine is x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Through double: f32, f16 and bf16 are rounded once; f64: at most 3 ulp. NaN outside [-1, 1]. May run in
//   place.
// Errors: bad_type.            Source: ONNX Acos-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function acos = {nullptr, [](double x, double, double) { return math::acos(x); }};

}  // namespace

constinit const Op op_acos = float_op;
Status run_acos(Call& c) { return unary_run(c, acos); }

}  // namespace mote
