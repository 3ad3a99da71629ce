// ConcatFromSequence: the tensors of a sequence behind one another along `axis`, or stacked along a new axis.
//   in   sequence of at least one tensor, shapes equal but for `axis` (with new_axis wholly)        out
//        tensor
//   axis int, in [-n, n), n the rank of the output; new_axis int = 0, 0 or 1
// Errors: bad_axis, bad_attribute, bad_shape, bad_value (no tensors), bad_kind.            Source: ONNX
//   ConcatFromSequence-11.
#include "sequence.h"

namespace mote { namespace {

struct Attrs { int64_t axis, new_axis; };
constexpr Attr attrs[] = {REQUIRED(Attrs, axis), ATTR(Attrs, new_axis, 0)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(want_kind(c, 0, Kind::sequence));
  if (a.new_axis < 0 || a.new_axis > 1) return c.bad_attr("new_axis", a.new_axis, "0 or 1");
  const Value& s = c.in(0);
  if (!s.data) return c.set(0, s.type), Status::ok;
  if (!s.dims[0]) return c.fail_in(0, Status::bad_value, "an empty sequence", "at least one tensor");
  const Value& first = s.as<Value>()[0];
  if (first.rank + a.new_axis > max_rank) return c.fail(Status::rank_limit, first.rank + 1, max_rank);
  int axis;
  TRY(normalize_axis(c, a.axis, int(first.rank + a.new_axis), axis));
  int64_t sum = 0;
  for (int64_t k = 0; k < s.dims[0]; ++k) {
    const Value& v = s.as<Value>()[k];
    bool same = v.kind == Kind::tensor && v.rank == first.rank && v.type == first.type;
    for (int i = 0; i < first.rank && same; ++i)
      same = v.dims[i] == first.dims[i] || (i == axis && !a.new_axis);
    if (!same) return c.fail_in(0, Status::bad_shape, Arg::dims(v), Arg::dims(first));
    if (!add(sum, a.new_axis ? 1 : v.dims[axis], sum))
      return c.fail(Status::too_large, "a dimension", "more than 2^63 - 1");
  }
  int64_t dims[max_rank];
  for (int i = 0, k = 0; i < first.rank + a.new_axis; ++i)
    dims[i] = i == axis && a.new_axis ? 0 : first.dims[k++];
  dims[axis] = sum;
  return c.set_dims(0, first.type, dims, int(first.rank + a.new_axis));
}

}  // namespace
constinit const Op op_concat_from_sequence = {ATTRS(Attrs, attrs), .shape = shape, .flags = holds,
                                              .reads = 1};

Status run_concat_from_sequence(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& s = c.in(0);
  Value& y = c.out(0);
  int axis;
  TRY(normalize_axis(c, a.axis, y.rank, axis));
  const size_t outer = product(y, 0, axis), row = product(y, axis, y.rank) * size_of(y.type);  // bytes
  char* to = y.as<char>();
  for (int64_t k = 0; k < s.dims[0]; ++k) {
    const Value& v = s.as<Value>()[k];
    const size_t n = product(v, axis, v.rank) * size_of(v.type);
    for (size_t o = 0; o < outer && n; ++o) memcpy(to + o * row, v.as<char>() + o * n, n);
    to += n;
  }
  return Status::ok;
}

}  // namespace mote
