// TreeEnsembleRegressor: what the leaves of decision trees say of every row, plus base values.
//   in   f32 f64 i64 i32 [N, F] or [F]        out  f32 [N, n_targets]
//   nodes_treeids, nodes_nodeids, nodes_modes, nodes_featureids, nodes_values, nodes_truenodeids,
//     nodes_falsenodeids,
//   nodes_missing_value_tracks_true: one for each node; target_treeids, target_nodeids, target_ids,
//     target_weights: one for each
//   weight of a leaf; base_values (n_targets, or none); aggregate_function string = "SUM", or AVERAGE, MIN,
//     MAX; post_transform
//   nodes_values, target_weights and base_values may be given ..._as_tensor. Sums in float64.
// Errors: bad_attribute, bad_type, bad_rank.            Source: ai.onnx.ml TreeEnsembleRegressor-5.
#include "tree.h"

namespace mote { namespace {

struct Attrs {
  Span<const int64_t> nodes_treeids, nodes_nodeids, nodes_featureids, nodes_truenodeids, nodes_falsenodeids,
      nodes_missing_value_tracks_true;
  Span<const int64_t> target_treeids, target_nodeids, target_ids;
  Span<const Text> nodes_modes;
  Span<const float> nodes_values, nodes_hitrates, target_weights, base_values;
  const Value *nodes_values_as_tensor, *nodes_hitrates_as_tensor, *target_weights_as_tensor,
      *base_values_as_tensor;
  Text aggregate_function, post_transform;
  int64_t n_targets;
};
constexpr Attr attrs[] = {ATTR(Attrs, nodes_treeids),
                          ATTR(Attrs, nodes_nodeids),
                          ATTR(Attrs, nodes_featureids),
                          ATTR(Attrs, nodes_truenodeids),
                          ATTR(Attrs, nodes_falsenodeids),
                          ATTR(Attrs, nodes_missing_value_tracks_true),
                          ATTR(Attrs, target_treeids),
                          ATTR(Attrs, target_nodeids),
                          ATTR(Attrs, target_ids),
                          ATTR(Attrs, nodes_modes),
                          ATTR(Attrs, nodes_values),
                          ATTR(Attrs, nodes_hitrates),
                          ATTR(Attrs, target_weights),
                          ATTR(Attrs, base_values),
                          ATTR(Attrs, nodes_values_as_tensor),
                          ATTR(Attrs, nodes_hitrates_as_tensor),
                          ATTR(Attrs, target_weights_as_tensor),
                          ATTR(Attrs, base_values_as_tensor),
                          ATTR(Attrs, aggregate_function, "SUM"),
                          ATTR(Attrs, post_transform, "NONE"),
                          ATTR(Attrs, n_targets, 1)};

TreeLists lists(const Attrs& a) {
  return {a.nodes_treeids,      a.nodes_nodeids,
          a.nodes_featureids,   a.nodes_truenodeids,
          a.nodes_falsenodeids, a.nodes_missing_value_tracks_true,
          a.nodes_modes,        reals_of(a.nodes_values, a.nodes_values_as_tensor),
          a.target_treeids,     a.target_nodeids,
          a.target_ids,         reals_of(a.target_weights, a.target_weights_as_tensor)};
}

Status read_aggregate(Call& c, Aggregate& out) {
  static const char* const names[] = {"AVERAGE", "SUM", "MIN", "MAX"};
  for (unsigned i = 0; i < 4; ++i)
    if (c.attrs<Attrs>().aggregate_function == names[i]) return out = Aggregate(i), Status::ok;
  return c.bad_attr("aggregate_function", c.attrs<Attrs>().aggregate_function, "AVERAGE, SUM, MIN or MAX");
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  Transform t;
  Aggregate g;
  TRY(want_rows(c));
  TRY(check_lists(c, lists(a)));
  TRY(read_transform(c, a.post_transform, t));
  TRY(read_aggregate(c, g));
  const Value base = reals_of(a.base_values, a.base_values_as_tensor);
  if (a.n_targets < 1) return c.bad_attr("n_targets", a.n_targets, "a positive number");
  if (base.type != Type::none &&
      (!has(float_types, base.type) || (count(base) && int64_t(count(base)) != a.n_targets)))
    return c.bad_attr("base_values", count(base), a.n_targets);
  const int64_t dims[] = {row_dim(c), a.n_targets};
  return c.set_dims(0, Type::f32, dims, 2);
}

}  // namespace
constinit const Op op_tree_ensemble_regressor = {ATTRS(Attrs, attrs), .shape = shape};

Status run_tree_ensemble_regressor(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  const Rows rows = rows_of(x);
  const size_t n = size_t(a.n_targets);
  const Value base = reals_of(a.base_values, a.base_values_as_tensor);
  const bool has_base = base.type != Type::none && count(base);
  Transform t;
  Aggregate g;
  Forest f;
  TRY(read_transform(c, a.post_transform, t));
  TRY(read_aggregate(c, g));
  TRY(build_forest(c, lists(a), n, f));
  auto* row = c.scratch_of<double>(rows.features);
  auto* scores = c.scratch_of<double>(n);
  auto* scored = c.scratch_of<uint8_t>(n);
  if (!row || !scores || !scored) return c.no_memory(n * 9);
  for (size_t r = 0; r < rows.n; ++r) {
    load_reals(x.type, x.as<char>() + r * rows.features * size_of(x.type), 1, rows.features, row);
    TRY(walk_trees(c, f, g, row, rows.features, scores, scored, n));
    for (size_t k = 0; k < n && has_base; ++k) scores[k] += load_real(base.type, base.data, k);
    transform(t, scores, n);
    store_reals(Type::f32, c.out(0).as<float>() + r * n, 1, n, scores);
  }
  return Status::ok;
}

}  // namespace mote
