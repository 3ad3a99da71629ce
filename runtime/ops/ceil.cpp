// Ceil: y = the least whole number that is not below x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Exact. May run in place.
// Errors: bad_type.            Source: ONNX Ceil-13.
#include "unary.h"

namespace mote {
namespace {

constexpr Function ceil = {ceil_f32, [](double x, double, double) { return __builtin_ceil(x); }};

}  // namespace

constinit const Op op_ceil = float_op;
Status run_ceil(Call& c) { return unary_run(c, ceil); }

}  // namespace mote
