// OptionalGetElement: what an optional holds.
//   in   optional, tensor or sequence        out  the value in it
// Errors: bad_value where it holds nothing.            Source: ONNX OptionalGetElement-28.
#include "../op.h"

namespace mote { namespace {

Status shape(Call& c) {
  if (c.in(0).kind == Kind::absent)
    return c.fail_in(0, Status::bad_value, "an optional without a value", "one that holds a value");
  return c.like(0, c.in(0)), Status::ok;
}

}  // namespace
constinit const Op op_optional_get_element = {.shape = shape, .flags = view | holds};
}  // namespace mote
