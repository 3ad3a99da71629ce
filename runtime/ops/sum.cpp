// Sum: y = x0 + x1 + ..., elementwise, broadcast among all of them.
//   in   x0, x1, ...  f32 f64 f16 bf16, of one type      out  y  that type, the broadcast shape
// Every sum of two is rounded. May run in place (binary.h).
// Errors: bad_type, not_broadcastable.            Source: ONNX Sum-13.
#include "binary.h"

namespace mote {

constinit const Op op_sum = {
    .in = {1, many}, .shape = [](Call& c) { return variadic_shape(c, float_types); }, .flags = inplace};
Status run_sum(Call& c) { return variadic_run(c, binary_add); }

}  // namespace mote
