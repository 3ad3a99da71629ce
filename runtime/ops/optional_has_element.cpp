// OptionalHasElement: whether there is a value.
//   in   optional, tensor or sequence, or absent        out  bool []
// Source: ONNX OptionalHasElement-28.
#include "../op.h"

namespace mote { namespace {

Status shape(Call& c) { return c.set(0, Type::boolean, 0), Status::ok; }

}  // namespace
constinit const Op op_optional_has_element = {.in = {0, 1}, .shape = shape, .flags = holds | dims_only};

Status run_optional_has_element(Call& c) {
  *c.out(0).as<uint8_t>() = c.has_in(0) && c.in(0).kind != Kind::absent;
  return Status::ok;
}

}  // namespace mote
