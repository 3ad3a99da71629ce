// Attention in f32, eight queries at a time: their scores [keys][8] are a panel of the matrix kernel, so that
//   s = k q^T, softmax over the keys, o [v_n][8] = v^T p
// are two products whose factors lie in panels (keys and values packed once for each head, queries on the
// way) and a pass of whole vectors between them. 32 bytes a key: up to 1,024 keys stay in the first-level
// cache, up to some 10,000 in the second, beside which running maxima over blocks of keys would save nothing.
// The quotient is taken of v_n sums in place of all weights: a rounding of y in place of one of each weight.
// Fewer than 4 queries go row by row (attend.cpp): packing keys costs more.
#include "../element.h"
#include "../math.h"
#include "../parallel.h"
#include "activation.h"
#include "attend.h"
#include "product.h"

namespace mote {
namespace {

constexpr size_t lanes = 8;
// queries: what threads share. A thread packs the keys of each head that it meets.
constexpr size_t piece = 32;
constexpr size_t wide = 64;    // rows of keys or values that are widened at a time

struct Panels {
  const Attention& a;
  float *key, *value;  // [keys / 4][n][4], [v_n / 4][keys][4], of the head `packed`
  float *query;        // [n][8]
  float *score;        // [keys and the sink, in fours][8]
  float *out;          // [v_n][8]
  float *room;         // rows widened to f32: of queries, keys, values, answers, masks
  size_t packed = ~size_t(0);

  // Rows [first, first + rows) where they are, or widened.
  const float* rows_of(const Heads& h, size_t b, size_t head, size_t first, size_t rows, size_t n,
                       size_t& step) {
    const char* from =
        static_cast<const char*>(h.at) + (b * h.batch + head * h.head + first * h.row) * size_of(h.type);
    step = h.row;
    if (h.type == Type::f32) return reinterpret_cast<const float*>(from);
    for (size_t r = 0; r < rows; ++r, from += h.row * size_of(h.type))
      load_floats(h.type, from, 1, n, room + r * n);
    step = n;
    return room;
  }

  void pack(size_t b, size_t group) {
    if (packed == b * a.groups + group) return;
    packed = b * a.groups + group;
    size_t step;
    for (size_t k = 0; k < a.keys; k += wide) {
      const size_t m = min(wide, a.keys - k);
      const float* from = rows_of(a.key, b, group, k, m, a.n, step);
      for (size_t i = 0; i < m; i += 4)
        pack_f32_p4(key + (k + i) * a.n, from + i * step, 1, step, a.n, min<size_t>(4, m - i));
      from = rows_of(a.value, b, group, k, m, a.v_n, step);
      for (size_t j = 0; j < a.v_n; j += 4)
        pack_f32_p4(value + j * a.keys + k * 4, from + j, step, 1, m, min<size_t>(4, a.v_n - j));
    }
  }

  // Whether the mask lets row r see any of its keys.
  bool sees(const Sight& s) const {
    for (int64_t j = s.low; j < s.high; ++j) {
      if (!a.mask) return true;
      const double v = load_real(a.mask->type, a.mask->data, s.mask + size_t(j));
      if (a.mask->type == Type::boolean ? v != 0 : v != -__builtin_inf()) return true;
    }
    return false;
  }

  // The masks of the lanes added to n scores from key `first` on.
  void mask(const Sight* s, size_t first, size_t n) {
    const float* rows[lanes];
    for (size_t i = 0; i < lanes; ++i) {
      const size_t at = s[i].mask + first;
      if (a.mask->type == Type::f32) {
        rows[i] = a.mask->as<float>() + at;
      } else if (i && s[i].mask == s[i - 1].mask) {
        rows[i] = rows[i - 1];
      } else {
        float* to = room + i * n;
        if (a.mask->type == Type::boolean)
          for (size_t k = 0; k < n; ++k) to[k] = a.mask->as<uint8_t>()[at + k] ? 0.0f : -__builtin_inff();
        else load_floats(a.mask->type, a.mask->as<char>() + at * size_of(a.mask->type), 1, n, to);
        rows[i] = to;
      }
    }
    attend_mask_f32(score, rows, n);
  }

