// mote.Attention: y = softmax(scale q k^T + mask) v, for each head: what exporters write by MatMul and
// Softmax (compiler/rewrites/attention.cpp).
//   in   q [batch, heads, rows, n], k [batch, heads, keys, n], v [batch, heads, keys, m], mask (optional),
//        f32; or all without heads.
//        batch and heads broadcast, as those of MatMul do; the mask broadcasts to [batch, heads, rows, keys],
//          or they to it
//   out  y [batch, heads, rows, m]
//   scale float = 1; turned int = 0: bits 1, 2, 4, 8 for q, k, v, y: [batch, rows, heads, n]
//   guard int = 0: a row that is NaN, one that sees no key among them, is 0; otherwise it stays NaN
// Errors: bad_type, bad_rank, bad_shape, not_broadcastable, bad_attribute.
#include "attend.h"

namespace mote {
namespace {

struct Attrs {
  float scale;
  int64_t turned, guard;
};
constexpr Attr attrs[] = {ATTR(Attrs, scale, 1.0f), ATTR(Attrs, turned), ATTR(Attrs, guard)};

// An input as [batch, heads, rows, n]; numbers or symbols.
struct Dims {
  int64_t at[4] = {1, 1, 1, 1};
};
Dims dims_of(const Value& v, bool turned, bool without_heads) {
  Dims d;
  for (int i = 0; i < v.rank; ++i) d.at[4 - v.rank + i] = v.dims[i];
  if (without_heads) d.at[0] = d.at[1], d.at[1] = 1;
  if (turned) swap(d.at[1], d.at[2]);
  return d;
}
bool turned(const Call& c, int bit) { return c.attrs<Attrs>().turned >> bit & 1; }

bool broadcast_dim(Call& c, int64_t a, int64_t b, int64_t& out) {
  if (a == b || b == 1) out = a;
  else if (a == 1) out = b;
  else if (a >= 0 && b >= 0) return false;
  else out = a >= 0 ? a : b >= 0 ? b : c.fresh();
  return true;
}

struct Sizes {
  int64_t batch = 1, heads = 1, rows = 1, keys = 1, n, m;
};

// The ranks are known.
Status measure(Call& c, Sizes& s) {
  Dims d[4];
  const unsigned inputs = c.has_in(3) ? 4 : 3;
  for (unsigned i = 0; i < inputs; ++i) {
    d[i] = dims_of(c.in(i), i < 3 && turned(c, int(i)), c.in(0).rank == 3);
    if (!broadcast_dim(c, s.batch, d[i].at[0], s.batch) || !broadcast_dim(c, s.heads, d[i].at[1], s.heads))
      return c.fail(Status::not_broadcastable, Arg::dims(c.in(0)), Arg::dims(c.in(i)));
  }
  s.rows = d[0].at[2];
  s.keys = d[1].at[2];
  if (inputs > 3 &&
      (!broadcast_dim(c, s.rows, d[3].at[2], s.rows) || !broadcast_dim(c, s.keys, d[3].at[3], s.keys)))
    return c.fail(Status::not_broadcastable, Arg::dims(c.in(0)), Arg::dims(c.in(3)));
  if (!dim_merge(d[0].at[3], d[1].at[3], s.n))
    return c.fail_in(1, Status::bad_shape, Arg::dims(c.in(1)), d[0].at[3]);
  if (!dim_merge(s.keys, d[2].at[2], s.keys))
    return c.fail_in(2, Status::bad_shape, Arg::dims(c.in(2)), s.keys);
  s.m = d[2].at[3];
  return Status::ok;
}

Status shape(Call& c) {
  TRY(c.want_type(0, types(Type::f32)));
  for (unsigned i = 1; i < 4; ++i) TRY(c.want_same_type(i, 0));
  const int64_t bits = c.attrs<Attrs>().turned;
  if (bits < 0 || bits > 15) return c.bad_attr("turned", bits, "4 bits");
  int rank = unknown_rank;
  for (unsigned i = 0; i < 3; ++i)
    if (known_rank(c.in(i))) rank = c.in(i).rank;
  if (rank == unknown_rank) return c.set(0, Type::f32), Status::ok;
  if (rank != 3 || bits) rank = 4;
  for (unsigned i = 0; i < 3; ++i) TRY(c.want_rank(i, rank));
  if (c.has_in(3) && c.in(3).rank > rank) return c.fail_in(3, Status::bad_rank, c.in(3).rank, rank);
  for (unsigned i = 0; i < 4; ++i)
    if (c.has_in(i) && !known_rank(c.in(i))) return c.set(0, Type::f32, rank), Status::ok;
  Sizes s;
  TRY(measure(c, s));
  const int64_t y[4] = {s.batch, turned(c, 3) ? s.rows : s.heads, turned(c, 3) ? s.heads : s.rows, s.m};
  const int64_t flat[3] = {s.batch, s.rows, s.m};
  return c.set_dims(0, Type::f32, rank == 4 ? y : flat, rank);
}

// Where heads lie; what is broadcast has a step of 0.
Heads place(const Value& v, const Dims& d, bool turned) {
  const size_t heads = size_t(d.at[1]), rows = size_t(d.at[2]), n = size_t(d.at[3]);
  Heads h = {v.type, v.data, heads * rows * n, turned ? n : rows * n, turned ? heads * n : n};
  if (d.at[0] == 1) h.batch = 0;
  if (heads == 1) h.head = 0;
  return h;
}

// v with its axis `axis`, of one element, repeated `times` times.
Status repeat(Call& c, Value& v, int axis, int64_t times) {
  const size_t before = product(v, 0, axis), bytes = product(v, axis + 1, v.rank) * sizeof(float);
  size_t total;
  if (!mul(before * bytes, size_t(times), total)) return c.no_memory(~size_t(0));
  char* to = static_cast<char*>(c.scratch(total));
  if (!to) return c.no_memory(total);
  for (size_t i = 0; i < before; ++i)
    for (int64_t k = 0; k < times; ++k, to += bytes) memcpy(to, v.as<char>() + i * bytes, bytes);
  v.data = to - total;
  v.dims[axis] = times;
  return Status::ok;
}

}  // namespace

constinit const Op op_fused_attention = {.in = {3, 4}, ATTRS(Attrs, attrs), .shape = shape};

Status run_fused_attention(Call& c) {
  Sizes s;
  TRY(measure(c, s));
  Value in[4], &y = c.out(0);
  Dims d[3];
  for (unsigned i = 0; i < 4; ++i)
    if (c.has_in(i)) in[i] = c.in(i);
  const int axis = in[0].rank - 2;  // of rows, where heads are not behind them
  for (unsigned i = 0; i < 2; ++i) {
    const int64_t want = i ? s.keys : s.rows;
    const int at = turned(c, int(i)) ? 1 : axis;
    if (in[i].dims[at] != want && s.batch && s.heads) TRY(repeat(c, in[i], at, want));
  }
  for (unsigned i = 0; i < 3; ++i) d[i] = dims_of(in[i], turned(c, int(i)), in[i].rank == 3);
  Attention a = {};
  a.batch = size_t(s.batch);
  a.heads = a.groups = size_t(s.heads);
  a.rows = size_t(s.rows);
  a.keys = size_t(s.keys);
  a.n = size_t(s.n);
  a.v_n = size_t(s.m);
  a.query = place(in[0], d[0], turned(c, 0));
  a.key = place(in[1], d[1], turned(c, 1));
  a.value = place(in[2], d[2], turned(c, 2));
  const Dims out = {{s.batch, s.heads, s.rows, s.m}};
  a.y = place(y, out, turned(c, 3));
  a.scale = c.attrs<Attrs>().scale;
  a.formula = true;
  a.guard = c.attrs<Attrs>().guard != 0;
  if (c.has_in(3)) {
    Value& m = in[3];
    if (m.rank && m.dims[m.rank - 1] != s.keys) TRY(repeat(c, m, m.rank - 1, s.keys));
    if (!m.rank) {
      m.rank = 1;
      m.dims[0] = 1;
      if (s.keys != 1) TRY(repeat(c, m, 0, s.keys));
    }
    if (m.rank == 3 && in[0].rank == 3) {
      m.rank = 4;
      m.dims[3] = m.dims[2];
      m.dims[2] = m.dims[1];
      m.dims[1] = 1;
    }
    a.mask = &m;
  }
  return attend(c, a);
}

}  // namespace mote
