// GroupQueryAttention: y = softmax(softcap(q k^T scale) + attention_bias) v, for each head, keys and values
// shared by groups of heads and kept in a cache; new keys and queries may be rotated.
//   in   query [batch, rows, heads n], key, value [batch, rows, groups n], or query [batch, rows, (heads + 2
//        groups) n] with all
//        three; past_key, past_value [batch, groups, past, n], optional; seqlens_k i32 [batch] or [batch, 1]:
//          keys with the new ones,
//        less 1;
//        total_sequence_length i32 [] or [1]: the most of them; cos_cache, sin_cache [positions, r / 2];
//        position_ids i64 [batch, rows]; attention_bias [1 or batch, 1 or heads, rows, total]; head_sink
//          [heads];
//        k_scale, v_scale f32, of quantised caches; q_norm_weight, k_norm_weight [n], both or none: x /
//          sqrt(mean x^2 + qk_norm_epsilon) weight of each head's
//        queries and new keys, before they are rotated; f32 f16 bf16, of one type
//   out  y [batch, rows, heads n], present_key, present_value [batch, groups, max(past, total), n];
//        output_qk [batch, heads, rows, total]: with qk_output 1 the scores before the softmax, 0 where a row
//        sees no key; with 2 behind it
// The first rows of a cache are used: with total = rows they are the new ones, else seqlens_k + 1 - rows old
// ones come first.
//   num_heads, kv_num_heads int; scale float = 0: 1 / sqrt(n); softcap float = 0; causal int = 1;
//     local_window_size int = -1:
//   keys a row sees, its own the last; do_rotary, rotary_interleaved, smooth_softmax int
//   k_quant_type, v_quant_type string: PER_TENSOR or PER_CHANNEL: the caches hold round(x / scale), of one
//     number or [1, groups, 1, n];
//   kv_cache_bit_width int: 8: i8, or f8e4m3fn, which is not rounded before; 4: u8, two numbers + 8 a byte,
//     the first one low
// New rows are read as their caches hold them. Padded queries and a cache of a window's size are not
// supported. SparseAttention: the same with past_key and past_value, then block_row_indices i32 [layouts,
// blocks + 1], block_col_indices i32 [layouts, n]: a row sees no later key, and of the others those in blocks
// of sparse_block_size that its block has: columns from row_indices[block] to row_indices[block + 1] of its
// head's layout, which take turns; total_sequence_length, key_total_sequence_lengths i32 [batch]: with the
// new ones; cos_cache, sin_cache. Computed in f32, rounded once. Errors: bad_attribute, missing_attribute,
// missing_input, bad_type, bad_rank, bad_shape, bad_value, index_range, unsupported. Source: onnxruntime,
// com.microsoft 1.
#include "../element.h"
#include "rotate.h"

