// SequenceInsert: a sequence with one more tensor.
//   in   sequence of n tensors, tensor of the same type, position int32 or int64 [] (absent: n), in [-n, n]
//   out  sequence of n + 1
// Errors: index_range, bad_kind, bad_type, bad_shape.            Source: ONNX SequenceInsert-11.
#include "sequence.h"

namespace mote { namespace {

Status shape(Call& c) {
  TRY(want_kind(c, 0, Kind::sequence));
  TRY(want_kind(c, 1, Kind::tensor));
  TRY(c.want_same_type(1, 0));
  TRY(c.want_type(2, types(Type::i32, Type::i64)));
  TRY(want_one(c, 2));
  return set_sequence(c, 0, c.in(0).type), Status::ok;
}

Status begin(Call& c, Frame& f) {
  const Value& s = c.in(0);
  const size_t n = size_t(s.dims[0]);
  size_t at = n;
  if (c.has_in(2)) TRY(read_position(c, 2, int64_t(n), int64_t(n), at));
  TRY(make_sequence(c, f, 0, s.type, n + 1));
  for (size_t i = 0; i <= n; ++i)
    TRY(keep(f, i == at ? c.in(1) : s.as<Value>()[i - (i > at)], c.out(0).as<Value>()[i]));
  return Status::ok;
}

constexpr Control control = {.begin = begin};

}  // namespace
constinit const Op op_sequence_insert = {.in = {2, 3}, .shape = shape, .flags = holds, .control = &control};
}  // namespace mote
