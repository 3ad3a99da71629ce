// Shape: the dimensions of a tensor, axes [start, end).
//   in   data [any]        out  int64 [k]
//   start int = 0, end int = rank: negative ones count from the end, then both are clamped to [0, rank].
// Source: ONNX Shape-25.
#include "move.h"

namespace mote { namespace {

struct Attrs { int64_t start, end; };
constexpr Attr attrs[] = { ATTR(Attrs, start, 0), ATTR(Attrs, end, int64_max) };

struct Axes { int64_t start, n; };

Axes axes_of(Call& c) {
  const int64_t rank = c.in(0).rank;
  int64_t at[2] = {c.attrs<Attrs>().start, c.attrs<Attrs>().end};
  for (int64_t& a : at) a = min(max<int64_t>(a < 0 ? a + rank : a, 0), rank);
  return {at[0], max<int64_t>(at[1] - at[0], 0)};
}

Status shape(Call& c) {
  if (!known_rank(c.in(0))) return c.set(0, Type::i64, 1), Status::ok;
  const int64_t n = axes_of(c).n;
  return c.set_dims(0, Type::i64, &n, 1);
}

}  // namespace

constinit const Op op_shape = { .in = {1, 1}, ATTRS(Attrs, attrs), .shape = shape, .flags = dims_only };

Status run_shape(Call& c) {
  const Axes a = axes_of(c);
  for (int64_t i = 0; i < a.n; ++i) c.out(0).as<int64_t>()[i] = c.in(0).dims[a.start + i];
  return Status::ok;
}

}  // namespace mote
