// TensorScatter: a copy of a cache with steps of `update` written along `axis` from write_indices[b] on.
//   in   past_cache [batch, .., m, ..] any type, update [batch, .., n, ..], n at most m,
//        write_indices int64 [batch] optional: 0
//   out  like past_cache; may take its memory
//   axis int = -2, in [-r, r), not the first; mode text = "linear": inside the cache, "circular": modulo m
// Errors: bad_axis, bad_attribute, bad_rank, bad_shape, index_range.     Source: ONNX TensorScatter-24.
#include "move.h"

namespace mote { namespace {

struct Attrs {
  int64_t axis;
  Text mode;
};
constexpr Attr attrs[] = { ATTR(Attrs, axis, -2), ATTR(Attrs, mode, "linear") };

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &u = c.in(1);
  if (!(a.mode == "linear") && !(a.mode == "circular"))
    return c.bad_attr("mode", a.mode, "linear or circular");
  TRY(c.want_same_type(1, 0));
  TRY(c.want_min_rank(0, 2));
  TRY(c.want_type(2, types(Type::i64)));
  TRY(c.want_rank(2, 1));
  c.like(0, x);
  if (!known_rank(x)) return Status::ok;
  int axis;
  TRY(normalize_axis(c, a.axis, x.rank, axis));
  if (!axis) return c.bad_attr("axis", a.axis, "an axis behind the batch");
  TRY(c.want_rank(1, x.rank));
  TRY(c.want_dim(2, 0, x.dims[0]));
  for (int i = 0; known_rank(u) && i < x.rank; ++i) {
    if (i != axis) TRY(c.want_dim(1, i, x.dims[i]));
    else if (x.dims[i] >= 0 && u.dims[i] > x.dims[i])
      return c.fail_in(1, Status::bad_shape, Arg::dims(u), "at most as many steps as the cache");
  }
  return Status::ok;
}

}  // namespace

constinit const Op op_tensor_scatter = {
    .in = {2, 3}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace_first};

Status run_tensor_scatter(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &u = c.in(1);
  Value& y = c.out(0);
  int axis;
  TRY(normalize_axis(c, a.axis, x.rank, axis));
  if (!count(y)) return Status::ok;
  if (y.data != x.data) memcpy(y.data, x.data, count(y) * size_of(y.type));
  const int64_t m = x.dims[axis], n = u.dims[axis];
  const size_t bytes = product(x, axis + 1, x.rank) * size_of(x.type), outer = product(x, 0, axis);
  for (size_t o = 0; o < outer; ++o) {
    int64_t first = c.has_in(2) ? c.in(2).as<int64_t>()[o / product(x, 1, axis)] : 0;
    if (a.mode == "circular") first = (first % m + m) % m;
    else if (first < 0 || first > m - n) return c.fail(Status::index_range, first, 0, m - n + 1);
    for (int64_t i = 0; i < n; ++i)
      copy_block(y.as<char>() + (o * size_t(m) + size_t((first + i) % m)) * bytes,
                 u.as<char>() + (o * size_t(n) + size_t(i)) * bytes, bytes);
  }
  return Status::ok;
}

}  // namespace mote
