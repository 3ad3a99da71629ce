// LinearClassifier: scores z = x coefficients^T + intercepts, and the label of the largest.
//   in   f32 f64 i64 i32 [N, F] or [F]        out  y [N] labels i64 or str, z f32 [N, E]
//   coefficients floats [E', F], intercepts floats [E'] (absent: 0); classlabels_ints or classlabels_strings;
//     post_transform
//   With one row of coefficients for two labels the second is chosen where the score is above 0, and z has
//     both: of 1 - s and s
//   (LOGISTIC: of -s and s). Sums in float64.
// Errors: bad_attribute, bad_type, bad_rank.            Source: ai.onnx.ml LinearClassifier-1.
#include "ml.h"

namespace mote { namespace {

struct Attrs {
  Span<const float> coefficients, intercepts;
  Span<const int64_t> classlabels_ints;
  Span<const Text> classlabels_strings;
  Text post_transform;
  int64_t multi_class;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, coefficients),       ATTR(Attrs, intercepts),
                          ATTR(Attrs, classlabels_ints),       ATTR(Attrs, classlabels_strings),
                          ATTR(Attrs, post_transform, "NONE"), ATTR(Attrs, multi_class, 0)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Labels labels{a.classlabels_ints, a.classlabels_strings};
  Transform t;
  TRY(want_rows(c));
  TRY(want_labels(c, labels));
  TRY(read_transform(c, a.post_transform, t));
  const int64_t f = feature_dim(c);
  int64_t n = a.intercepts ? a.intercepts.size : f > 0 ? a.coefficients.size / f : c.fresh();
  if (f >= 0 && (!n || n * f != a.coefficients.size))
    return c.bad_attr("coefficients", a.coefficients.size, "scores times features");
  if (n == 1 ? labels.size() > 2 : n > labels.size()) return c.bad_attr("classlabels_*", labels.size(), n);
  return classifier_shape(c, labels, n == 1 && labels.size() == 2 ? 2 : n);
}

}  // namespace
constinit const Op op_linear_classifier = {.out = {1, 2}, ATTRS(Attrs, attrs), .shape = shape};

Status run_linear_classifier(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Labels labels{a.classlabels_ints, a.classlabels_strings};
  const Value& x = c.in(0);
  const Rows rows = rows_of(x);
  const size_t n = rows.features ? a.coefficients.size / rows.features : a.intercepts.size;
  Transform t;
  TRY(read_transform(c, a.post_transform, t));
  auto* row = c.scratch_of<double>(rows.features + n + 1);
  if (!row) return c.no_memory((rows.features + n + 1) * 8);
  double* s = row + rows.features;
  for (size_t r = 0; r < rows.n; ++r) {
    load_reals(x.type, x.as<char>() + r * rows.features * size_of(x.type), 1, rows.features, row);
    for (size_t e = 0; e < n; ++e) {
      s[e] = a.intercepts ? double(a.intercepts[e]) : 0;
      for (size_t k = 0; k < rows.features; ++k)
        s[e] += row[k] * double(a.coefficients[e * rows.features + k]);
    }
    if (c.has_out(0)) {
      if (n == 1) labels.put_sign(c.out(0), r, s[0] > 0);
      else labels.put(c.out(0), r, largest(s, n));
    }
    size_t m = n;
    if (n == 1 && labels.size() == 2) two_scores(t, false, s), m = 2;
    else transform(t, s, n);
    if (c.has_out(1)) store_reals(Type::f32, c.out(1).as<float>() + r * m, 1, m, s);
  }
  return Status::ok;
}

}  // namespace mote
