// Not: y = !x, elementwise.
//   in   x  bool        out  y  bool, the shape of x
// May run in place.
// Errors: bad_type.            Source: ONNX Not-1.
#include "unary.h"

namespace mote {

constinit const Op op_not = {.shape = [](Call& c) { return unary_shape(c, types(Type::boolean)); },
                             .flags = inplace};

Status run_not(Call& c) {
  const uint8_t* x = c.in(0).as<uint8_t>();
  uint8_t* y = c.out(0).as<uint8_t>();
  for (size_t i = 0, n = count(c.in(0)); i < n; ++i) y[i] = !x[i];
  return Status::ok;
}

}  // namespace mote
