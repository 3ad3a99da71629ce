// TreeEnsemble: what the leaves of decision trees say of every row.
//   in   f32 f64 f16 [N, F]        out  same type [N, n_targets]
//   tree_roots; nodes_featureids, nodes_splits, nodes_modes (0 <=, 1 <, 2 >=, 3 >, 4 ==, 5 !=, 6 is in
//   membership_values), nodes_truenodeids, nodes_trueleafs, nodes_falsenodeids, nodes_falseleafs,
//     nodes_missing_value_tracks_true: one for each node;
//   leaf_targetids, leaf_weights: one for each leaf; aggregate_function int = 1 (0 average, 1 sum, 2 min, 3
//     max)
//   post_transform int = 0 (0 none, 1 softmax, 2 logistic, 3 softmax_zero, 4 probit)
// Errors: bad_attribute, bad_type, bad_rank.            Source: ai.onnx.ml TreeEnsemble-5.
#include "tree.h"

namespace mote { namespace {

struct Attrs {
  const Value *nodes_splits, *nodes_modes, *leaf_weights, *membership_values, *nodes_hitrates;
  Span<const int64_t> tree_roots, nodes_featureids, nodes_truenodeids, nodes_trueleafs, nodes_falsenodeids,
      nodes_falseleafs;
  Span<const int64_t> nodes_missing_value_tracks_true, leaf_targetids;
  int64_t aggregate_function, post_transform, n_targets;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, nodes_splits),     REQUIRED(Attrs, nodes_modes),
                          REQUIRED(Attrs, leaf_weights),     ATTR(Attrs, membership_values),
                          ATTR(Attrs, nodes_hitrates),       REQUIRED(Attrs, tree_roots),
                          REQUIRED(Attrs, nodes_featureids), REQUIRED(Attrs, nodes_truenodeids),
                          REQUIRED(Attrs, nodes_trueleafs),  REQUIRED(Attrs, nodes_falsenodeids),
                          REQUIRED(Attrs, nodes_falseleafs), ATTR(Attrs, nodes_missing_value_tracks_true),
                          REQUIRED(Attrs, leaf_targetids),   ATTR(Attrs, aggregate_function, 1),
                          ATTR(Attrs, post_transform, 0),    ATTR(Attrs, n_targets, 1)};
constexpr Types floats = types(Type::f32, Type::f64, Type::f16);

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const uint32_t n = a.nodes_featureids.size;
  const struct { const char* name; uint64_t got, want; } rows[] = {
    {"nodes_splits", count(*a.nodes_splits), n}, {"nodes_modes", count(*a.nodes_modes), n}, {"nodes_truenodeids", a.nodes_truenodeids.size, n},
    {"nodes_trueleafs", a.nodes_trueleafs.size, n}, {"nodes_falsenodeids", a.nodes_falsenodeids.size, n}, {"nodes_falseleafs", a.nodes_falseleafs.size, n},
    {"nodes_missing_value_tracks_true", a.nodes_missing_value_tracks_true.size, a.nodes_missing_value_tracks_true.size ? n : 0},
    {"leaf_weights", count(*a.leaf_weights), a.leaf_targetids.size},
  };
  for (const auto& r : rows)
    if (r.got != r.want) return c.bad_attr(r.name, r.got, r.want);
  if (n >= Forest::leaf || a.leaf_targetids.size >= Forest::leaf)
    return c.bad_attr("nodes_featureids", n, "fewer nodes");
  TRY(c.want_type(0, floats));
  TRY(want_rows(c, floats));
  if (a.nodes_modes->type != Type::u8) return c.bad_attr("nodes_modes", a.nodes_modes->type, Type::u8);
  const struct {
    const char* name;
    const Value* v;
  } tensors[] = {{"nodes_splits", a.nodes_splits},
                 {"leaf_weights", a.leaf_weights},
                 {"membership_values", a.membership_values}};
  for (const auto& t : tensors)
    if (t.v && !has(floats, t.v->type)) return c.bad_attr(t.name, t.v->type, Arg::set(floats));
  if (a.n_targets < 1) return c.bad_attr("n_targets", a.n_targets, "a positive number");
  if (a.aggregate_function < 0 || a.aggregate_function > 3)
    return c.bad_attr("aggregate_function", a.aggregate_function, "0 to 3");
  if (a.post_transform < 0 || a.post_transform > 4)
    return c.bad_attr("post_transform", a.post_transform, "0 to 4");
  const int64_t dims[] = {row_dim(c), a.n_targets};
  return c.set_dims(0, c.in(0).type, dims, 2);
}

