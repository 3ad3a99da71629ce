// MultiHeadAttention: y = softmax(q k^T scale + mask) v, for each head.
//   in   query [batch, rows, heads n], key [batch, new, heads n], value [batch, new, heads m]; or key, value
//        [batch, heads, new, n or m]; or key [batch, new, heads, 2, n] with values, or query [batch, rows,
//          heads, 3, n] with both;
//        bias of all three, one after the other [heads (n + n + m)], added first;
//        key_padding_mask i32, where not above 0 mask_filter_value is added: [batch, keys] or [batch, rows,
//          keys]; or [batch], how
//        many keys are there, [2 batch], where they end and begin, or [3 batch + 2], of which the first batch
//          are read;
//        attention_bias [1 or batch, 1 or heads, rows, keys], added to scores; past_key, past_value [batch,
//          heads, past, n or m],
//        both or none: keys = past + new. f32 f16 bf16, of one type; all but query optional;
//        past_sequence_length i32, one number: so many rows of past_key and past_value [batch, heads, room, n
//          or m] count, and
//        present_key and present_value are such rooms too, with the new rows behind those;
//        cache_indirection i32 [batch / beams, beams, room]: the beam that a row of the past is read from,
//          where it counts
//   out  y [batch, rows, heads m]; present_key, present_value [batch, heads, keys, n or m]; qk [batch, heads,
//        rows, keys], scores with everything added; all but y optional
//   num_heads int; scale float = 0: 1 / sqrt(n); mask_filter_value float = -10000; unidirectional int = 0: a
//     row sees no later key
// Computed in f32, rounded once. Errors: bad_attribute, missing_attribute, missing_input, bad_type, bad_rank,
// bad_shape, bad_value, index_range (a beam). Source: onnxruntime, com.microsoft 1.
#include "../element.h"
#include "attend.h"

