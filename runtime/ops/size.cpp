// Size: how many elements a tensor has.
//   in   data [any]        out  int64 []
// Source: ONNX Size-25.
#include "../op.h"

namespace mote { namespace {

Status shape(Call& c) { return c.set_dims(0, Type::i64, nullptr, 0); }

}  // namespace

constinit const Op op_size = { .in = {1, 1}, .shape = shape, .flags = dims_only };

Status run_size(Call& c) {
  *c.out(0).as<int64_t>() = int64_t(count(c.in(0)));
  return Status::ok;
}

}  // namespace mote