namespace mote {
namespace {

struct Attrs {
  int64_t num_heads, kv_num_heads, causal, local_window_size, do_rotary, rotary_interleaved, smooth_softmax;
  int64_t sliding_window_cache, kv_cache_bit_width, qk_output, sparse_block_size;
  float scale, softcap, qk_norm_epsilon, q_norm_epsilon, k_norm_epsilon;
  Text k_quant_type, v_quant_type;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, num_heads),
                          REQUIRED(Attrs, kv_num_heads),
                          ATTR(Attrs, causal, 1),
                          ATTR(Attrs, local_window_size, -1),
                          ATTR(Attrs, do_rotary),
                          ATTR(Attrs, rotary_interleaved),
                          ATTR(Attrs, smooth_softmax),
                          ATTR(Attrs, sliding_window_cache),
                          ATTR(Attrs, kv_cache_bit_width),
                          ATTR(Attrs, qk_output),
                          ATTR(Attrs, scale),
                          ATTR(Attrs, softcap),
                          ATTR(Attrs, qk_norm_epsilon, 1e-6f),
                          ATTR(Attrs, q_norm_epsilon),
                          ATTR(Attrs, k_norm_epsilon),
                          ATTR(Attrs, k_quant_type, "NONE"),
                          ATTR(Attrs, v_quant_type, "NONE")};

bool quantized(const Attrs& a) { return a.k_quant_type.size && !(a.k_quant_type == "NONE"); }

// The type of the caches, which scales are checked with.
Status check_cache(Call& c, int64_t n, Type& type) {
  const Attrs& a = c.attrs<Attrs>();
  for (unsigned i = 0; i < 2; ++i) {
    const Text kind = i ? a.v_quant_type : a.k_quant_type;
    const bool none = !kind.size || kind == "NONE";
    if (!none && !(kind == "PER_TENSOR") && !(kind == "PER_CHANNEL"))
      return c.bad_attr(i ? "v_quant_type" : "k_quant_type", kind, "NONE, PER_TENSOR or PER_CHANNEL");
    if (none == quantized(a))
      return c.bad_attr("v_quant_type", kind, "NONE where k_quant_type is, and only there");
    if (none) continue;
    if (!c.has_in(12 + i)) return c.fail(Status::missing_input, 12 + i);
    const Value& scale = c.in(12 + i);
    TRY(c.want_type(12 + i, types(Type::f32)));
    const int64_t want = kind == "PER_TENSOR" ? 1 : n < 0 ? n : n * a.kv_num_heads;
    if (known_rank(scale) && concrete(scale) && want >= 0 && count(scale) != size_t(want))
      return c.fail_in(12 + i, Status::bad_shape, Arg::dims(scale), want);
  }
  if (!quantized(a)) return Status::ok;
  if (a.kv_cache_bit_width != 4 && a.kv_cache_bit_width != 8)
    return c.bad_attr("kv_cache_bit_width", a.kv_cache_bit_width, "4 or 8");
  type = a.kv_cache_bit_width == 4 ? Type::u8 : Type::i8;
  if (type == Type::i8 && c.has_in(3) && c.in(3).type == Type::f8e4m3fn) type = Type::f8e4m3fn;
  return Status::ok;
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& q = c.in(0);
  if (a.num_heads < 1) return c.bad_attr("num_heads", a.num_heads, "at least 1");
  if (a.kv_num_heads < 1 || a.num_heads % a.kv_num_heads)
    return c.bad_attr("kv_num_heads", a.kv_num_heads, "a divisor of num_heads");
  if (a.local_window_size < -1) return c.bad_attr("local_window_size", a.local_window_size, "at least -1");
  if (a.sliding_window_cache) return c.fail(Status::unsupported, "sliding_window_cache");
  if (a.qk_output < 0 || a.qk_output > 2) return c.bad_attr("qk_output", a.qk_output, "0, 1 or 2");
  if (c.has_out(3) && !a.qk_output)
    return c.bad_attr("qk_output", a.qk_output, "1 or 2 where output_qk is asked for");
  for (unsigned i = 12; i < c.n_in; ++i)
    if (c.has_in(i) && i > 15) return c.fail(Status::unsupported, "an input behind k_norm_weight");
  if (c.has_in(14) != c.has_in(15)) return c.fail(Status::missing_input, c.has_in(14) ? 15 : 14);
  if (c.has_in(1) != c.has_in(2)) return c.fail(Status::missing_input, c.has_in(1) ? 2 : 1);
  if (c.has_in(3) != c.has_in(4)) return c.fail(Status::missing_input, c.has_in(3) ? 4 : 3);
  for (unsigned i = 5; i < 7; ++i)
    if (!c.has_in(i)) return c.fail(Status::missing_input, i);
  for (unsigned i = 7; a.do_rotary && i < 9; ++i)
    if (!c.has_in(i)) return c.fail(Status::missing_input, i);
  TRY(c.want_type(0, types(Type::f32, Type::f16, Type::bf16)));
  static const int8_t ranks[] = {3, 3, 3, 4, 4, -1, -1, 2, 2, 2, 4, 1, -1, -1, 1, 1};
  for (unsigned i = 0; i < 16; ++i) {
    if (i == 5 || i == 6) TRY(c.want_type(i, types(Type::i32)));
    else if (i == 9) TRY(c.want_type(i, types(Type::i64)));
    else if (i && !(quantized(a) && (i == 3 || i == 4)) && i != 12 && i != 13) TRY(c.want_same_type(i, 0));
    if (ranks[i] >= 0) TRY(c.want_rank(i, ranks[i]));
  }
  const bool packed = !c.has_in(1);
  int64_t batch = c.fresh(), rows = c.fresh(), n = c.fresh(), width = c.fresh(), past = 0, keys = c.fresh();
  if (known_rank(q)) {
    const int64_t heads = a.num_heads + (packed ? 2 * a.kv_num_heads : 0);
    batch = q.dims[0];
    rows = q.dims[1];
    if (q.dims[2] >= 0) {
      n = q.dims[2] / heads;
      width = n * a.num_heads;
      if (q.dims[2] % heads)
        return c.fail_in(0, Status::bad_shape, Arg::dims(q), "whole heads in the last axis");
    }
  }
  Type type = q.type;
  TRY(check_cache(c, n, type));
  const int64_t wide = type == Type::u8 && n >= 0 ? ceil_div(n, 2) : n;
  for (unsigned i = 1; i < 3; ++i) {
    TRY(c.want_dim(i, 0, batch));
    TRY(c.want_dim(i, 1, rows));
    if (n >= 0) TRY(c.want_dim(i, 2, n * a.kv_num_heads));
  }
  for (unsigned i = 3; i < 5; ++i) {
    if (!c.has_in(i)) continue;
    TRY(c.want_dim(i, 0, batch));
    TRY(c.want_dim(i, 1, a.kv_num_heads));
    TRY(c.want_type(i, types(type)));
    TRY(c.want_dim(i, 3, wide));
    past = known_rank(c.in(i)) ? c.in(i).dims[2] : c.fresh();
    if (known_rank(c.in(3))) TRY(c.want_dim(4, 2, c.in(3).dims[2]));
  }
  if (c.in(5).rank == 2) TRY(c.want_dim(5, 1, 1));  // of older exporters
  else TRY(c.want_rank(5, 1));
  TRY(c.want_dim(5, 0, batch));
  for (unsigned i = 7; i < 9 && a.do_rotary; ++i)
    if (known_rank(c.in(i)) && n >= 0 && c.in(i).dims[1] > n / 2)
      return c.fail_in(i, Status::bad_shape, Arg::dims(c.in(i)), "at most half of a head's elements");
  if (c.has_in(7) && known_rank(c.in(7))) {
    TRY(c.want_dim(8, 0, c.in(7).dims[0]));
    TRY(c.want_dim(8, 1, c.in(7).dims[1]));
  }
  TRY(c.want_dim(9, 0, batch));
  TRY(c.want_dim(9, 1, rows));
  TRY(c.want_dim(11, 0, a.num_heads));
  TRY(c.want_dim(14, 0, n));
  TRY(c.want_dim(15, 0, n));
  int64_t most = c.fresh();
  if (c.has_in(10) && known_rank(c.in(10))) {
    const int64_t want[3] = {batch, a.num_heads, rows};
    for (int i = 0; i < 3; ++i)
      if (i == 2 || c.in(10).dims[i] != 1) TRY(c.want_dim(10, i, want[i]));
  }
  if (c.known(6) && concrete(c.in(6))) {
    if (count(c.in(6)) != 1) return c.fail_in(6, Status::bad_shape, Arg::dims(c.in(6)), "one number");
    const int64_t total = load_int(Type::i32, c.in(6).data, 0);
    if (total < 0 || (rows >= 0 && total < rows))
      return c.fail_in(6, Status::bad_value, total, "the new rows at least");
    if (past >= 0) keys = max(past, total);
    most = total;
  }
  const int64_t y[3] = {batch, rows, width}, cache[4] = {batch, a.kv_num_heads, keys, wide};
  const int64_t scores[4] = {batch, a.num_heads, rows, most};
  TRY(c.set_dims(0, q.type, y, 3));
  TRY(c.set_dims(3, q.type, scores, 4));
  TRY(c.set_dims(1, type, cache, 4));
  return c.set_dims(2, type, cache, 4);
}

// What the two operators differ in.
struct Inputs {
  unsigned total, lengths, cosines, positions;  // numbers of inputs
  int64_t less;                                 // what lengths are short of
  unsigned norms = 99;
};

// h becomes a copy [batch, rows, heads, n] whose heads have a mean square of 1, times weights.
Status normalize(Call& c, const Value& weights, size_t batch, size_t heads, size_t rows, size_t n, Heads& h) {
  const size_t s = size_of(h.type), all = batch * rows * heads;
  char* copy = static_cast<char*>(c.scratch(max<size_t>(all * n * s, 1)));
  float* x = c.scratch_of<float>(2 * n);
  if (!copy || !x) return c.no_memory(all * n * s);
  float* w = x + n;
  load_floats(weights.type, weights.data, 1, n, w);
  const double epsilon = double(c.attrs<Attrs>().qk_norm_epsilon);
  for (size_t i = 0; i < all; ++i) {
    const size_t head = i % heads, row = i / heads % rows, b = i / heads / rows;
    load_floats(h.type, static_cast<const char*>(h.at) + (b * h.batch + head * h.head + row * h.row) * s, 1,
                n, x);
    double sum = 0;
    for (size_t k = 0; k < n; ++k) sum += double(x[k]) * double(x[k]);
    const float by = float(1 / __builtin_sqrt(sum / double(n) + epsilon));
    for (size_t k = 0; k < n; ++k) x[k] = x[k] * by * w[k];
    store_floats(h.type, copy + i * n * s, n, x);
  }
  h = {h.type, copy, rows * heads * n, n, heads * n};
  return Status::ok;
}

// Rows of n numbers of group g in a quantised cache.
struct Store {
  Type type;
  const Value& scales;
  size_t n;
  size_t bytes() const { return type == Type::u8 ? (n + 1) / 2 : n; }
  float scale(size_t g, size_t k) const { return scales.as<float>()[count(scales) > 1 ? g * n + k : 0]; }
  void read(const uint8_t* from, size_t g, float* to) const {
    for (size_t k = 0; k < n; ++k) {
      const float v =
          type == Type::u8 ? float(from[k / 2] >> (k % 2 * 4) & 15) - 8 : float(load_real(type, from, k));
      to[k] = v * scale(g, k);
    }
  }
  void write(const float* from, size_t g, uint8_t* to) const {
    for (size_t k = 0; k < n; ++k) {
      // as onnxruntime, to the bit
      const float v = from[k] * (1 / scale(g, k)), least = type == Type::u8 ? -8.0f : -128.0f;
      if (type == Type::f8e4m3fn) {
        to[k] = f64_to_small_float(type, double(v), true);
        continue;
      }
      const float cut = v > least ? min(v, -least - 1) : least;  // NaN: the least
      const int number = int(cut + 12582912.0f - 12582912.0f);   // 1.5 * 2^23: rounds halves to even
      if (type == Type::i8) to[k] = uint8_t(number);
      else if (k % 2) to[k / 2] = uint8_t(to[k / 2] | (number + 8) << 4);
      else to[k / 2] = uint8_t(number + 8);
    }
  }
};

// New keys and values behind those of the past, rotated; then attention. `a` has scale, masks and the like.
Status run(Call& c, const Attrs& t, const Inputs& at, Attention a) {
  const Value& q = c.in(0);
  const bool packed = !c.has_in(1), rotary = t.do_rotary != 0;
  const size_t batch = size_t(q.dims[0]), rows = size_t(q.dims[1]), s = size_of(q.type);
  const size_t heads = size_t(t.num_heads), groups = size_t(t.kv_num_heads);
  const size_t n = size_t(q.dims[2]) / (packed ? heads + 2 * groups : heads);
  const int64_t total = load_int(Type::i32, c.in(at.total).data, 0), past = c.has_in(3) ? c.in(3).dims[2] : 0;
  const size_t keys = size_t(max(total, past)), cache_bytes = batch * groups * keys * n * s;
  Heads fresh[3];  // query, key, value
  for (unsigned i = 0; i < 3; ++i) {
    const size_t first = i == 0 ? 0 : (heads + (i - 1) * groups) * n, width = size_t(q.dims[2]);
    if (packed) fresh[i] = {q.type, static_cast<char*>(q.data) + first * s, rows * width, n, width};
    else fresh[i] = heads_of(c.in(i), i ? groups : heads);
  }
  for (unsigned i = 0; i < 2 && at.norms < c.n_in && c.has_in(at.norms); ++i)
    TRY(normalize(c, c.in(at.norms + i), batch, i ? groups : heads, rows, n, fresh[i]));
  // The caches, with what they hold.
  Heads cache[2];
  const bool packs = quantized(t);
  float* row_room = packs ? c.scratch_of<float>(n) : nullptr;
  if (packs && !row_room) return c.no_memory(n * 4);
  for (unsigned i = 0; i < 2; ++i) {
    char* at = c.has_out(i + 1) && !packs ? c.out(i + 1).as<char>()
                                          : static_cast<char*>(c.scratch(max<size_t>(cache_bytes, 1)));
    if (!at) return c.no_memory(cache_bytes);
    cache[i] = {q.type, at, groups * keys * n, keys * n, n};
    const size_t old = size_t(past) * n * s, all = keys * n * s;
    for (size_t g = 0; g < batch * groups; ++g, at += all) {
      if (packs) {
        const Store store = {c.has_in(3) ? c.in(3).type : Type::none, c.in(12 + i), n};
        const size_t bytes = store.bytes();
        const uint8_t* from = c.has_in(3) ? c.in(i + 3).as<uint8_t>() + g * size_t(past) * bytes : nullptr;
        for (size_t r = 0; r < size_t(past); ++r) {
          store.read(from + r * bytes, g % groups, row_room);
          store_floats(q.type, at + r * n * s, n, row_room);
        }
      } else if (old) memcpy(at, c.in(i + 3).as<char>() + g * old, old);
      memset(at + old, 0, all - old);
    }
  }
  auto* lengths = c.scratch_of<int64_t>(batch);
  char* turned = rotary ? static_cast<char*>(c.scratch(batch * heads * rows * n * s)) : nullptr;
  if (!lengths || (rotary && !turned)) return c.no_memory(batch * heads * rows * n * s);
  const Heads queries = rotary ? Heads{q.type, turned, heads * rows * n, rows * n, n} : fresh[0];
  for (size_t b = 0; b < batch; ++b) {
    const int64_t seen = int64_t(c.in(at.lengths).as<int32_t>()[b]) + at.less;
    const int64_t before = total == int64_t(rows) ? 0 : seen - int64_t(rows);
    if (seen < 0 || before < 0 || before > past || before + int64_t(rows) > int64_t(keys))
      return c.fail_in(at.lengths, Status::bad_value, seen - at.less,
                       at.less ? "the keys of the past and the new ones, less 1"
                               : "the keys of the past and the new ones");
    lengths[b] = before + int64_t(rows);
    for (size_t r = 0; r < rows; ++r) {
      const auto row = [&](const Heads& h, size_t head, size_t at) {
        return static_cast<char*>(h.at) + (b * h.batch + head * h.head + at * h.row) * s;
      };
      for (unsigned i = rotary ? 1 : 0; i < 2; ++i)
        for (size_t g = 0; g < groups; ++g)
          memcpy(row(cache[i], g, size_t(before) + r), row(fresh[i + 1], g, r), n * s);
      if (!rotary) continue;
      const Value &cosines = c.in(at.cosines), &sines = c.in(at.cosines + 1);
      const int64_t place =
          c.has_in(at.positions) ? c.in(at.positions).as<int64_t>()[b * rows + r] : before + int64_t(r);
      if (place < 0 || place >= cosines.dims[0])
        return c.fail(Status::index_range, place, 0, cosines.dims[0]);
      Heads to = cache[0];
      to.at = static_cast<char*>(to.at) + size_t(before) * n * s;
      const size_t part = size_t(cosines.dims[1]) * 2;
      const bool pairs = t.rotary_interleaved != 0;
      for (size_t h = 0; h < heads; ++h)
        rotate({fresh[0], queries, n, part, pairs, cosines, sines}, b, h, r, size_t(place));
      for (size_t g = 0; g < groups; ++g)
        rotate({fresh[1], to, n, part, pairs, cosines, sines}, b, g, r, size_t(place));
    }
  }
  for (unsigned i = 0; i < 2 && packs; ++i) {
    const Type kind = t.kv_cache_bit_width == 4 ? Type::u8 : c.has_in(3) ? c.in(3).type : Type::i8;
    const Store store = {kind, c.in(12 + i), n};
    const size_t bytes = store.bytes(), old = size_t(past) * bytes, all = keys * bytes;
    auto* spare = static_cast<uint8_t*>(c.scratch(max<size_t>(bytes, 1)));
    if (!spare) return c.no_memory(bytes);
    for (size_t g = 0; g < batch * groups; ++g) {
      uint8_t* to = c.has_out(i + 1) ? c.out(i + 1).as<uint8_t>() + g * all : nullptr;
      if (to && old) memcpy(to, c.in(i + 3).as<uint8_t>() + g * old, old);
      if (to) memset(to + old, 0, all - old);
      for (size_t r = size_t(lengths[g / groups]) - rows; r < size_t(lengths[g / groups]); ++r) {
        char* at = static_cast<char*>(cache[i].at) + (g * keys + r) * n * s;
        uint8_t* row = to ? to + r * bytes : spare;
        load_floats(q.type, at, 1, n, row_room);
        store.write(row_room, g % groups, row);
        store.read(row, g % groups, row_room);
        store_floats(q.type, at, n, row_room);
      }
    }
  }
  a.batch = batch;
  a.heads = heads;
  a.groups = groups;
  a.rows = rows;
  a.keys = keys;
  a.n = a.v_n = n;
  a.query = queries;
  a.key = cache[0];
  a.value = cache[1];
  if (c.has_out(0)) a.y = heads_of(c.out(0), heads);
  a.scale = t.scale != 0 ? t.scale : float(1 / __builtin_sqrt(double(n)));
  a.lengths = lengths;
  return attend(c, a);
}

// ---- SparseAttention

constexpr Attr sparse_attrs[] = {REQUIRED(Attrs, num_heads),         REQUIRED(Attrs, kv_num_heads),
                                 REQUIRED(Attrs, sparse_block_size), ATTR(Attrs, do_rotary),
                                 ATTR(Attrs, rotary_interleaved),    ATTR(Attrs, scale)};

Status sparse_shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  if (a.sparse_block_size < 1) return c.bad_attr("sparse_block_size", a.sparse_block_size, "at least 1");
  for (unsigned i = 3; i < 9; ++i)
    if (!c.has_in(i)) return c.fail(Status::missing_input, i);
  for (unsigned i = 5; i < 9; ++i) {
    TRY(c.want_type(i, types(Type::i32)));
    if (i != 7) TRY(c.want_rank(i, i < 7 ? 2 : 1));
  }
  const Value& rows = c.in(5);
  if (known_rank(rows)) {
    TRY(c.want_dim(6, 0, rows.dims[0]));
    if (rows.dims[0] == 0 || (rows.dims[0] > 0 && a.num_heads > 0 && a.num_heads % rows.dims[0]))
      return c.fail_in(5, Status::bad_shape, Arg::dims(rows), "layouts that divide num_heads");
  }
  // The rest as GroupQueryAttention has it, whose inputs these are.
  Value* ins[9] = {c.ins[0], c.ins[1], c.ins[2], c.ins[3], c.ins[4], c.ins[8], c.ins[7], nullptr, nullptr};
  if (c.has_in(9)) ins[7] = c.ins[9];
  if (c.has_in(10)) ins[8] = c.ins[10];
  Text names[9];
  for (unsigned i = 0; c.in_names && i < 9; ++i) {
    const unsigned from = i == 5 ? 8 : i == 6 ? 7 : i > 6 ? i + 2 : i;
    if (from < c.n_in) names[i] = c.in_names[from];
  }
  Call grouped = c;
  grouped.ins = ins;
  grouped.n_in = 9;
  if (c.in_names) grouped.in_names = names;
  TRY(shape(grouped));
  c.env.symbols = grouped.env.symbols;
  return Status::ok;
}