namespace mote {
namespace {

struct Attrs {
  int64_t num_heads, unidirectional;
  float scale, mask_filter_value;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, num_heads), ATTR(Attrs, unidirectional), ATTR(Attrs, scale),
                          ATTR(Attrs, mask_filter_value, -10000.0f)};
enum { query, key, value, bias, padding, added, past_key, past_value, past_length, beams };

struct Dims {
  int64_t batch, rows, fresh, past, keys, n, v_n;  // numbers or symbols
  // rows of past_key where past_sequence_length says how many count, else keys
  int64_t room;
};

// The last axis of in(i) is whole heads of n elements.
Status split_heads(Call& c, unsigned i, int64_t& n) {
  const Value& v = c.in(i);
  const int64_t width = v.dims[v.rank - 1], heads = c.attrs<Attrs>().num_heads;
  n = width < 0 ? c.fresh() : width / heads;
  return width >= 0 && width % heads
             ? c.fail_in(i, Status::bad_shape, Arg::dims(v), "whole heads in the last axis")
             : Status::ok;
}

Status merge(Call& c, unsigned i, int axis, int64_t& to) {
  const Value& v = c.in(i);
  return dim_merge(to, v.dims[axis], to) ? Status::ok : c.fail_in(i, Status::bad_shape, Arg::dims(v), to);
}

// Query, key or value in one tensor with `parts` of them: [batch, rows, heads, parts, n].
Status check_packed(Call& c, unsigned i, int64_t parts) {
  TRY(c.want_dim(i, 2, c.attrs<Attrs>().num_heads));
  return c.want_dim(i, 3, parts);
}

// The ranks of query, key and value are known.
Status measure(Call& c, Dims& d) {
  const int64_t heads = c.attrs<Attrs>().num_heads;
  const Value& q = c.in(query);
  d.batch = q.dims[0];
  d.rows = d.fresh = q.dims[1];
  if (q.rank == 5) {
    TRY(check_packed(c, query, 3));
    d.n = d.v_n = q.dims[4];
  } else {
    TRY(split_heads(c, query, d.n));
    const Value& k = c.in(key);
    TRY(merge(c, key, 0, d.batch));
    d.fresh = k.dims[k.rank == 4 ? 2 : 1];
    if (k.rank == 3) {
      int64_t n;
      TRY(split_heads(c, key, n));
      if (!dim_merge(d.n, n, d.n))
        return c.fail_in(key, Status::bad_shape, Arg::dims(k), "the query's heads");
    } else {
      TRY(merge(c, key, k.rank - 1, d.n));
      if (k.rank == 5) TRY(check_packed(c, key, 2));
      else TRY(c.want_dim(key, 1, heads));
    }
    d.v_n = d.n;
    if (c.has_in(value)) {
      const Value& v = c.in(value);
      TRY(merge(c, value, 0, d.batch));
      TRY(merge(c, value, v.rank == 4 ? 2 : 1, d.fresh));
      if (v.rank == 4) TRY(c.want_dim(value, 1, heads));
      if (v.rank == 4) d.v_n = v.dims[3];
      else TRY(split_heads(c, value, d.v_n));
    }
  }
  d.past = 0;
  for (unsigned i = past_key; i <= past_value && c.has_in(past_key); ++i) {
    if (i == past_key) d.past = c.fresh();
    if (!known_rank(c.in(i))) continue;
    TRY(c.want_dim(i, 0, d.batch));
    TRY(c.want_dim(i, 1, heads));
    TRY(merge(c, i, 2, d.past));
    TRY(c.want_dim(i, 3, i == past_key ? d.n : d.v_n));
  }
  d.room = d.past;
  if (c.has_in(past_length)) {
    d.past = c.fresh();
    if (c.known(past_length) && concrete(c.in(past_length))) {
      if (count(c.in(past_length)) != 1)
        return c.fail_in(past_length, Status::bad_shape, Arg::dims(c.in(past_length)), "one number");
      d.past = load_int(Type::i32, c.in(past_length).data, 0);
      if (d.past < 0 || (d.room >= 0 && d.fresh >= 0 && d.past > d.room - d.fresh))
        return c.fail_in(past_length, Status::bad_value, d.past,
                         "no more than past_key has room for, with the new rows");
    }
  }
  if (c.has_in(past_key)) TRY(dim_add(c, d.past, d.fresh, d.keys));
  else d.keys = d.fresh;
  if (!c.has_in(past_length)) d.room = d.keys;
  return Status::ok;
}

Status check_masks(Call& c, const Dims& d) {
  const int64_t heads = c.attrs<Attrs>().num_heads;
  if (c.has_in(bias) && d.n >= 0 && d.v_n >= 0) TRY(c.want_dim(bias, 0, heads * (2 * d.n + d.v_n)));
  if (c.has_in(padding) && known_rank(c.in(padding))) {
    const Value& m = c.in(padding);
    const int64_t have = m.dims[0];
    if (m.rank == 1 && have >= 0 && d.batch >= 0 && have != d.batch && have != 2 * d.batch &&
        have != 3 * d.batch + 2)
      return c.fail_in(padding, Status::bad_shape, Arg::dims(m),
                       "[batch], [2 batch], [3 batch + 2] or [batch, keys]");
    if (m.rank > 1) TRY(c.want_dim(padding, 0, d.batch));
    if (m.rank > 1) TRY(c.want_dim(padding, m.rank - 1, d.keys));
    if (m.rank == 3) TRY(c.want_dim(padding, 1, d.rows));
  }
  if (!c.has_in(added) || !known_rank(c.in(added))) return Status::ok;
  const int64_t want[4] = {d.batch, heads, d.rows, d.keys};
  for (int i = 0; i < 4; ++i)
    if (i > 1 || c.in(added).dims[i] != 1) TRY(c.want_dim(added, i, want[i]));
  return Status::ok;
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  if (a.num_heads < 1 || a.num_heads > 0xffffff) return c.bad_attr("num_heads", a.num_heads, "at least 1");
  TRY(c.want_type(query, types(Type::f32, Type::f16, Type::bf16)));
  for (unsigned i = key; i <= past_value; ++i)
    if (i == padding) TRY(c.want_type(i, types(Type::i32)));
    else TRY(c.want_same_type(i, query));
  for (unsigned i = past_length; i <= beams; ++i) {
    TRY(c.want_type(i, types(Type::i32)));
    if (c.has_in(i) && !c.has_in(past_key)) return c.fail(Status::missing_input, unsigned(past_key));
  }
  if (c.has_in(beams) && !c.has_in(past_length)) return c.fail(Status::missing_input, unsigned(past_length));
  TRY(c.want_rank(beams, 3));
  if (c.has_in(past_key) != c.has_in(past_value))
    return c.fail(Status::missing_input, unsigned(c.has_in(past_key) ? past_value : past_key));
  if (!c.has_in(key)) TRY(c.want_rank(query, 5));
  else TRY(c.want_rank(query, 3));
  if (c.has_in(key) && !c.has_in(value)) TRY(c.want_rank(key, 5));
  if (c.has_in(value) && !c.has_in(key)) return c.fail(Status::missing_input, unsigned(key));
  for (unsigned i = key; i <= value && c.has_in(value); ++i)
    if (known_rank(c.in(i)) && c.in(i).rank != 3) TRY(c.want_rank(i, 4));
  if (c.has_in(padding) && known_rank(c.in(padding)) && (c.in(padding).rank < 1 || c.in(padding).rank > 3))
    return c.fail_in(padding, Status::bad_rank, c.in(padding).rank, "1 to 3");
  TRY(c.want_rank(bias, 1));
  TRY(c.want_rank(added, 4));
  TRY(c.want_rank(past_key, 4));
  TRY(c.want_rank(past_value, 4));
  const Type type = c.in(query).type;
  for (unsigned i = query; i <= value; ++i)
    if (c.has_in(i) && !known_rank(c.in(i))) {
      for (unsigned o = 0; o < 4; ++o) c.set(o, type, o ? 4 : 3);
      return Status::ok;
    }
  Dims d;
  TRY(measure(c, d));
  TRY(check_masks(c, d));
  const int64_t y[3] = {d.batch, d.rows, d.v_n >= 0 ? a.num_heads * d.v_n : c.fresh()};
  const int64_t keys[4] = {d.batch, a.num_heads, d.room, d.n},
                values[4] = {d.batch, a.num_heads, d.room, d.v_n};
  TRY(c.want_dim(beams, 2, d.room));
  if (c.has_in(beams) && known_rank(c.in(beams))) {
    const int64_t* b = c.in(beams).dims;
    if (b[0] >= 0 && b[1] >= 0 && d.batch >= 0 &&
        (b[1] ? b[0] != d.batch / b[1] || d.batch % b[1] : d.batch != 0))
      return c.fail_in(beams, Status::bad_shape, Arg::dims(c.in(beams)), "a batch of beams");
  }
  const int64_t scores[4] = {d.batch, a.num_heads, d.rows, d.keys};
  TRY(c.set_dims(0, type, y, 3));
  TRY(c.set_dims(1, type, keys, 4));
  TRY(c.set_dims(2, type, values, 4));
  return c.set_dims(3, type, scores, 4);
}

// h becomes a copy [batch, rows, heads, n] with the bias from element `first` on.
Status add_bias(Call& c, size_t first, size_t batch, size_t heads, size_t rows, size_t n, Heads& h) {
  if (!c.has_in(bias)) return Status::ok;
  const size_t s = size_of(h.type), bytes = batch * heads * rows * n * s;
  char* copy = static_cast<char*>(c.scratch(bytes));
  if (!copy) return c.no_memory(bytes);
  char* to = copy;
  for (size_t i = 0; i < batch * rows * heads; ++i, to += n * s) {
    const size_t head = i % heads, row = i / heads % rows, b = i / heads / rows;
    const char* from = static_cast<const char*>(h.at) + (b * h.batch + head * h.head + row * h.row) * s;
    for (size_t k = 0; k < n; k += block) {
      double x[block], more[block];
      const size_t m = min(block, n - k);
      load_reals(h.type, from + k * s, 1, m, x);
      load_reals(h.type, c.in(bias).as<char>() + (first + head * n + k) * s, 1, m, more);
      for (size_t e = 0; e < m; ++e) x[e] += more[e];
      store_reals(h.type, to + k * s, 1, m, x);
    }
  }
  h = {h.type, copy, rows * heads * n, n, heads * n};
  return Status::ok;
}

// Whether key j of batch b is there for row r.
bool seen(const Value& m, const Dims& d, size_t b, size_t r, size_t j) {
  const int32_t* at = m.as<int32_t>();
  const size_t batch = size_t(d.batch), keys = size_t(d.keys);
  if (m.rank == 3) return at[(b * size_t(d.rows) + r) * keys + j] > 0;
  if (m.rank == 2) return at[b * keys + j] > 0;
  return int64_t(j) < at[b] && (m.dims[0] != 2 * d.batch || d.batch == 0 || int64_t(j) >= at[batch + b]);
}

// What is added to scores: the mask as numbers, and the bias in attention_bias: [batch, 1 or heads, 1 or
// rows, keys].
Status make_mask(Call& c, const Dims& d, Value& out) {
  const Value& m = c.in(padding);
  const Value* more = c.has_in(added) ? &c.in(added) : nullptr;
  out.type = Type::f32;
  out.rank = 4;
  const int64_t dims[4] = {d.batch, more ? more->dims[1] : 1, more || m.rank == 3 ? d.rows : 1, d.keys};
  size_t n = 1;
  for (int i = 0; i < 4; ++i) {
    out.dims[i] = dims[i];
    if (!mul(n, size_t(dims[i]), n)) return c.no_memory(~size_t(0));
  }
  float* to = c.scratch_of<float>(n);
  if (!to) return c.no_memory(n * 4);
  out.data = to;
  const size_t keys = size_t(d.keys), rows = size_t(dims[2]), heads = size_t(dims[1]);
  for (size_t i = 0; i < n; ++i) {
    const size_t j = i % keys, r = i / keys % rows, head = i / keys / rows % heads,
                 b = i / keys / rows / heads;
    float v = seen(m, d, b, r, j) ? 0.0f : c.attrs<Attrs>().mask_filter_value;
    if (more)
      v += float(element_at(*more, (((more->dims[0] == 1 ? 0 : b) * heads + head) * rows + r) * keys + j));
    to[i] = v;
  }
  return Status::ok;
}

// The new rows x behind those that count of past_key or past_value; x becomes what is to be read, each beam's
// rows where they are.
Status fill_room(Call& c, const Dims& d, unsigned i, Heads& x) {
  const Value& past = c.in(past_key + i);
  const size_t heads = size_t(past.dims[1]), bytes = size_t(past.dims[3]) * size_of(x.type),
               all = size_t(d.room) * bytes;
  const size_t old = size_t(d.past) * bytes, total = size_t(d.batch) * heads * all;
  const auto append = [&](Value& to) {
    char* at = to.as<char>();
    for (size_t k = 0; k < size_t(d.batch) * heads; ++k, at += all) {
      const char* from =
          static_cast<const char*>(x.at) + (k / heads * x.batch + k % heads * x.head) * size_of(x.type);
      for (size_t r = 0; r < size_t(d.fresh); ++r)
        memcpy(at + old + r * bytes, from + r * x.row * size_of(x.type), bytes);
    }
  };
  const bool present = c.has_out(1 + i), turned = c.has_in(beams);
  if (!total) {
    x.at = past.data;
    return Status::ok;
  }
  Value to = past;
  if (present || !turned) {
    to.data = present ? c.out(1 + i).data : c.scratch(total);
    if (!to.data) return c.no_memory(total);
    memcpy(to.data, past.data, total);
    append(to);
  }
  if (turned) {
    to.data = c.scratch(total);
    if (!to.data) return c.no_memory(total);
    const int64_t beam = c.in(beams).dims[1];
    const int32_t* from = c.in(beams).as<int32_t>();
    for (int64_t b = 0; b < d.batch; ++b, from += d.room)
      for (int64_t r = 0; r < d.past; ++r) {
        if (from[r] < 0 || from[r] >= beam) return c.fail(Status::index_range, from[r], 0, beam);
        const size_t source = size_t(b / beam * beam + from[r]);
        for (size_t h = 0; h < heads; ++h)
          memcpy(to.as<char>() + (size_t(b) * heads + h) * all + size_t(r) * bytes,
                 past.as<char>() + (source * heads + h) * all + size_t(r) * bytes, bytes);
      }
    append(to);
  }
  x = heads_of(to, heads);
  return Status::ok;
}

}  // namespace

