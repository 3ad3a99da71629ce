// SplitToSequence: a tensor cut along `axis` into a sequence.
//   in   input [d0, ..., dn-1], split int32 or int64: [] (size of each part, the last may be smaller) or [m]
//        (sizes of the parts)
//   out  sequence of tensors; without split of one element each, and then without that axis where keepdims is
//        0
//   axis int = 0, in [-n, n); keepdims int = 1
// Errors: bad_axis, bad_value (sizes), bad_rank, bad_type, bad_kind.            Source: ONNX
//   SplitToSequence-24.
#include "../element.h"
#include "sequence.h"

namespace mote { namespace {

struct Attrs { int64_t axis, keepdims; };
constexpr Attr attrs[] = {ATTR(Attrs, axis, 0), ATTR(Attrs, keepdims, 1)};

Status shape(Call& c) {
  const Value& x = c.in(0);
  int axis;
  TRY(want_kind(c, 0, Kind::tensor));
  TRY(c.want_min_rank(0, 1));
  TRY(c.want_type(1, types(Type::i32, Type::i64)));
  if (c.has_in(1) && c.in(1).rank > 1) return c.fail_in(1, Status::bad_rank, c.in(1).rank, "0 or 1");
  if (known_rank(x)) TRY(normalize_axis(c, c.attrs<Attrs>().axis, x.rank, axis));
  return set_sequence(c, 0, x.type), Status::ok;
}

Status begin(Call& c, Frame& f) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  int axis;
  TRY(normalize_axis(c, a.axis, x.rank, axis));
  const int64_t d = x.dims[axis];
  const bool listed = c.has_in(1) && c.in(1).rank == 1;
  const auto split = [&](size_t i) { return load_int(c.in(1).type, c.in(1).data, i); };
  int64_t part = 1, left = d;
  size_t n;
  if (listed) {
    n = count(c.in(1));
    for (size_t i = 0; i < n; ++i) {
      if (split(i) < 0 || split(i) > left)
        return c.fail_in(1, Status::bad_value, split(i), "sizes that add up to the dimension");
      left -= split(i);
    }
    if (left) return c.fail_in(1, Status::bad_value, d - left, d);
  } else {
    if (c.has_in(1)) part = split(0);
    if (part < 1) return c.fail_in(1, Status::bad_value, part, "a positive size");
    n = size_t(d / part + (d % part != 0));
  }
  const bool drop_axis = !c.has_in(1) && !a.keepdims;
  // inner in bytes
  const size_t outer = product(x, 0, axis), inner = product(x, axis + 1, x.rank) * size_of(x.type);
  TRY(make_sequence(c, f, 0, x.type, n));
  int64_t from = 0;
  for (size_t k = 0; k < n; ++k) {
    Value v = x;
    v.dims[axis] = listed ? split(k) : min(part, d - from);
    const size_t bytes = size_t(v.dims[axis]) * inner;
    if (drop_axis) {
      --v.rank;
      for (int i = axis; i < v.rank; ++i) v.dims[i] = x.dims[i + 1];
    }
    TRY(make_tensor(c, f, v));
    for (size_t o = 0; o < outer && bytes; ++o)
      memcpy(v.as<char>() + o * bytes, x.as<char>() + (o * size_t(d) + size_t(from)) * inner, bytes);
    c.out(0).as<Value>()[k] = v;
    from += listed ? split(k) : part;
  }
  return Status::ok;
}

constexpr Control control = {.begin = begin};

}  // namespace
constinit const Op op_split_to_sequence = {
    .in = {1, 2}, ATTRS(Attrs, attrs), .shape = shape, .flags = holds, .control = &control};
}  // namespace mote
