// Floor: y = the greatest whole number that is not above x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
// Exact. May run in place.
// Errors: bad_type.            Source: ONNX Floor-13.
#include "unary.h"

namespace mote {
namespace {

constexpr Function floor = {floor_f32, [](double x, double, double) { return __builtin_floor(x); }};

}  // namespace

constinit const Op op_floor = float_op;
Status run_floor(Call& c) { return unary_run(c, floor); }

}  // namespace mote
