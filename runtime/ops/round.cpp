// Round: y = x rounded to a whole number, halves to the even one, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Exact. May run in place.
// Errors: bad_type.            Source: ONNX Round-22.
#include "unary.h"

namespace mote {
namespace {

constexpr Function round = {round_f32, [](double x, double, double) { return __builtin_rint(x); }};

}  // namespace

constinit const Op op_round = float_op;
Status run_round(Call& c) { return unary_run(c, round); }

}  // namespace mote
