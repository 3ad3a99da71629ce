// Identity: y = x.
//   in   x  any type, sequence, map or optional        out  y  the same
// A view: nothing is copied.
// Source: ONNX Identity-25.
#include "../op.h"

namespace mote {
namespace {

Status shape(Call& c) {
  c.like(0, c.in(0));
  return Status::ok;
}

}  // namespace

constinit const Op op_identity = {.shape = shape, .flags = view | holds};

}  // namespace mote