Status build(Call& c, Forest& f) {
  const Attrs& a = c.attrs<Attrs>();
  const uint32_t n = a.nodes_featureids.size, leaves = a.leaf_targetids.size;
  f.nodes = c.scratch_of<Forest::Node>(n);
  f.roots = c.scratch_of<uint32_t>(a.tree_roots.size);
  f.leaves = c.scratch_of<Forest::Leaf>(leaves);
  f.weights = c.scratch_of<Forest::Weight>(leaves);
  if (!f.nodes || !f.roots || !f.leaves || !f.weights) return c.no_memory(n * sizeof(Forest::Node));
  f.n_nodes = n;
  f.n_roots = a.tree_roots.size;
  if (a.membership_values) f.sets = *a.membership_values;
  uint32_t set = 0;  // next membership set
  for (uint32_t i = 0; i < n; ++i) {
    Forest::Node& node = f.nodes[i];
    const uint8_t mode = a.nodes_modes->as<uint8_t>()[i];
    if (mode > 6) return c.bad_attr("nodes_modes", mode, "0 to 6");
    if (a.nodes_featureids[i] < 0 || a.nodes_featureids[i] > 0xffffffff)
      return c.bad_attr("nodes_featureids", a.nodes_featureids[i], "features of the input");
    node.branch = Branch(mode);
    node.split = load_real(a.nodes_splits->type, a.nodes_splits->data, i);
    node.feature = uint32_t(a.nodes_featureids[i]);
    node.missing = a.nodes_missing_value_tracks_true.size && a.nodes_missing_value_tracks_true[i];
    node.members = set;
    if (node.branch == Branch::member) {
      if (!a.membership_values)
        return c.bad_attr("membership_values", "nothing", "a set for each node of mode 6");
      for (bool more = true; more && set < count(f.sets); ++set) {
        const double m = load_real(f.sets.type, f.sets.data, set);
        more = m == m;
      }
    }
    for (unsigned side = 0; side < 2; ++side) {
      const bool yes = !side;
      const bool leaf = yes ? a.nodes_trueleafs[i] : a.nodes_falseleafs[i];
      const int64_t id = yes ? a.nodes_truenodeids[i] : a.nodes_falsenodeids[i];
      if (id < 0 || id >= (leaf ? leaves : n))
        return c.bad_attr(yes ? "nodes_truenodeids" : "nodes_falsenodeids", id, "a node or leaf");
      (yes ? node.yes : node.no) = uint32_t(id) | (leaf ? Forest::leaf : 0);
    }
  }
  for (uint32_t i = 0; i < f.n_roots; ++i) {
    if (a.tree_roots[i] < 0 || a.tree_roots[i] >= n)
      return c.bad_attr("tree_roots", a.tree_roots[i], "a node");
    f.roots[i] = uint32_t(a.tree_roots[i]);
  }
  for (uint32_t i = 0; i < leaves; ++i) {
    if (a.leaf_targetids[i] < 0 || a.leaf_targetids[i] >= a.n_targets)
      return c.bad_attr("leaf_targetids", a.leaf_targetids[i], a.n_targets);
    f.leaves[i] = {i, 1};
    f.weights[i] = {load_real(a.leaf_weights->type, a.leaf_weights->data, i), uint32_t(a.leaf_targetids[i])};
  }
  return Status::ok;
}

}  // namespace
constinit const Op op_tree_ensemble = {ATTRS(Attrs, attrs), .shape = shape};

Status run_tree_ensemble(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const Rows rows = rows_of(x);
  const size_t n = size_t(a.n_targets);
  Forest f;
  TRY(build(c, f));
  auto* row = c.scratch_of<double>(rows.features);
  auto* scores = c.scratch_of<double>(n);
  auto* scored = c.scratch_of<uint8_t>(n);
  if (!row || !scores || !scored) return c.no_memory(n * 9);
  for (size_t r = 0; r < rows.n; ++r) {
    load_reals(x.type, x.as<char>() + r * rows.features * size_of(x.type), 1, rows.features, row);
    TRY(walk_trees(c, f, Aggregate(a.aggregate_function), row, rows.features, scores, scored, n));
    transform(Transform(a.post_transform), scores, n);
    store_reals(y.type, y.as<char>() + r * n * size_of(y.type), 1, n, scores);
  }
  return Status::ok;
}

}  // namespace mote
