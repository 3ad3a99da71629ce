// BitwiseNot: y = x with every bit turned, elementwise.
//   in   x  i8 ... i64, u8 ... u64        out  y  the type and shape of x
// May run in place.
// Errors: bad_type.            Source: ONNX BitwiseNot-18.
#include "unary.h"

namespace mote {

constinit const Op op_bitwise_not = {.shape = [](Call& c) { return unary_shape(c, int_types); },
                                     .flags = inplace};

Status run_bitwise_not(Call& c) {
  through_ints(c.out(0), c.in(0), +[](int64_t v) { return ~v; });
  return Status::ok;
}

}  // namespace mote
