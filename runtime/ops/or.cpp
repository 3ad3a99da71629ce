// Or: y = a or b, elementwise, broadcast both ways.
//   in   a, b  bool      out  y  bool, the broadcast shape
// May run in place (binary.h).
// Errors: bad_type, not_broadcastable.            Source: ONNX Or-7.
#include "binary.h"

namespace mote {
namespace {

struct F {
  uint64_t operator()(uint64_t a, uint64_t b) const { return a | b; }  // booleans are loaded as 0 and 1
};

Status shape(Call& c) { return binary_shape(c, types(Type::boolean)); }

}  // namespace

constinit const Binary binary_or = {.ints = dense_loop<F, uint64_t>};
constinit const Op op_or = {.in = {2, 2}, .shape = shape, .flags = inplace};
Status run_or(Call& c) { return binary_run(c, binary_or); }

}  // namespace mote
