// Attention: y = softmax(softcap(q k^T scale) + mask) v, for each head; keys and values shared by groups of
// heads.
//   in   q [batch, heads, rows, n], k [batch, groups, new, n], v [batch, groups, new, m], or [batch, rows,
//        heads n] and so on
//        with q_num_heads and kv_num_heads, f32 f64 f16 bf16, v of a type of its own;
//        attn_mask, any number type: added, or bool: false is -inf, broadcasts to [batch, heads, rows, keys],
//          its last axis may
//        be shorter: masked; past_key, past_value [batch, groups, past, n or m], both or none; keys = past +
//          new;
//        nonpad_kv_seqlen i64 [batch], how many of the keys are there: not beside past_key
//   out  y [batch, heads, rows, m] or [batch, rows, heads m]; present_key, present_value [batch, groups,
//        keys, n or m];
//        qk_matmul_output [batch, heads, rows, keys], scores as qk_matmul_output_mode has it; all but y
//          optional
//   scale float: 1 / sqrt(n) where absent; softcap float = 0: c tanh(x / c); is_causal, left_window_size =
//     -1,
//   right_window_size = -1: the keys a row sees; softmax_precision: the type scores are rounded to
// A row that sees no key is 0. f16 is computed in f32 and rounded once, bf16 rounded after each step, as the
// operator's function body has it.
// Errors: bad_attribute, missing_attribute, bad_type, bad_rank, bad_shape, bad_value.         Source: ONNX
//   Attention-25.
#include "../element.h"
#include "../math.h"
#include "attend.h"

namespace mote {
namespace {

struct Attrs {
  int64_t is_causal, kv_num_heads, q_num_heads, left_window_size, right_window_size, qk_matmul_output_mode;
  int64_t softmax_precision;
  float scale, softcap;
};
constexpr float automatic = -__builtin_inff();
constexpr Attr attrs[] = {ATTR(Attrs, is_causal), ATTR(Attrs, kv_num_heads), ATTR(Attrs, q_num_heads),
                          ATTR(Attrs, left_window_size, -1), ATTR(Attrs, right_window_size, -1),
                          ATTR(Attrs, qk_matmul_output_mode), ATTR(Attrs, softmax_precision),
                          ATTR(Attrs, scale, automatic), ATTR(Attrs, softcap)};

struct Dims {
  int64_t batch, heads, groups, rows, fresh, past, keys, n, v_n;  // numbers or symbols
};

// One input as [batch, heads, rows, n].
Status split_heads(Call& c, unsigned i, int64_t attribute, const char* name, int64_t* dims) {
  const Value& v = c.in(i);
  if (v.rank == 4) {
    for (int k = 0; k < 4; ++k) dims[k] = v.dims[k];
    return Status::ok;
  }
  if (!attribute) return c.fail(Status::missing_attribute, name);
  if (attribute < 1) return c.bad_attr(name, attribute, "at least 1");
  dims[0] = v.dims[0];
  dims[1] = attribute;
  dims[2] = v.dims[1];
  dims[3] = v.dims[2] < 0 ? c.fresh() : v.dims[2] / attribute;
  if (v.dims[2] >= 0 && v.dims[2] % attribute)
    return c.fail_in(i, Status::bad_shape, Arg::dims(v), "whole heads in the last axis");
  return Status::ok;
}

// The ranks of q, k and v are known.
Status measure(Call& c, Dims& d) {
  const Attrs& a = c.attrs<Attrs>();
  int64_t q[4], k[4], v[4];
  TRY(split_heads(c, 0, a.q_num_heads, "q_num_heads", q));
  TRY(split_heads(c, 1, a.kv_num_heads, "kv_num_heads", k));
  TRY(split_heads(c, 2, a.kv_num_heads, "kv_num_heads", v));
  d = {q[0], q[1], k[1], q[2], k[2], 0, k[2], q[3], v[3]};
  for (int i = 0; i < 4; ++i) {
    int64_t& to = i == 0 ? d.batch : i == 1 ? d.groups : i == 2 ? d.fresh : d.n;
    if ((i == 0 || i == 3) && !dim_merge(to, k[i], to))
      return c.fail_in(1, Status::bad_shape, Arg::dims(c.in(1)), to);
    if (i < 3 && !dim_merge(to, v[i], to)) return c.fail_in(2, Status::bad_shape, Arg::dims(c.in(2)), to);
  }
  if (d.heads >= 0 && d.groups >= 0 && (d.groups ? d.heads % d.groups : d.heads) != 0)
    return c.fail_in(1, Status::bad_shape, Arg::dims(c.in(1)), "a divisor of the query's heads");
  d.keys = d.fresh;
  if (!c.has_in(4)) return Status::ok;
  for (unsigned i = 4; i < 6; ++i) {
    if (!known_rank(c.in(i))) continue;
    TRY(c.want_dim(i, 0, d.batch));
    TRY(c.want_dim(i, 1, d.groups));
    TRY(c.want_dim(i, 3, i == 4 ? d.n : d.v_n));
  }
  d.past = known_rank(c.in(4)) ? c.in(4).dims[2] : c.fresh();
  TRY(c.want_dim(5, 2, d.past));
  return dim_add(c, d.past, d.fresh, d.keys);
}

Status check_mask(Call& c, const Dims& d) {
  if (!c.has_in(3) || !known_rank(c.in(3))) return Status::ok;
  const Value& m = c.in(3);
  if (m.rank < 1 || m.rank > 4) return c.fail_in(3, Status::bad_rank, m.rank, "1 to 4");
  const int64_t want[4] = {d.batch, d.heads, d.rows, d.keys};
  for (int i = 0; i < m.rank; ++i) {
    const int64_t have = m.dims[i], to = want[4 - m.rank + i];
    if (have < 0 || to < 0 || have == to || (have == 1 && i < m.rank - 1) || (have < to && i == m.rank - 1))
      continue;
    return c.fail_in(3, Status::bad_shape, Arg::dims(m), to);
  }
  return Status::ok;
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, float_types));
  TRY(c.want_same_type(1, 0));
  TRY(c.want_type(2, float_types));
  TRY(c.want_type(3, number_types | types(Type::boolean)));
  TRY(c.want_same_type(4, 0));
  TRY(c.want_same_type(5, 2));
  TRY(c.want_type(6, types(Type::i64)));
  TRY(c.want_rank(4, 4));
  TRY(c.want_rank(5, 4));
  TRY(c.want_rank(6, 1));
  if (c.has_in(4) != c.has_in(5)) return c.fail(Status::missing_input, c.has_in(4) ? 5 : 4);
  if (c.has_in(4) && c.has_in(6))
    return c.fail_in(6, Status::bad_value, "lengths", "nothing beside past_key");
  if (a.left_window_size < -1) return c.bad_attr("left_window_size", a.left_window_size, "at least -1");
  if (a.right_window_size < -1) return c.bad_attr("right_window_size", a.right_window_size, "at least -1");
  if (a.qk_matmul_output_mode < 0 || a.qk_matmul_output_mode > 3)
    return c.bad_attr("qk_matmul_output_mode", a.qk_matmul_output_mode, "0 to 3");
  if (a.softmax_precision && (a.softmax_precision < 0 || a.softmax_precision >= int64_t(type_count) ||
                              !has(float_types, Type(a.softmax_precision))))
    return c.bad_attr("softmax_precision", a.softmax_precision, "a type of floats");
  const Type type = c.in(0).type, v_type = c.in(2).type;
  if (known_rank(c.in(0)) && c.in(0).rank != 3) TRY(c.want_rank(0, 4));
  for (unsigned i = 1; i < 3; ++i)
    if (known_rank(c.in(0))) TRY(c.want_rank(i, c.in(0).rank));
  if (!known_rank(c.in(0)) || !known_rank(c.in(1)) || !known_rank(c.in(2))) {
    c.set(0, type, c.in(0).rank);
    c.set(1, type, 4);
    c.set(2, v_type, 4);
    c.set(3, type, 4);
    return Status::ok;
  }
  Dims d;
  TRY(measure(c, d));
  TRY(check_mask(c, d));
  TRY(c.want_dim(6, 0, d.batch));
  const int64_t flat = d.heads >= 0 && d.v_n >= 0 ? d.heads * d.v_n : c.fresh();
  const int64_t y[2][4] = {{d.batch, d.rows, flat}, {d.batch, d.heads, d.rows, d.v_n}};
  TRY(c.set_dims(0, type, y[c.in(0).rank == 4], c.in(0).rank));
  const int64_t key[4] = {d.batch, d.groups, d.keys, d.n}, value[4] = {d.batch, d.groups, d.keys, d.v_n};
  const int64_t score[4] = {d.batch, d.heads, d.rows, d.keys};
  TRY(c.set_dims(1, type, key, 4));
  TRY(c.set_dims(2, v_type, value, 4));
  return c.set_dims(3, type, score, 4);
}

