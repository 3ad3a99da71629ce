// NGramRepeatBlock: scores of the tokens that would end an n-gram which has been there already become -inf.
//   in   input_ids i64 [batch, length], scores f32 [batch, words]        out  scores
//   ngram_size int, at least 1
// Errors: bad_attribute, missing_attribute, bad_type, bad_rank, bad_shape, index_range.       Source:
//   onnxruntime, com.microsoft 1.
#include "../op.h"

namespace mote {
namespace {

struct Attrs {
  int64_t ngram_size;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, ngram_size)};

Status shape(Call& c) {
  TRY(c.want_type(0, types(Type::i64)));
  TRY(c.want_type(1, types(Type::f32)));
  TRY(c.want_rank(0, 2));
  TRY(c.want_rank(1, 2));
  if (known_rank(c.in(0))) TRY(c.want_dim(1, 0, c.in(0).dims[0]));
  if (c.attrs<Attrs>().ngram_size < 1)
    return c.bad_attr("ngram_size", c.attrs<Attrs>().ngram_size, "at least 1");
  c.like(0, c.in(1));
  return Status::ok;
}

}  // namespace

constinit const Op op_ms_n_gram_repeat_block = {.in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape};

Status run_ms_n_gram_repeat_block(Call& c) {
  const Value &ids = c.in(0), &scores = c.in(1);
  const int64_t n = c.attrs<Attrs>().ngram_size, length = ids.dims[1], words = scores.dims[1];
  float* y = c.out(0).as<float>();
  if (count(scores)) memcpy(y, scores.data, count(scores) * sizeof(float));
  for (int64_t b = 0; b < ids.dims[0] && n <= length; ++b) {
    const int64_t *row = ids.as<int64_t>() + b * length, *tail = row + length - (n - 1);
    for (int64_t i = 0; i + n <= length; ++i) {
      bool same = true;
      for (int64_t j = 0; j < n - 1 && same; ++j) same = row[i + j] == tail[j];
      const int64_t word = row[i + n - 1];
      if (!same) continue;
      if (word < 0 || word >= words) return c.fail(Status::index_range, word, 0, words);
      y[b * words + word] = -__builtin_inff();
    }
  }
  return Status::ok;
}

}  // namespace mote