// bool [batch, heads, rows, keys]: the keys of the blocks that block_col_indices names for the block of a
// row; layouts take turns among the heads.
Status make_mask(Call& c, Value& mask) {
  const Attrs& t = c.attrs<Attrs>();
  const Value &starts = c.in(5), &columns = c.in(6);
  const int64_t total = load_int(Type::i32, c.in(7).data, 0), keys = max(total, c.in(3).dims[2]),
                size = t.sparse_block_size;
  const int64_t batch = c.in(0).dims[0], rows = c.in(0).dims[1], layouts = starts.dims[0],
                blocks = starts.dims[1] - 1;
  const int64_t dims[4] = {batch, t.num_heads, rows, keys};
  mask.type = Type::boolean;
  mask.rank = 4;
  size_t n = 1;
  for (int i = 0; i < 4; ++i) {
    mask.dims[i] = dims[i];
    if (!mul(n, size_t(dims[i]), n)) return c.no_memory(~size_t(0));
  }
  auto* to = c.scratch_of<uint8_t>(n);
  if (!to) return c.no_memory(n);
  memset(to, 0, n);
  mask.data = to;
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t first = total == rows ? 0 : c.in(8).as<int32_t>()[b] - rows;
    for (int64_t h = 0; h < t.num_heads; ++h)
      for (int64_t r = 0; r < rows; ++r, to += keys) {
        const int64_t block = (first + r) / size, layout = h % layouts;
        if (first < 0 || block >= blocks)
          return c.fail_in(5, Status::bad_shape, Arg::dims(starts), "blocks for every key");
        const int32_t* range = starts.as<int32_t>() + layout * (blocks + 1) + block;
        if (range[0] < 0 || range[1] > columns.dims[1])
          return c.fail(Status::index_range, range[0] < 0 ? range[0] : range[1], 0, columns.dims[1]);
        for (int32_t i = range[0]; i < range[1]; ++i) {
          const int64_t column = columns.as<int32_t>()[layout * columns.dims[1] + i] * size;
          if (column >= 0 && column < keys) memset(to + column, 1, size_t(min(size, keys - column)));
        }
      }
  }
  return Status::ok;
}