  // Queries [first, first + 8) of a head.
  void tile(size_t b, size_t head, size_t first) {
    const size_t rows = min(lanes, a.rows - first);
    Sight s[lanes];
    int64_t low = int64_t(a.keys), high = 0;
    for (size_t i = 0; i < lanes; ++i) {
      s[i] = sight(a, b, head, first + min(i, rows - 1));
      low = min(low, s[i].low);
      high = max(high, s[i].high);
    }
    const size_t base = size_t(low) & ~size_t(3), n = max(size_t(high), base) - base;
    size_t step;
    const float* from = rows_of(a.query, b, head, first, rows, a.n, step);
    pack_f32_p8(query, from, 1, step, a.n, rows);
    if (a.scale != 1)
      for (size_t i = 0; i < a.n * lanes; ++i) query[i] *= a.scale;
    float greatest[lanes], factor[lanes];
    if (n)
      gemm_f32_4x8({.a = key + base * a.n,
                    .a_step = a.n * 4,
                    .b = query,
                    .b_panel = 0,
                    .c = score,
                    .c_row = lanes,
                    .rows = round_up(n, 4),
                    .columns = lanes,
                    .k = a.n});
    if (a.softcap > 0) activate({Activation::scaled_tanh, a.softcap, 1 / a.softcap}, score, n * lanes);
    if (a.mask && n) mask(s, base, n);
    for (size_t i = 0; i < rows; ++i) {
      for (size_t k = base; k < size_t(s[i].low); ++k) score[(k - base) * lanes + i] = -__builtin_inff();
      for (size_t k = max(base, size_t(s[i].high)); k < base + n; ++k)
        score[(k - base) * lanes + i] = -__builtin_inff();
    }
    const bool sink = a.sink || a.smooth;
    for (size_t i = 0; sink && i < lanes; ++i)
      score[n * lanes + i] = a.sink ? float(load_real(a.sink->type, a.sink->data, head)) : 0.0f;
    attend_softmax_f32(score, n + sink, greatest, factor);
    for (size_t k = 0; k < max<size_t>(n, 1); k += k_most)
      gemm_f32_4x8({.a = value + (base + k) * 4,
                    .a_step = a.keys * 4,
                    .b = score + k * lanes,
                    .b_panel = 0,
                    .c = out,
                    .c_row = lanes,
                    .rows = round_up(a.v_n, 4),
                    .columns = lanes,
                    .k = min(n - k, k_most),
                    .add = k > 0});
    unsigned zero = 0;  // lanes
    for (size_t i = 0; i < rows; ++i) {
      if (a.guard && factor[i] != factor[i]) zero |= 1u << i;
      if (greatest[i] == -__builtin_inff() && !(a.formula && a.keys) && !sees(s[i])) zero |= 1u << i;
      factor[i] = 1 / factor[i];
    }
    const bool direct = a.y.type == Type::f32;
    char* to =
        static_cast<char*>(a.y.at) + (b * a.y.batch + head * a.y.head + first * a.y.row) * size_of(a.y.type);
    float* y = direct ? reinterpret_cast<float*>(to) : room;
    const size_t y_row = direct ? a.y.row : a.v_n;
    attend_store_f32(y, y_row, out, factor, rows, a.v_n);
    for (size_t i = 0; i < rows; ++i, y += y_row, to += a.y.row * size_of(a.y.type)) {
      if (zero >> i & 1) memset(y, 0, a.v_n * sizeof(float));
      if (!direct) store_floats(a.y.type, to, a.v_n, y);
    }
  }
};

}  // namespace

bool fits_panels(const Attention& a) {
  const bool f64 = a.query.type == Type::f64 || a.key.type == Type::f64 || a.value.type == Type::f64;
  return !f64 && a.rows >= 4 && a.v_n && a.step == Type::none && !a.scores &&
         (a.precision == Type::none || a.precision == Type::f32 || a.precision == Type::f64);
}

Status attend_panels(Call& c, const Attention& a) {
  const size_t pieces = (a.rows + piece - 1) / piece, total = a.batch * a.heads * pieces;
  const size_t threads = total > 1 ? thread_count() : 1, keys = round_up(a.keys, 4), v_n = round_up(a.v_n, 4);
  const bool widened = a.query.type != Type::f32 || a.key.type != Type::f32 || a.value.type != Type::f32 ||
                       a.y.type != Type::f32;
  Panels* all = c.scratch_of<Panels>(threads);
  if (!all) return c.no_memory(sizeof(Panels) * threads);
  const size_t line = a.mask && a.mask->type != Type::f32 ? a.keys * lanes : 0;
  const size_t factors[][2] = {{keys, a.n}, {v_n, a.keys}, {a.n, lanes}, {keys + 4, lanes}, {v_n, lanes},
                               {max(widened ? max(a.n, a.v_n) * wide : 0, line), 1}};
  for (size_t t = 0; t < threads; ++t) {
    float* at[6];
    for (int i = 0; i < 6; ++i) {
      size_t n;
      at[i] = mul(factors[i][0], factors[i][1], n) ? c.scratch_of<float>(n) : nullptr;
      if (!at[i]) return c.no_memory(n * sizeof(float));
    }
    new (Place{all + t}) Panels{a, at[0], at[1], at[2], at[3], at[4], at[5]};
  }
  const uint64_t ns = uint64_t(a.batch) * a.heads * a.rows * a.keys / 16 * (a.n + a.v_n + 16);
  parallel_for(total, ns, [&](size_t from, size_t to, unsigned thread) {
    Panels& p = all[thread];
    for (size_t i = from; i < to; ++i) {
      const size_t head = i / pieces % a.heads, b = i / pieces / a.heads, first = i % pieces * piece;
      p.pack(b, head / (a.heads / a.groups));
      for (size_t r = first; r < min(a.rows, first + piece); r += lanes) p.tile(b, head, r);
    }
  });
  return Status::ok;
}

}  // namespace mote
