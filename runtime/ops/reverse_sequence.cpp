// ReverseSequence: turns the first sequence_lens[b] steps of each sequence b round.
//   in   input [time, batch, ..] any type, sequence_lens int64 [batch], each in [0, time]
//   out  like input
//   time_axis int = 0, batch_axis int = 1: one is 0, the other 1
// Errors: bad_attribute, bad_rank, bad_shape, bad_value.            Source: ONNX ReverseSequence-28.
#include "move.h"

namespace mote { namespace {

struct Attrs { int64_t time_axis, batch_axis; };
constexpr Attr attrs[] = { ATTR(Attrs, time_axis, 0), ATTR(Attrs, batch_axis, 1) };

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  if (a.time_axis != 0 && a.time_axis != 1) return c.bad_attr("time_axis", a.time_axis, "0 or 1");
  if (a.batch_axis != 1 - a.time_axis) return c.bad_attr("batch_axis", a.batch_axis, 1 - a.time_axis);
  TRY(c.want_min_rank(0, 2));
  TRY(c.want_type(1, types(Type::i64)));
  TRY(c.want_rank(1, 1));
  if (known_rank(c.in(0))) TRY(c.want_dim(1, 0, c.in(0).dims[a.batch_axis]));
  c.like(0, c.in(0));
  return Status::ok;
}

}  // namespace

constinit const Op op_reverse_sequence = {.in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape};

Status run_reverse_sequence(Call& c) {
  const Value& x = c.in(0);
  const bool time_first = c.attrs<Attrs>().time_axis == 0;
  const size_t steps = size_t(x.dims[time_first ? 0 : 1]), batch = size_t(x.dims[time_first ? 1 : 0]);
  const size_t bytes = product(x, 2, x.rank) * size_of(x.type);
  for (size_t b = 0; b < batch; ++b) {
    const int64_t length = c.in(1).as<int64_t>()[b];
    if (length < 0 || uint64_t(length) > steps)
      return c.fail_in(1, Status::bad_value, length, "a length of the time axis at most");
    for (size_t t = 0; bytes && t < steps; ++t) {
      const size_t s = t < size_t(length) ? size_t(length) - 1 - t : t;
      const auto at = [&](size_t step) { return (time_first ? step * batch + b : b * steps + step) * bytes; };
      copy_block(c.out(0).as<char>() + at(t), x.as<char>() + at(s), bytes);
    }
  }
  return Status::ok;
}

}  // namespace mote
