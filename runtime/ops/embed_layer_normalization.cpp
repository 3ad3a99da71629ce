// EmbedLayerNormalization: layer normalisation of the sum of the embeddings of a word, its position and its
// segment.
//   in   input_ids i32 [b, s], segment_ids i32 [b, s] (optional), word_embedding [words, h],
//        position_embedding [positions, h],
//        segment_embedding [segments, h] (with segment_ids), gamma, beta [h]: f32 f16; mask i32 [b, s]
//        (optional), position_ids i32 [b, s] or [1, s] (optional: 0, 1, 2, ...)
//   out  output [b, s, h], mask_index i32 [b] (how many words come before the first 0 of the mask; 0 without
//        one), embedding_sum [b, s, h]; all but output optional
//   epsilon float = 1e-12; mask_index_type int = 0: without meaning here
// The sum is computed in double and rounded to its type before it is normalised.
// Errors: bad_type, bad_rank, bad_shape, missing_input, index_range.      Source: com.microsoft
//   EmbedLayerNormalization-1.
#include "../element.h"
#include "normalize.h"

namespace mote {
namespace {

struct Attrs { float epsilon; int64_t mask_index_type; };
constexpr Attr attrs[] = {ATTR(Attrs, epsilon, 1e-12f), ATTR(Attrs, mask_index_type)};
enum { ids, segment_ids, words, positions, segments, gamma, beta, mask, position_ids };

bool is_ids(unsigned i) { return i < words || i > beta; }

Status shape(Call& c) {
  for (unsigned i = words; i <= beta; ++i)  // an optional input stands in front of them
    if (!c.has_in(i) && (i != segments || c.has_in(segment_ids))) return c.fail(Status::missing_input, i);
  const Value &x = c.in(ids), &word = c.in(words);
  const int64_t hidden = known_rank(word) && word.rank == 2 ? word.dims[1] : c.fresh();
  for (unsigned i = 0; i < 9; ++i) {
    TRY(c.want_type(i, is_ids(i) ? types(Type::i32) : types(Type::f32, Type::f16)));
    TRY(c.want_rank(i, i == gamma || i == beta ? 1 : 2));
    if (!is_ids(i)) TRY(c.want_same_type(i, words));
    if (!is_ids(i)) TRY(c.want_dim(i, i == gamma || i == beta ? 0 : 1, hidden));
    if (!is_ids(i) || !c.has_in(i) || !known_rank(x)) continue;
    if (i != position_ids || !known_rank(c.in(i)) || c.in(i).dims[0] != 1) TRY(c.want_dim(i, 0, x.dims[0]));
    TRY(c.want_dim(i, 1, x.dims[1]));
  }
  const int64_t dims[3] = {known_rank(x) ? x.dims[0] : c.fresh(), known_rank(x) ? x.dims[1] : c.fresh(),
                           hidden};
  TRY(c.set_dims(0, word.type, dims, 3));
  TRY(c.set_dims(1, Type::i32, dims, 1));
  return c.set_dims(2, word.type, dims, 3);
}

// A row of an embedding; the row must exist.
Status find_row(const Call& c, unsigned table, int64_t row, size_t& at) {
  const Value& t = c.in(table);
  if (row < 0 || row >= t.dims[0]) return c.fail(Status::index_range, row, 0, t.dims[0]);
  at = size_t(row * t.dims[1]);
  return Status::ok;
}

void count_words(const Call& c) {
  const size_t length = size_t(c.in(ids).dims[1]), batch = size_t(c.in(ids).dims[0]);
  for (size_t b = 0; b < batch && c.has_out(1); ++b) {
    int32_t& n = c.out(1).as<int32_t>()[b];
    n = 0;
    if (c.has_in(mask))
      while (size_t(n) < length && c.in(mask).as<int32_t>()[b * length + size_t(n)] != 0) ++n;
  }
}

}  // namespace

constinit const Op op_embed_layer_normalization = {
    .in = {1, 9}, .out = {1, 3}, ATTRS(Attrs, attrs), .shape = shape};

Status run_embed_layer_normalization(Call& c) {
  const Value& sum = c.has_out(2) ? c.out(2) : c.out(0);
  const size_t length = size_t(sum.dims[1]), hidden = size_t(sum.dims[2]),
               tokens = size_t(sum.dims[0]) * length;
  for (size_t i = 0; i < tokens; ++i) {
    size_t at[3] = {};
    const bool own = c.has_in(position_ids);
    const size_t place = own && c.in(position_ids).dims[0] == 1 ? i % length : i;
    TRY(find_row(c, words, c.in(ids).as<int32_t>()[i], at[0]));
    TRY(find_row(c, positions, own ? c.in(position_ids).as<int32_t>()[place] : int64_t(i % length), at[1]));
    if (c.has_in(segment_ids)) TRY(find_row(c, segments, c.in(segment_ids).as<int32_t>()[i], at[2]));
    for (size_t k = 0; k < hidden; ++k) {
      double v = element_at(c.in(words), at[0] + k) + element_at(c.in(positions), at[1] + k);
      if (c.has_in(segment_ids)) v += element_at(c.in(segments), at[2] + k);
      put_element(sum, i * hidden + k, v);
    }
  }
  count_words(c);
  return layer_normalize(c, {.x = sum, .y = c.out(0), .scale = c.in(gamma), .bias = c.in(beta), .axis = 2,
                             .epsilon = double(c.attrs<Attrs>().epsilon)});
}

}  // namespace mote
