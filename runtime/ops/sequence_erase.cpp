// SequenceErase: a sequence without the tensor at a position.
//   in   sequence of n tensors, position int32 or int64 [] (absent: the last), in [-n, n)        out
//        sequence of n - 1
// Errors: index_range, bad_kind, bad_type, bad_shape.            Source: ONNX SequenceErase-11.
#include "sequence.h"

namespace mote { namespace {

Status shape(Call& c) {
  TRY(want_kind(c, 0, Kind::sequence));
  TRY(c.want_type(1, types(Type::i32, Type::i64)));
  TRY(want_one(c, 1));
  return set_sequence(c, 0, c.in(0).type), Status::ok;
}

Status begin(Call& c, Frame& f) {
  const Value& s = c.in(0);
  const size_t n = size_t(s.dims[0]);
  if (!n) return c.fail(Status::index_range, -1, 0, 0);
  size_t at = n - 1, k = 0;
  if (c.has_in(1)) TRY(read_position(c, 1, int64_t(n), int64_t(n) - 1, at));
  TRY(make_sequence(c, f, 0, s.type, n - 1));
  for (size_t i = 0; i < n; ++i)
    if (i != at) TRY(keep(f, s.as<Value>()[i], c.out(0).as<Value>()[k++]));
  return Status::ok;
}

constexpr Control control = {.begin = begin};

}  // namespace
constinit const Op op_sequence_erase = {.in = {1, 2}, .shape = shape, .flags = holds, .control = &control};
}  // namespace mote
