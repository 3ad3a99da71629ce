// BitwiseAnd: y = the bits of a and those of b, elementwise, broadcast both ways.
//   in   a, b  i8 ... i64, u8 ... u64, of one type      out  y  that type, the broadcast shape
// May run in place (binary.h).
// Errors: bad_type, not_broadcastable.            Source: ONNX BitwiseAnd-18.
#include "binary.h"

namespace mote {

constinit const Op op_bitwise_and = {
    .in = {2, 2}, .shape = [](Call& c) { return binary_shape(c, int_types); }, .flags = inplace};
Status run_bitwise_and(Call& c) { return binary_run(c, binary_and); }

}  // namespace mote
