// RotaryEmbedding: turns pairs (a, b) of a row by the angle of its position: (a cos - b sin, a sin + b cos).
//   in   x [batch, heads, rows, n] or [batch, rows, heads n], f32 f16 bf16; position_ids i64 [] or [1], of
//        the first row, or
//        [batch, rows]; cos_cache, sin_cache [positions, r / 2], of x's type
//   out  y like x
//   num_heads int = 0: of a flat x; 0: n is twice the caches' width; rotary_embedding_dim int = 0: r, the
//   elements that are turned, the first of a row; 0: all; interleaved int = 0: pairs are i and i + r / 2; 1:
//   2 i and 2 i + 1
// is_packed_batching and scale change nothing on a processor. Computed in f32, rounded once. May run in
//   place.
// Errors: bad_attribute, bad_type, bad_rank, bad_shape, index_range.            Source: onnxruntime,
//   com.microsoft 1.
#include "rotate.h"

namespace mote {
namespace {

struct Attrs {
  int64_t interleaved, num_heads, rotary_embedding_dim, is_packed_batching;
  float scale;
};
constexpr Attr attrs[] = {ATTR(Attrs, interleaved), ATTR(Attrs, num_heads), ATTR(Attrs, rotary_embedding_dim),
                          ATTR(Attrs, is_packed_batching), ATTR(Attrs, scale, 1.0f)};

// Elements of a head; a symbol where they are not known.
int64_t head_size(Call& c) {
  const Value& x = c.in(0);
  const int64_t n = x.dims[x.rank - 1], heads = c.attrs<Attrs>().num_heads;
  if (x.rank == 4 || n < 0) return n;
  if (heads > 0) return n / heads;
  return known_rank(c.in(2)) && c.in(2).dims[1] >= 0 ? c.in(2).dims[1] * 2 : c.fresh();
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &p = c.in(1);
  TRY(c.want_type(0, types(Type::f32, Type::f16, Type::bf16)));
  TRY(c.want_type(1, types(Type::i64)));
  for (unsigned i = 2; i < 4; ++i) {
    TRY(c.want_same_type(i, 0));
    TRY(c.want_rank(i, 2));
  }
  if (a.num_heads < 0) return c.bad_attr("num_heads", a.num_heads, "at least 0");
  c.like(0, x);
  if (!known_rank(x)) return Status::ok;
  if (x.rank != 3) TRY(c.want_rank(0, 4));
  if (known_rank(p)) {
    if (p.rank == 1) TRY(c.want_dim(1, 0, 1));
    else if (p.rank) TRY(c.want_rank(1, 2));
    if (p.rank == 2) TRY(c.want_dim(1, 0, x.dims[0]));
    if (p.rank == 2) TRY(c.want_dim(1, 1, x.dims[x.rank - 2]));
  }
  const int64_t n = head_size(c), r = a.rotary_embedding_dim ? a.rotary_embedding_dim : n;
  if (n < 0) return Status::ok;
  if (x.rank == 3 && x.dims[2] >= 0 && (!n || x.dims[2] % n || (a.num_heads && x.dims[2] % a.num_heads)))
    return c.fail_in(0, Status::bad_shape, Arg::dims(x), "whole heads in the last axis");
  if (r < 0 || r > n || r % 2)
    return c.bad_attr("rotary_embedding_dim", r, "an even number of a head's elements");
  TRY(c.want_dim(2, 1, r / 2));
  TRY(c.want_dim(3, 1, r / 2));
  return known_rank(c.in(2)) ? c.want_dim(3, 0, c.in(2).dims[0]) : Status::ok;
}

}  // namespace

constinit const Op op_ms_rotary_embedding = {
    .in = {4, 4}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace_first};

Status run_ms_rotary_embedding(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &p = c.in(1);
  const size_t n = size_t(head_size(c)), rows = size_t(x.dims[x.rank - 2]);
  if (!count(x)) return Status::ok;
  const size_t heads = x.rank == 4 ? size_t(x.dims[1]) : size_t(x.dims[2]) / n;
  const Rotation r = {heads_of(x, heads),
                      heads_of(c.out(0), heads),
                      n,
                      a.rotary_embedding_dim ? size_t(a.rotary_embedding_dim) : n,
                      a.interleaved != 0,
                      c.in(2),
                      c.in(3)};
  for (size_t b = 0; b < size_t(x.dims[0]); ++b)
    for (size_t i = 0; i < rows; ++i) {
      int64_t at = p.as<int64_t>()[p.rank < 2 ? 0 : b * rows + i];
      if (p.rank < 2 && !add(at, int64_t(i), at)) at = -1;
      if (at < 0 || at >= c.in(2).dims[0]) return c.fail(Status::index_range, at, 0, c.in(2).dims[0]);
      for (size_t h = 0; h < heads; ++h) rotate(r, b, h, i, size_t(at));
    }
  return Status::ok;
}

}  // namespace mote
