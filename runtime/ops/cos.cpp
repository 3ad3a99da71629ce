// Cos: y = the cosine of x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// f32: at most 1 ulp of every finite x, through double; f16 and bf16 through f32; f64: 1. NaN of infinities.
//   May run in place.
// Errors: bad_type.            Source: ONNX Cos-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

constexpr Function cos = {wave_f32, [](double x, double, double) { return math::cos(x); }};

}  // namespace

constinit const Op op_cos = float_op;
Status run_cos(Call& c) { return unary_run(c, cos, 1); }

}  // namespace mote
