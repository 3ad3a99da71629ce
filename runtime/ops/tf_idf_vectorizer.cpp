// TfIdfVectorizer: how often the n-grams of a pool occur in every row, with up to max_skip_count elements
// between their members.
//   in   str i32 i64 [C] or [N, C]        out  f32 [D] or [N, D], D = the largest of ngram_indexes + 1
//   pool_strings or pool_int64s: first all 1-grams, then the 2-grams ...; those of n begin at ngram_counts[n
//     - 1]
//   ngram_indexes: where each counts; min_gram_length, max_gram_length: which are looked for
//   mode string: "TF" counts, "IDF" weights[i] where n-gram i occurs, "TFIDF" counts times weights[i];
//     weights floats = 1
// Errors: bad_attribute, bad_type, bad_rank.            Source: ONNX TfIdfVectorizer-9.
#include "ml.h"

namespace mote { namespace {

struct Attrs {
  Text mode;
  Span<const int64_t> ngram_indexes, ngram_counts, pool_int64s;
  Span<const float> weights;
  Span<const Text> pool_strings;
  int64_t max_skip_count, min_gram_length, max_gram_length;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, mode),
                          REQUIRED(Attrs, ngram_indexes),
                          REQUIRED(Attrs, ngram_counts),
                          ATTR(Attrs, pool_int64s),
                          ATTR(Attrs, weights),
                          ATTR(Attrs, pool_strings),
                          REQUIRED(Attrs, max_skip_count),
                          REQUIRED(Attrs, min_gram_length),
                          REQUIRED(Attrs, max_gram_length)};

Value pool_of(const Attrs& a) { return a.pool_strings ? list_of(a.pool_strings) : list_of(a.pool_int64s); }

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  if (bool(a.pool_strings) == bool(a.pool_int64s)) return c.bad_attr("pool_*", "none or both", "one list");
  TRY(c.want_type(0, a.pool_strings ? types(Type::str) : types(Type::i32, Type::i64)));
  TRY(c.want_min_rank(0, 1));
  if (x.rank > 2) return c.fail_in(0, Status::bad_rank, x.rank, "1 or 2");
  if (!(a.mode == "TF" || a.mode == "IDF" || a.mode == "TFIDF"))
    return c.bad_attr("mode", a.mode, "TF, IDF or TFIDF");
  if (a.min_gram_length < 1) return c.bad_attr("min_gram_length", a.min_gram_length, "at least 1");
  if (a.max_gram_length < a.min_gram_length || a.max_gram_length > a.ngram_counts.size)
    return c.bad_attr("max_gram_length", a.max_gram_length,
                      "between min_gram_length and the size of ngram_counts");
  if (a.max_skip_count < 0)
    return c.bad_attr("max_skip_count", a.max_skip_count, "a number that is not negative");
  if (a.weights && a.weights.size && a.weights.size != a.ngram_indexes.size)
    return c.bad_attr("weights", a.weights.size, a.ngram_indexes.size);
  const int64_t pool = int64_t(count(pool_of(a)));
  int64_t grams = 0, width = 0;
  for (uint32_t n = 1; n <= a.ngram_counts.size; ++n) {
    const int64_t first = a.ngram_counts[n - 1], end = n < a.ngram_counts.size ? a.ngram_counts[n] : pool;
    if (first < 0 || first > end || end > pool || (end - first) % n)
      return c.bad_attr("ngram_counts", first, "where the whole n-grams of the pool begin");
    grams += (end - first) / n;
  }
  if (grams != a.ngram_indexes.size) return c.bad_attr("ngram_indexes", a.ngram_indexes.size, grams);
  for (const int64_t i : a.ngram_indexes) {
    if (i < 0 || i == int64_max) return c.bad_attr("ngram_indexes", i, "numbers that are not negative");
    width = max(width, i + 1);
  }
  if (!known_rank(x)) return c.set(0, Type::f32), Status::ok;
  const int64_t dims[] = {x.rank == 1 ? width : x.dims[0], width};
  return c.set_dims(0, Type::f32, dims, x.rank);
}

// N-grams as lists of the numbers that `tokens` gives: a hash table.
struct Grams {
  const Attrs& a;
  const int64_t* tokens;      // of the pool
  uint32_t *slots, mask;      // number of an n-gram + 1
  uint32_t *first, *length;   // of each, in the pool

  uint32_t* slot(const int64_t* t, size_t step, uint32_t n) const {  // of t[0], t[step] ... [n]
    uint64_t h = n;
    for (uint32_t i = 0; i < n; ++i) h = (h ^ uint64_t(t[i * step])) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
    for (uint32_t at = uint32_t(h >> 32) & mask;; at = (at + 1) & mask) {
      if (!slots[at]) return &slots[at];
      const uint32_t g = slots[at] - 1;
      bool same = length[g] == n;
      for (uint32_t i = 0; i < n && same; ++i) same = tokens[first[g] + i] == t[i * step];
      if (same) return &slots[at];
    }
  }
};

}  // namespace
constinit const Op op_tf_idf_vectorizer = {ATTRS(Attrs, attrs), .shape = shape};

Status run_tf_idf_vectorizer(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), pool = pool_of(a);
  const Rows rows = rows_of(x);
  Value& y = c.out(0);
  const size_t width = size_t(y.dims[y.rank - 1]), grams = a.ngram_indexes.size, size = count(pool);
  Lookup lookup;
  TRY(lookup.build(c, pool));
  size_t room = 2;
  while (room < grams * 2) room *= 2;
  auto* tokens = c.scratch_of<int64_t>(size + rows.features);
  auto* slots = c.scratch_of<uint32_t>(room + 2 * grams);
  if (!tokens || !slots) return c.no_memory(size * 8);
  memset(slots, 0, room * sizeof(uint32_t));
  for (size_t i = 0; i < size; ++i) tokens[i] = lookup.find(pool, i);
  Grams g{a, tokens, slots, uint32_t(room - 1), slots + room, slots + room + grams};
  uint32_t number = 0;
  for (uint32_t n = 1; n <= a.ngram_counts.size; ++n) {
    const int64_t end = n < a.ngram_counts.size ? a.ngram_counts[n] : int64_t(size);
    for (int64_t i = a.ngram_counts[n - 1]; i < end; i += n, ++number) {
      g.first[number] = uint32_t(i);
      g.length[number] = n;
      *g.slot(tokens + i, 1, n) = number + 1;
    }
  }
  int64_t* row = tokens + size;
  float* to = y.as<float>();
  const bool inverse = a.mode == "IDF", weighted = !(a.mode == "TF") && a.weights && a.weights.size;
  if (y.bytes) memset(y.data, 0, size_t(y.bytes));
  for (size_t r = 0; r < rows.n; ++r, to += width) {
    for (size_t i = 0; i < rows.features; ++i) row[i] = lookup.find(x, r * rows.features + i);
    for (size_t n = size_t(a.min_gram_length); n <= size_t(a.max_gram_length) && n <= rows.features; ++n)
      for (size_t step = 1; step == 1 || (n > 1 && step - 1 <= uint64_t(a.max_skip_count) &&
                                          step <= (rows.features - 1) / (n - 1));
           ++step)
        for (size_t i = 0; i + (n - 1) * step < rows.features; ++i) {
          const uint32_t found = row[i] < 0 ? 0 : *g.slot(row + i, step, uint32_t(n));
          if (!found) continue;
          float& count = to[a.ngram_indexes[found - 1]];
          const float weight = weighted ? a.weights[found - 1] : 1;
          count = inverse ? weight : count + weight;
        }
  }
  return Status::ok;
}

}  // namespace mote
