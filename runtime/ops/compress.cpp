// Compress: the slices along `axis` at which condition is true, as numpy.compress.
//   in   input [.., d, ..] any type, condition bool [n], n at most d
//   out  same type, [.., how many are true, ..]; without axis of the flattened input, [how many]
//   axis int, in [-r, r); absent: flattened
// Errors: bad_axis, bad_rank, bad_shape, bad_type.            Source: ONNX Compress-28.
#include "move.h"

namespace mote { namespace {

constexpr int64_t flattened = int64_min;
struct Attrs { int64_t axis; };
constexpr Attr attrs[] = { ATTR(Attrs, axis, flattened) };

Status shape(Call& c) {
  const Value& x = c.in(0);
  int n, axis = 0;
  TRY(want_vector(c, 1, types(Type::boolean), n));
  TRY(c.want_min_rank(0, 1));
  const bool flat = c.attrs<Attrs>().axis == flattened;
  int64_t length = -1, taken = c.fresh(), dims[max_rank];
  if (known_rank(x)) {
    if (!flat) TRY(normalize_axis(c, c.attrs<Attrs>().axis, x.rank, axis));
    for (int i = 0; i < x.rank; ++i) dims[i] = x.dims[i];
    if (!flat) length = dims[axis];
    else if (concrete(x)) length = int64_t(count(x));
  }
  if (length >= 0 && n > length) return c.fail_in(1, Status::bad_shape, Arg::dims(c.in(1)), length);
  if (n >= 0 && c.known(1)) {
    taken = 0;
    for (int i = 0; i < n; ++i) taken += c.in(1).as<uint8_t>()[i] != 0;
  }
  if (flat) return c.set_dims(0, x.type, &taken, 1);
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  dims[axis] = taken;
  return c.set_dims(0, x.type, dims, x.rank);
}

}  // namespace

constinit const Op op_compress = {.in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1 << 1};

Status run_compress(Call& c) {
  const Value &x = c.in(0), &condition = c.in(1);
  const bool flat = c.attrs<Attrs>().axis == flattened;
  int axis = 0;
  if (!flat) TRY(normalize_axis(c, c.attrs<Attrs>().axis, x.rank, axis));
  const size_t bytes = (flat ? 1 : product(x, axis + 1, x.rank)) * size_of(x.type);
  const size_t outer = flat ? 1 : product(x, 0, axis), d = flat ? count(x) : size_t(x.dims[axis]);
  if (!count(c.out(0))) return Status::ok;
  char* to = c.out(0).as<char>();
  for (size_t o = 0; o < outer; ++o)
    for (size_t i = 0; i < size_t(condition.dims[0]); ++i) {
      if (!condition.as<uint8_t>()[i]) continue;
      copy_block(to, x.as<char>() + (o * d + i) * bytes, bytes);
      to += bytes;
    }
  return Status::ok;
}

}  // namespace mote
