// TreeEnsembleClassifier: votes of the leaves of decision trees for classes, and the label of the class with
// most.
//   in   f32 f64 i64 i32 [N, F] or [F]        out  y [N] labels i64 or str, z f32 [N, E]
//   nodes_treeids, nodes_nodeids, nodes_modes, nodes_featureids, nodes_values, nodes_truenodeids,
//     nodes_falsenodeids,
//   nodes_missing_value_tracks_true: one for each node; class_treeids, class_nodeids, class_ids,
//     class_weights: one for each vote;
//   classlabels_int64s or classlabels_strings [E]; base_values; post_transform
//   nodes_values, class_weights and base_values may be given ..._as_tensor. Sums in float64.
//   Two classes of which only one gets votes: the second is chosen where the sum is above 1/2, or above 0
//     where a vote is negative;
//   where all are for class 0, z has both scores: of 1 - s (or -s) and s.
// Errors: bad_attribute, bad_type, bad_rank.            Source: ai.onnx.ml TreeEnsembleClassifier-5.
#include "tree.h"

namespace mote { namespace {

struct Attrs {
  Span<const int64_t> nodes_treeids, nodes_nodeids, nodes_featureids, nodes_truenodeids, nodes_falsenodeids,
      nodes_missing_value_tracks_true;
  Span<const int64_t> class_treeids, class_nodeids, class_ids, classlabels_int64s;
  Span<const Text> nodes_modes, classlabels_strings;
  Span<const float> nodes_values, nodes_hitrates, class_weights, base_values;
  const Value *nodes_values_as_tensor, *nodes_hitrates_as_tensor, *class_weights_as_tensor,
      *base_values_as_tensor;
  Text post_transform;
};
constexpr Attr attrs[] = {ATTR(Attrs, nodes_treeids),
                          ATTR(Attrs, nodes_nodeids),
                          ATTR(Attrs, nodes_featureids),
                          ATTR(Attrs, nodes_truenodeids),
                          ATTR(Attrs, nodes_falsenodeids),
                          ATTR(Attrs, nodes_missing_value_tracks_true),
                          ATTR(Attrs, class_treeids),
                          ATTR(Attrs, class_nodeids),
                          ATTR(Attrs, class_ids),
                          ATTR(Attrs, classlabels_int64s),
                          ATTR(Attrs, nodes_modes),
                          ATTR(Attrs, classlabels_strings),
                          ATTR(Attrs, nodes_values),
                          ATTR(Attrs, nodes_hitrates),
                          ATTR(Attrs, class_weights),
                          ATTR(Attrs, base_values),
                          ATTR(Attrs, nodes_values_as_tensor),
                          ATTR(Attrs, nodes_hitrates_as_tensor),
                          ATTR(Attrs, class_weights_as_tensor),
                          ATTR(Attrs, base_values_as_tensor),
                          ATTR(Attrs, post_transform, "NONE")};

TreeLists lists(const Attrs& a) {
  return {a.nodes_treeids,      a.nodes_nodeids,
          a.nodes_featureids,   a.nodes_truenodeids,
          a.nodes_falsenodeids, a.nodes_missing_value_tracks_true,
          a.nodes_modes,        reals_of(a.nodes_values, a.nodes_values_as_tensor),
          a.class_treeids,      a.class_nodeids,
          a.class_ids,          reals_of(a.class_weights, a.class_weights_as_tensor)};
}
Labels labels_of(const Attrs& a) { return {a.classlabels_int64s, a.classlabels_strings}; }

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  Transform t;
  TRY(want_rows(c));
  TRY(want_labels(c, labels_of(a)));
  TRY(check_lists(c, lists(a)));
  TRY(read_transform(c, a.post_transform, t));
  const Value base = reals_of(a.base_values, a.base_values_as_tensor);
  if (base.type != Type::none && (!has(float_types, base.type) || count(base) > labels_of(a).size()))
    return c.bad_attr("base_values", count(base), labels_of(a).size());
  return classifier_shape(c, labels_of(a), labels_of(a).size());
}

}  // namespace
constinit const Op op_tree_ensemble_classifier = {.out = {1, 2}, ATTRS(Attrs, attrs), .shape = shape};

Status run_tree_ensemble_classifier(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Labels labels = labels_of(a);
  const TreeLists l = lists(a);
  const Value& x = c.in(0);
  const Rows rows = rows_of(x);
  const size_t n = labels.size();
  const Value base = reals_of(a.base_values, a.base_values_as_tensor);
  const size_t bases = base.type != Type::none ? count(base) : 0;
  // no vote is negative; all are for one class
  bool positive = true, one = n == 2 && bases < 2 && a.class_ids.size > 0;
  for (uint32_t k = 0; k < a.class_ids.size; ++k) {
    positive &= load_real(l.weights.type, l.weights.data, k) >= 0;
    one &= a.class_ids[k] == a.class_ids[0];
  }
  Transform t;
  Forest f;
  TRY(read_transform(c, a.post_transform, t));
  TRY(build_forest(c, l, n, f));
  auto* row = c.scratch_of<double>(rows.features);
  auto* s = c.scratch_of<double>(n);
  auto* scored = c.scratch_of<uint8_t>(n);
  if (!row || !s || !scored) return c.no_memory(n * 9);
  for (size_t r = 0; r < rows.n; ++r) {
    load_reals(x.type, x.as<char>() + r * rows.features * size_of(x.type), 1, rows.features, row);
    TRY(walk_trees(c, f, Aggregate::sum, row, rows.features, s, scored, n));
    const size_t voted = one ? size_t(a.class_ids[0]) : 0;
    for (size_t k = 0; k < bases; ++k)
      s[one ? voted : k] += load_real(base.type, base.data, k), scored[k] = 1;
    if (c.has_out(0)) {
      size_t best = n;
      for (size_t k = 0; k < n; ++k)
        if (scored[k] && (best == n || s[k] > s[best])) best = k;
      if (one || n == 1) labels.put_sign(c.out(0), r, s[voted] > (one && positive ? 0.5 : 0));
      else labels.put(c.out(0), r, best == n ? 0 : best);
    }
    if (one && voted == 0) two_scores(t, !positive, s);
    else transform(t, s, n);
    if (c.has_out(1)) store_reals(Type::f32, c.out(1).as<float>() + r * n, 1, n, s);
  }
  return Status::ok;
}

}  // namespace mote
