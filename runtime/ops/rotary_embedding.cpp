// RotaryEmbedding: turns pairs (a, b) of a row by the angle of its position: (a cos - b sin, a sin + b cos).
//   in   x [batch, heads, rows, n] or [batch, rows, heads n] with num_heads, f32 f16 bf16; cos_cache,
//        sin_cache, of x's type:
//        [positions, r / 2] with position_ids i64 [batch, rows], or [batch, rows, r / 2] without
//   out  y like x
//   rotary_embedding_dim int = 0: r, the elements that are turned, the first of a row; 0: all
//   interleaved int = 0: pairs are elements i and i + r / 2; 1: 2 i and 2 i + 1
// Computed in f32, rounded once. May run in place.
// Errors: bad_attribute, missing_attribute, bad_type, bad_rank, bad_shape, index_range.   Source: ONNX
//   RotaryEmbedding-23.
#include "rotate.h"

namespace mote {
namespace {

struct Attrs {
  int64_t interleaved, num_heads, rotary_embedding_dim;
};
constexpr Attr attrs[] = {ATTR(Attrs, interleaved), ATTR(Attrs, num_heads),
                          ATTR(Attrs, rotary_embedding_dim)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  TRY(c.want_type(0, types(Type::f32, Type::f16, Type::bf16)));
  TRY(c.want_same_type(1, 0));
  TRY(c.want_same_type(2, 0));
  TRY(c.want_type(3, types(Type::i64)));
  TRY(c.want_rank(3, 2));
  for (unsigned i = 1; i < 3; ++i) TRY(c.want_rank(i, c.has_in(3) ? 2 : 3));
  c.like(0, x);
  if (!known_rank(x)) return Status::ok;
  if (x.rank != 3) TRY(c.want_rank(0, 4));
  if (x.rank == 3 && !a.num_heads) return c.fail(Status::missing_attribute, "num_heads");
  if (x.rank == 3 && a.num_heads < 1) return c.bad_attr("num_heads", a.num_heads, "at least 1");
  int64_t n = x.dims[x.rank - 1];
  const int64_t rows = x.dims[x.rank - 2];
  if (n < 0) return Status::ok;
  if (x.rank == 3 && n % a.num_heads)
    return c.fail_in(0, Status::bad_shape, Arg::dims(x), "whole heads in the last axis");
  if (x.rank == 3) n /= a.num_heads;
  const int64_t r = a.rotary_embedding_dim ? a.rotary_embedding_dim : n;
  if (r < 0 || r > n || r % 2)
    return c.bad_attr("rotary_embedding_dim", r, "an even number of a head's elements");
  for (unsigned i = 1; i < 3; ++i) {
    TRY(c.want_dim(i, c.has_in(3) ? 1 : 2, r / 2));
    if (c.has_in(3)) {
      if (known_rank(c.in(1))) TRY(c.want_dim(2, 0, c.in(1).dims[0]));
      continue;
    }
    TRY(c.want_dim(i, 0, x.dims[0]));
    TRY(c.want_dim(i, 1, rows));
  }
  TRY(c.want_dim(3, 0, x.dims[0]));
  return c.want_dim(3, 1, rows);
}

}  // namespace

constinit const Op op_rotary_embedding = {
    .in = {3, 4}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace_first};

Status run_rotary_embedding(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  const size_t heads = size_t(x.rank == 4 ? x.dims[1] : a.num_heads);
  const size_t rows = size_t(x.dims[x.rank - 2]), n = size_t(x.dims[x.rank - 1]) / (x.rank == 4 ? 1 : heads);
  const Rotation r = {heads_of(x, heads),
                      heads_of(c.out(0), heads),
                      n,
                      a.rotary_embedding_dim ? size_t(a.rotary_embedding_dim) : n,
                      a.interleaved != 0,
                      c.in(1),
                      c.in(2)};
  for (size_t b = 0; b < size_t(x.dims[0]); ++b)
    for (size_t i = 0; i < rows; ++i) {
      int64_t at = int64_t(b * rows + i);
      if (c.has_in(3)) {
        at = c.in(3).as<int64_t>()[at];
        if (at < 0 || at >= c.in(1).dims[0]) return c.fail(Status::index_range, at, 0, c.in(1).dims[0]);
      }
      for (size_t h = 0; h < heads; ++h) rotate(r, b, h, i, size_t(at));
    }
  return Status::ok;
}

}  // namespace mote
