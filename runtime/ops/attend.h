// Scaled dot product attention, what all attention operators share:
//   y = softmax(softcap(q k^T scale) + bias) v, for each head, keys and values shared by groups of heads of
//     the query.
#pragma once
#include "../op.h"

namespace mote {

// Heads of a tensor, however they lie: element i of row r of head h of batch b is at b * batch + h * head + r
// * row + i.
struct Heads {
  Type type = Type::none;
  void* at = nullptr;
  size_t batch = 0, head = 0, row = 0;  // elements
};
// v as [batch, heads, rows, n] or [batch, rows, heads * n].
Heads heads_of(const Value& v, size_t heads);

struct Attention {
  size_t batch, heads, groups;  // heads of the query and of keys and values
  size_t rows, keys, n, v_n;    // of the query; of keys; elements of a row of queries and keys, and of values
  Heads query, key, value, y;
  float scale, softcap = 0;     // 0: none
  Type precision = Type::none;  // that the softmax is computed in; none: the type of y's steps
  Type step = Type::none;       // that every step is rounded to: bf16, or none
  // Added to scores; bool: false is -inf. Broadcasts to [batch, heads, rows, keys]; keys behind its end are
  // masked.
  const Value* mask = nullptr;
  // Row i of batch b sees the keys from i + first - left to i + first + right, and none from lengths[b] on;
  // first is `past`, or lengths[b] - rows. Negative left, right: all. A row that sees no key is 0.
  int64_t past = 0, left = -1, right = -1;
  const int64_t* lengths = nullptr;
  // One more term of the softmax's sum, exp(sink[head]), or of exp(0) where there is no sink but `smooth`.
  const Value* sink = nullptr;
  bool smooth = false;
  bool formula = false;  // a row that sees no key is NaN, as the formula has it
  bool guard = false;    // a row that is NaN is 0
  // Scores [batch, heads, rows, keys]: 0 as multiplied, 1 with softcap, 2 with bias too, 3 after the softmax.
  // May be null.
  Value* scores = nullptr;
  int64_t scores_mode = 0;
};
Status attend(Call& c, const Attention& a);

// The keys [low, high) that row r may see, and where its mask begins (elements).
struct Sight {
  int64_t low, high;
  size_t mask;
};
Sight sight(const Attention& a, size_t b, size_t head, size_t r);
// Eight queries at a time, in f32 (attend_panels.cpp): for all that rounds no step and keeps no scores.
bool fits_panels(const Attention& a);
Status attend_panels(Call& c, const Attention& a);

// to [batch, groups, past + rows, n] = past [batch, groups, past, n], then the rows of x.
void append_rows(Value& to, const Value* past, const Heads& x);
// x becomes the rows of dims [batch, groups, past + rows, n]: itself where there is neither a past nor `to`,
// else what append_rows writes to `to`, or to scratch.
Status cache_rows(Call& c, const Value* past, Value* to, const int64_t* dims, Heads& x);

}  // namespace mote