constinit const Op op_ms_multi_head_attention = {
    .in = {1, 10}, .out = {1, 4}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1 << past_length};

Status run_ms_multi_head_attention(Call& c) {
  const Attrs& t = c.attrs<Attrs>();
  Dims d;
  TRY(measure(c, d));
  Attention a = {};
  a.batch = size_t(d.batch);
  a.heads = a.groups = size_t(t.num_heads);
  a.rows = size_t(d.rows);
  a.keys = size_t(d.keys);
  a.n = size_t(d.n);
  a.v_n = size_t(d.v_n);
  // Part `k` of the `parts` in in(i).
  const auto part = [&](unsigned i, size_t k, size_t parts) {
    const Value& v = c.in(i);
    const size_t row = a.heads * parts * a.n;
    return Heads{v.type, static_cast<char*>(v.data) + k * a.n * size_of(v.type), size_t(v.dims[1]) * row,
                 parts * a.n, row};
  };
  const bool all = c.in(query).rank == 5, two = !all && c.in(key).rank == 5;
  a.query = all ? part(query, 0, 3) : heads_of(c.in(query), a.heads);
  a.key = all ? part(query, 1, 3) : two ? part(key, 0, 2) : heads_of(c.in(key), a.heads);
  a.value = all ? part(query, 2, 3) : two ? part(key, 1, 2) : heads_of(c.in(value), a.heads);
  const size_t fresh = size_t(d.fresh), width = a.heads * a.n;
  TRY(add_bias(c, 0, a.batch, a.heads, a.rows, a.n, a.query));
  TRY(add_bias(c, width, a.batch, a.heads, fresh, a.n, a.key));
  TRY(add_bias(c, 2 * width, a.batch, a.heads, fresh, a.v_n, a.value));
  const int64_t dims[2][4] = {{d.batch, t.num_heads, d.keys, d.n}, {d.batch, t.num_heads, d.keys, d.v_n}};
  for (unsigned i = 0; i < 2 && c.has_in(past_length); ++i) TRY(fill_room(c, d, i, i ? a.value : a.key));
  for (unsigned i = 0; i < 2 && !c.has_in(past_length); ++i)
    TRY(cache_rows(c, c.has_in(past_key + i) ? &c.in(past_key + i) : nullptr,
                   c.has_out(1 + i) ? &c.out(1 + i) : nullptr, dims[i], i ? a.value : a.key));
  Value mask;
  if (c.has_in(padding)) TRY(make_mask(c, d, mask));
  a.mask = c.has_in(padding) ? &mask : c.has_in(added) ? &c.in(added) : nullptr;
  if (c.has_out(0)) a.y = heads_of(c.out(0), a.heads);
  a.scale = t.scale != 0 ? t.scale : float(1 / __builtin_sqrt(double(d.n)));
  a.past = d.past;
  a.right = t.unidirectional ? 0 : -1;
  a.scores = c.has_out(3) ? &c.out(3) : nullptr;
  a.scores_mode = 2;
  return attend(c, a);
}

}  // namespace mote
