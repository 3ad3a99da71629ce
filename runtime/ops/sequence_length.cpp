// SequenceLength: how many elements a sequence has.
//   in   sequence        out  int64 []
// Errors: bad_kind.            Source: ONNX SequenceLength-11.
#include "sequence.h"

namespace mote { namespace {

Status shape(Call& c) {
  TRY(want_kind(c, 0, Kind::sequence));
  return c.set(0, Type::i64, 0), Status::ok;
}

}  // namespace
constinit const Op op_sequence_length = {.shape = shape, .flags = holds | dims_only};

Status run_sequence_length(Call& c) {
  *c.out(0).as<int64_t>() = c.in(0).dims[0];
  return Status::ok;
}

}  // namespace mote
