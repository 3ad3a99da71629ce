// SVMClassifier: for every pair of classes i < j a score, the sum over their support vectors of coefficient *
// kernel(x, vector), plus rho; a score above 0 is a vote for i, otherwise for j. The label is that with most
// votes.
//   in   f32 f64 i64 i32 [N, F] or [F]        out  y [N] labels i64 or str, z f32 [N, S]
//   classlabels_ints or classlabels_strings [E]; support_vectors floats [V, F]; vectors_per_class ints [E];
//   coefficients floats [E - 1, V]; rho [pairs]; kernel_type, kernel_params as SVMRegressor; post_transform
//   prob_a, prob_b [pairs]: z holds the probabilities of the E classes, coupled from the pairs' (as libsvm
//   does); otherwise the scores of the pairs, for two classes -s and s. Without support vectors: one score x
//     coefficients[e] + rho[0] a class.
// Errors: bad_attribute, bad_type, bad_rank.            Source: ai.onnx.ml SVMClassifier-1.
#include "../math.h"
#include "svm.h"

namespace mote { namespace {

struct Attrs {
  Span<const float> support_vectors, coefficients, rho, kernel_params, prob_a, prob_b;
  Span<const int64_t> vectors_per_class, classlabels_ints;
  Span<const Text> classlabels_strings;
  Text kernel_type, post_transform;
};
constexpr Attr attrs[] = {ATTR(Attrs, support_vectors),
                          REQUIRED(Attrs, coefficients),
                          REQUIRED(Attrs, rho),
                          ATTR(Attrs, kernel_params),
                          ATTR(Attrs, prob_a),
                          ATTR(Attrs, prob_b),
                          ATTR(Attrs, vectors_per_class),
                          ATTR(Attrs, classlabels_ints),
                          ATTR(Attrs, classlabels_strings),
                          ATTR(Attrs, kernel_type, "LINEAR"),
                          ATTR(Attrs, post_transform, "NONE")};

Labels labels_of(const Attrs& a) { return {a.classlabels_ints, a.classlabels_strings}; }
uint64_t vectors_of(const Attrs& a) {
  uint64_t n = 0;
  // shape() has checked that they are in [0, size of the list]
  for (const int64_t v : a.vectors_per_class) n += uint64_t(v);
  return n;
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Labels labels = labels_of(a);
  Transform t;
  Kernel k;
  TRY(want_rows(c));
  TRY(want_labels(c, labels));
  TRY(read_transform(c, a.post_transform, t));
  TRY(read_kernel(c, a.kernel_type, a.kernel_params, k));
  for (const int64_t v : a.vectors_per_class)
    if (v < 0 || v > a.support_vectors.size)
      return c.bad_attr("vectors_per_class", v, "numbers of support vectors");
  const uint64_t n = labels.size(), v = vectors_of(a), pairs = n * (n - 1) / 2;
  const int64_t f = feature_dim(c);
  if (a.prob_a.size != a.prob_b.size) return c.bad_attr("prob_b", a.prob_b.size, a.prob_a.size);
  if (!v) {
    if (!a.rho.size) return c.bad_attr("rho", 0, 1);
    if (f >= 0 && uint64_t(f) * n != a.coefficients.size)
      return c.bad_attr("coefficients", a.coefficients.size, "classes times features");
    return classifier_shape(c, labels, int64_t(n));
  }
  if (n < 2) return c.bad_attr("classlabels_*", n, "at least 2");
  if (a.vectors_per_class.size != n) return c.bad_attr("vectors_per_class", a.vectors_per_class.size, n);
  if (f >= 0 && uint64_t(f) * v != a.support_vectors.size)
    return c.bad_attr("support_vectors", a.support_vectors.size, "vectors times features");
  if (a.coefficients.size != (n - 1) * v) return c.bad_attr("coefficients", a.coefficients.size, (n - 1) * v);
  if (a.rho.size != pairs) return c.bad_attr("rho", a.rho.size, pairs);
  if (a.prob_a.size && a.prob_a.size != pairs) return c.bad_attr("prob_a", a.prob_a.size, pairs);
  return classifier_shape(c, labels, a.prob_a.size ? int64_t(n) : n == 2 ? 2 : int64_t(pairs));
}

// Probabilities p [n] of the classes from those of the pairs, r[i * n + j] = P(i | i or j): Wu, Lin and Weng
// 2004, their second method, with the iteration of libsvm. q [n * n] and qp [n] are room to work.
void couple(size_t n, const double* r, double* q, double* qp, double* p) {
  for (size_t t = 0; t < n; ++t) {
    p[t] = 1.0 / double(n);
    q[t * n + t] = 0;
    for (size_t j = 0; j < n; ++j) {
      if (j == t) continue;
      q[t * n + t] += r[j * n + t] * r[j * n + t];
      q[t * n + j] = -r[j * n + t] * r[t * n + j];
    }
  }
  for (size_t step = 0; step < max(size_t(100), n); ++step) {
    double pqp = 0, worst = 0;
    for (size_t t = 0; t < n; ++t) {
      qp[t] = 0;
      for (size_t j = 0; j < n; ++j) qp[t] += q[t * n + j] * p[j];
      pqp += p[t] * qp[t];
    }
    for (size_t t = 0; t < n; ++t) worst = max(worst, __builtin_fabs(qp[t] - pqp));
    if (worst < 0.005 / double(n)) return;
    for (size_t t = 0; t < n; ++t) {
      const double d = (pqp - qp[t]) / q[t * n + t];
      p[t] += d;
      pqp = (pqp + d * (d * q[t * n + t] + 2 * qp[t])) / (1 + d) / (1 + d);
      for (size_t j = 0; j < n; ++j) {
        qp[j] = (qp[j] + d * q[t * n + j]) / (1 + d);
        p[j] /= 1 + d;
      }
    }
  }
}

}  // namespace
constinit const Op op_svm_classifier = {.out = {1, 2}, ATTRS(Attrs, attrs), .shape = shape};

Status run_svm_classifier(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Labels labels = labels_of(a);
  const Value& x = c.in(0);
  const Rows rows = rows_of(x);
  const size_t n = labels.size(), v = size_t(vectors_of(a)), pairs = v ? a.rho.size : 0;
  const bool likely = v && a.prob_a.size, two = v && !likely && n == 2;
  const size_t width = !v || likely ? n : two ? 2 : pairs;
  Transform t;
  Kernel k;
  TRY(read_transform(c, a.post_transform, t));
  TRY(read_kernel(c, a.kernel_type, a.kernel_params, k));
  bool positive = true;
  for (const float w : a.coefficients) positive &= w >= 0;
  auto* row = c.scratch_of<double>(rows.features + v + pairs + 3 * n + 2);
  // n * n < 4 * pairs: the sum does not overflow
  auto* matrices = likely ? c.scratch_of<double>(2 * n * n) : row;
  if (!row || !matrices) return c.no_memory(n * n * 16);
  double *kernels = row + rows.features, *pair = kernels + v, *votes = pair + pairs, *s = votes + n,
         *room = s + max(n, size_t(2));
  for (size_t o = 0; o < rows.n; ++o) {
    load_reals(x.type, x.as<char>() + o * rows.features * size_of(x.type), 1, rows.features, row);
    for (size_t i = 0; i < n; ++i) votes[i] = 0;
    for (size_t i = 0; i < v; ++i)
      kernels[i] = kernel(k, row, a.support_vectors.data + i * rows.features, rows.features);
    for (size_t i = 0; i < n && !v; ++i)
      s[i] = double(a.rho[0]) +
             kernel({Kernel::linear, 0, 0, 0}, row, a.coefficients.data + i * rows.features, rows.features);
    size_t at = 0, first_i = 0;  // of the vectors of class i
    for (size_t i = 0; i < n && v; first_i += size_t(a.vectors_per_class[i++])) {
      size_t first_j = first_i + size_t(a.vectors_per_class[i]);
      for (size_t j = i + 1; j < n; first_j += size_t(a.vectors_per_class[j++]), ++at) {
        double sum = double(a.rho[at]);
        for (size_t m = first_i; m < first_i + size_t(a.vectors_per_class[i]); ++m)
          sum += double(a.coefficients[(j - 1) * v + m]) * kernels[m];
        for (size_t m = first_j; m < first_j + size_t(a.vectors_per_class[j]); ++m)
          sum += double(a.coefficients[i * v + m]) * kernels[m];
        votes[sum > 0 ? i : j] += 1;
        pair[at] = sum;
        if (!likely) continue;
        const double p =
            min(max(1 - math::sigmoid(sum * double(a.prob_a[at]) + double(a.prob_b[at])), 1e-7), 1 - 1e-7);
        matrices[i * n + j] = p;
        matrices[j * n + i] = 1 - p;
      }
    }
    if (likely) couple(n, matrices, matrices + n * n, room, s);
    if (c.has_out(0)) {
      size_t best = largest(v ? votes : s, n);
      if (!v && n == 2 && s[best] >= (positive ? 0.5 : 0) && s[best] != 0) best = 1;
      labels.put(c.out(0), o, best);
    }
    double* z = !v || likely ? s : pair;
    if (two) s[0] = pair[0], two_scores(t, t == Transform::none, z = s);
    else transform(t, z, width);
    if (c.has_out(1)) store_reals(Type::f32, c.out(1).as<float>() + o * width, 1, width, z);
  }
  return Status::ok;
}

}  // namespace mote
