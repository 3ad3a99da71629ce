// Mean: y = (x0 + x1 + ...) / their number, elementwise, broadcast among all of them.
//   in   x0, x1, ...  f32 f64 f16 bf16, of one type      out  y  that type, the broadcast shape
// Every sum of two is rounded, and may overflow. May run in place (binary.h).
// Errors: bad_type, not_broadcastable.            Source: ONNX Mean-13.
#include "../element.h"
#include "binary.h"

namespace mote {

constinit const Op op_mean = {
    .in = {1, many}, .shape = [](Call& c) { return variadic_shape(c, float_types); }, .flags = inplace};

Status run_mean(Call& c) {
  TRY(variadic_run(c, binary_add));
  Value& y = c.out(0);
  const double number = c.n_in;
  double divisor;  // of y's type
  store_reals(y.type, &divisor, 1, 1, &number);
  Value n;
  n.type = y.type;
  n.rank = 0;
  n.data = &divisor;
  return binary_apply(c, binary_div, y, y, n);
}

}  // namespace mote