// Keys or values: as they are, or behind those of the past.
Status cached(Call& c, unsigned i, unsigned o, const Dims& d, int64_t n, Heads& h) {
  h = heads_of(c.in(i), size_t(d.groups));
  const int64_t dims[4] = {d.batch, d.groups, d.keys, n};
  return cache_rows(c, c.has_in(i + 3) ? &c.in(i + 3) : nullptr, c.has_out(o) ? &c.out(o) : nullptr, dims, h);
}

}  // namespace

constinit const Op op_attention = {.in = {3, 7}, .out = {1, 4}, ATTRS(Attrs, attrs), .shape = shape};

Status run_attention(Call& c) {
  const Attrs& t = c.attrs<Attrs>();
  Dims d;
  TRY(measure(c, d));
  Attention a = {};
  a.batch = size_t(d.batch);
  a.heads = size_t(d.heads);
  a.groups = size_t(d.groups);
  a.rows = size_t(d.rows);
  a.keys = size_t(d.keys);
  a.n = size_t(d.n);
  a.v_n = size_t(d.v_n);
  a.query = heads_of(c.in(0), a.heads);
  TRY(cached(c, 1, 1, d, d.n, a.key));
  TRY(cached(c, 2, 2, d, d.v_n, a.value));
  if (c.has_out(0)) a.y = heads_of(c.out(0), a.heads);
  a.scale = t.scale == automatic ? float(1 / __builtin_sqrt(double(d.n))) : t.scale;
  a.softcap = t.softcap;
  a.precision = Type(t.softmax_precision);
  if (c.in(0).type == Type::bf16) a.step = Type::bf16;
  a.mask = c.has_in(3) ? &c.in(3) : nullptr;
  a.past = d.past;
  a.left = t.left_window_size;
  a.right = t.is_causal ? 0 : t.right_window_size;
  if (c.has_in(6)) {
    a.lengths = c.in(6).as<int64_t>();
    for (size_t b = 0; b < a.batch; ++b)
      if (a.lengths[b] < 0 || a.lengths[b] > d.keys)
        return c.fail_in(6, Status::bad_value, a.lengths[b], "the number of keys at most");
  }
  a.scores = c.has_out(3) ? &c.out(3) : nullptr;
  a.scores_mode = t.qk_matmul_output_mode;
  return attend(c, a);
}

}  // namespace mote
