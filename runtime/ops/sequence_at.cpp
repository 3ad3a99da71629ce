// SequenceAt: the tensor at a position of a sequence.
//   in   sequence of n tensors, position int32 or int64 [], in [-n, n)        out  that tensor
// Errors: index_range, bad_kind, bad_type, bad_shape.            Source: ONNX SequenceAt-11.
#include "sequence.h"

namespace mote { namespace {

Status shape(Call& c) {
  TRY(want_kind(c, 0, Kind::sequence));
  TRY(c.want_type(1, types(Type::i32, Type::i64)));
  TRY(want_one(c, 1));
  const Value& s = c.in(0);
  if (!s.data || !c.known(1)) return c.set(0, s.type), Status::ok;
  size_t at;
  TRY(read_position(c, 1, s.dims[0], s.dims[0] - 1, at));
  const Value& v = s.as<Value>()[at];
  if (v.kind != Kind::tensor)
    return c.fail_in(0, Status::bad_kind, "sequence of something else", "sequence of tensors");
  return c.like(0, v), Status::ok;
}

}  // namespace
constinit const Op op_sequence_at = {.in = {2, 2}, .shape = shape, .flags = holds, .reads = 3};

Status run_sequence_at(Call& c) {
  size_t at;
  TRY(read_position(c, 1, c.in(0).dims[0], c.in(0).dims[0] - 1, at));
  const Value& v = c.in(0).as<Value>()[at];
  memcpy(c.out(0).data, v.data, size_t(v.bytes));
  return Status::ok;
}

}  // namespace mote
