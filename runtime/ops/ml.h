// What the operators of ai.onnx.ml share: lists given as attributes, look-ups in them, rows of features,
// labels and scores.
#pragma once
#include "../element.h"
#include "../op.h"

namespace mote {

constexpr Types ml_types = types(Type::f32, Type::f64, Type::i64, Type::i32);

// A list attribute as a 1-D tensor; of type none where it was not given.
Value list_of(Span<const int64_t> list);
Value list_of(Span<const float> list);
Value list_of(Span<const Text> list);

// Finds keys: a hash table in scratch. Of equal keys the last counts; NaN equals NaN, -0 equals 0.
struct Lookup {
  Value keys;
  uint32_t* slots = nullptr;  // index of a key + 1, 0 where empty
  uint32_t mask = 0;
  Status build(Call& c, const Value& keys);
  // index of the key equal to element i, or -1. Types: both str, or both numbers
  int64_t find(const Value& from, size_t i) const;
};

// ---- rows: input 0 is [rows, features], or [features] for one row
struct Rows { size_t n, features; };
Status want_rows(const Call& c, Types set = ml_types);
Rows rows_of(const Value& x);
int64_t row_dim(Call& c);           // of input 0, in shape(): a number or a symbol
int64_t feature_dim(Call& c);

// ---- labels of classes
struct Labels {
  Span<const int64_t> ints;
  Span<const Text> texts;
  Type type() const { return texts ? Type::str : Type::i64; }
  uint32_t size() const { return texts ? texts.size : ints.size; }
  void put(Value& y, size_t row, size_t label) const;     // labels[label]
  // of one score: labels[0] or [1] of two, else 0 or 1
  void put_sign(Value& y, size_t row, bool positive) const;
};
Status want_labels(const Call& c, const Labels& labels);  // exactly one list, not empty: bad_attribute
Status classifier_shape(Call& c, const Labels& labels, int64_t scores);  // y [rows], z [rows, scores]

// ---- scores
enum class Transform : uint8_t { none, softmax, logistic, softmax_zero, probit };
Status read_transform(const Call& c, Text name, Transform& t);  // bad_attribute
void transform(Transform t, double* scores, size_t n);
// Two scores of the one that two classes have: of s and of its opposite, 1 - s or (mixed) -s.
void two_scores(Transform t, bool mixed, double* scores);
size_t largest(const double* scores, size_t n);  // index of the first largest

}  // namespace mote
