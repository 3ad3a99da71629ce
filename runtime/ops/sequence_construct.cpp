// SequenceConstruct: a sequence of its inputs.
//   in   tensors of one type        out  sequence of them, copied
// Errors: bad_type, bad_kind, missing_input.            Source: ONNX SequenceConstruct-11.
#include "sequence.h"

namespace mote { namespace {

Status shape(Call& c) {
  for (unsigned i = 0; i < c.n_in; ++i) {
    if (!c.has_in(i)) return c.fail(Status::missing_input, i);
    TRY(want_kind(c, i, Kind::tensor));
    TRY(c.want_same_type(i, 0));
  }
  return set_sequence(c, 0, c.in(0).type), Status::ok;
}

Status begin(Call& c, Frame& f) {
  TRY(make_sequence(c, f, 0, c.in(0).type, c.n_in));
  for (unsigned i = 0; i < c.n_in; ++i) TRY(keep(f, c.in(i), c.out(0).as<Value>()[i]));
  return Status::ok;
}

constexpr Control control = {.begin = begin};

}  // namespace
constinit const Op op_sequence_construct = {
    .in = {1, many}, .shape = shape, .flags = holds, .control = &control};
}  // namespace mote