// Scores of all keys that there is room for to output_qk, which has the first `total`; what a row does not
// see is 0.
void put_scores(Call& c, const Value& scores, const Attention& a) {
  const int64_t total = c.out(3).dims[3], rows = scores.dims[2], heads = scores.dims[1],
                keys = scores.dims[3];
  const size_t s = size_of(scores.type);
  char* to = c.out(3).as<char>();
  const char* from = scores.as<char>();
  for (int64_t i = 0; i < scores.dims[0] * heads * rows;
       ++i, to += size_t(total) * s, from += size_t(keys) * s) {
    const int64_t first = total == rows ? 0 : c.in(5).as<int32_t>()[i / rows / heads] + 1 - rows,
                  at = first + i % rows;
    const int64_t low = a.left < 0 ? 0 : max<int64_t>(0, at - a.left),
                  high = min(total, a.right < 0 ? first + rows : at + 1);
    memset(to, 0, size_t(total) * s);
    if (low < high) memcpy(to + size_t(low) * s, from + size_t(low) * s, size_t(high - low) * s);
  }
}

}  // namespace

constinit const Op op_ms_group_query_attention = {
    .in = {1, 17}, .out = {1, 4}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1 << 6};

Status run_ms_group_query_attention(Call& c) {
  const Attrs& t = c.attrs<Attrs>();
  Attention a = {};
  a.softcap = t.softcap;
  a.mask = c.has_in(10) ? &c.in(10) : nullptr;
  a.sink = c.has_in(11) ? &c.in(11) : nullptr;
  a.smooth = t.smooth_softmax == 1;
  a.left = t.local_window_size < 0 ? -1 : max<int64_t>(t.local_window_size - 1, 0);
  a.right = t.causal ? 0 : -1;
  const Inputs inputs = {6, 5, 7, 9, 1, 14};
  if (!c.has_out(3)) return run(c, t, inputs, a);
  Value scores = c.out(3);
  scores.dims[3] = max(scores.dims[3], c.has_in(3) ? c.in(3).dims[2] : 0);
  size_t bytes = size_of(scores.type);
  for (int i = 0; i < 4; ++i)
    if (!mul(bytes, size_t(scores.dims[i]), bytes)) return c.no_memory(~size_t(0));
  scores.data = c.scratch(max<size_t>(bytes, 1));
  if (!scores.data) return c.no_memory(bytes);
  a.scores = &scores;
  a.scores_mode = t.qk_output == 2 ? 3 : 2;
  TRY(run(c, t, inputs, a));
  put_scores(c, scores, a);
  return Status::ok;
}

constinit const Op op_ms_sparse_attention = {
    .in = {1, 11}, .out = {1, 3}, ATTRS(Attrs, sparse_attrs), .shape = sparse_shape, .reads = 1 << 7};

Status run_ms_sparse_attention(Call& c) {
  const Attrs& t = c.attrs<Attrs>();
  Attention a = {};
  Value mask;
  TRY(make_mask(c, mask));
  a.mask = &mask;
  a.right = 0;
  return run(c, t, {7, 8, 9, 99, 0}, a);
}

}  // namespace mote
