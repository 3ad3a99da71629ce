// Split: parts of a tensor along `axis`.
//   in   input [.., d, ..] any type, split int64 [n] optional: the lengths of the parts, which sum to d
//   out  n outputs, same type
//   axis int = 0, in [-r, r)
//   num_outputs int: equal parts of ceil(d / n), the last ones smaller, where split is absent
// Where neither is given the parts are as many as the outputs.
// Errors: bad_axis, bad_attribute, bad_shape, bad_value, size_mismatch.            Source: ONNX Split-18.
#include "../element.h"
#include "move.h"

namespace mote { namespace {

struct Attrs { int64_t axis, num_outputs; };
constexpr Attr attrs[] = { ATTR(Attrs, axis, 0), ATTR(Attrs, num_outputs) };

// Length of part i of an axis of d elements, both known.
int64_t part(const Call& c, unsigned i, int64_t d) {
  if (c.has_in(1)) return load_int(Type::i64, c.in(1).data, i);
  const int64_t chunk = ceil_div(d, c.n_out);
  return min(chunk, max<int64_t>(0, d - min(d, chunk * i)));
}

Status shape(Call& c) {
  const Value& x = c.in(0);
  const Attrs& a = c.attrs<Attrs>();
  int n;
  TRY(c.want_min_rank(0, 1));
  TRY(want_vector(c, 1, types(Type::i64), n));
  if (c.has_in(1) && a.num_outputs)
    return c.bad_attr("num_outputs", a.num_outputs, "nothing beside the input split");
  if (a.num_outputs && a.num_outputs != c.n_out) return c.bad_attr("num_outputs", a.num_outputs, c.n_out);
  if (c.has_in(1)) TRY(c.want_dim(1, 0, c.n_out));
  int axis = 0;
  if (known_rank(x)) TRY(normalize_axis(c, a.axis, x.rank, axis));
  const bool known = !c.has_in(1) || c.known(1);
  const int64_t d = known_rank(x) ? x.dims[axis] : -1;
  int64_t sum = 0;
  for (unsigned i = 0; i < c.n_out; ++i) {
    int64_t size = c.fresh();
    if (known && (d >= 0 || c.has_in(1))) {
      size = part(c, i, d);
      if (size < 0) return c.fail_in(1, Status::bad_value, size, "at least 0");
      TRY(dim_add(c, sum, size, sum));
    } else if (c.n_out == 1) {
      size = d;
    }
    if (!known_rank(x)) {
      c.set(i, x.type);
      continue;
    }
    int64_t dims[max_rank];
    for (int k = 0; k < x.rank; ++k) dims[k] = k == axis ? size : x.dims[k];
    TRY(c.set_dims(i, x.type, dims, x.rank));
  }
  return known && d >= 0 && sum != d ? c.fail(Status::size_mismatch, sum, Arg::dims(x)) : Status::ok;
}

}  // namespace

constinit const Op op_split = {
    .in = {1, 2}, .out = {1, many}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1 << 1};

Status run_split(Call& c) {
  const Value& x = c.in(0);
  int axis;
  TRY(normalize_axis(c, c.attrs<Attrs>().axis, x.rank, axis));
  const size_t bytes = size_of(x.type), outer = product(x, 0, axis);
  const size_t inner = product(x, axis + 1, x.rank), row = size_t(x.dims[axis]) * inner;  // elements
  const char* from = x.as<char>();
  for (unsigned i = 0; i < c.n_out && outer; ++i) {
    const size_t n = size_t(part(c, i, x.dims[axis])) * inner;
    if (!n) continue;
    if (c.has_out(i)) {
      char* to = c.out(i).as<char>();
      if (n == 1) copy_row(to, 1, from, int64_t(row), int64_t(outer), bytes);
      else for (size_t o = 0; o < outer; ++o) memcpy(to + o * n * bytes, from + o * row * bytes, n * bytes);
    }
    from += n * bytes;
  }
  return Status::ok;
}

}  // namespace mote
