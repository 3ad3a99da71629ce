#include "tree.h"

namespace mote {

Value reals_of(Span<const float> list, const Value* tensor) { return tensor ? *tensor : list_of(list); }

static bool goes_yes(const Forest& f, const Forest::Node& n, double x) {
  if (x != x && n.missing) return true;
  switch (n.branch) {
    case Branch::leq: return x <= n.split;
    case Branch::lt: return x < n.split;
    case Branch::gte: return x >= n.split;
    case Branch::gt: return x > n.split;
    case Branch::eq: return x == n.split;
    case Branch::neq: return x != n.split;
    default: break;
  }
  for (size_t i = n.members; i < count(f.sets); ++i) {
    const double m = load_real(f.sets.type, f.sets.data, i);
    if (m != m) return false;
    if (m == x) return true;
  }
  return false;
}

Status walk_trees(Call& c, const Forest& f, Aggregate a, const double* row, size_t features, double* scores,
                  uint8_t* scored, size_t targets) {
  for (size_t i = 0; i < targets; ++i) scores[i] = 0, scored[i] = 0;
  for (uint32_t t = 0; t < f.n_roots; ++t) {
    uint32_t at = f.roots[t];
    for (uint32_t steps = 0; !(at & Forest::leaf); ++steps) {
      const Forest::Node& n = f.nodes[at];
      if (steps == f.n_nodes)
        return c.bad_attr("nodes_truenodeids", "a tree that leads back to itself", "trees");
      if (n.feature >= features) return c.bad_attr("nodes_featureids", n.feature, "features of the input");
      at = goes_yes(f, n, row[n.feature]) ? n.yes : n.no;
    }
    const Forest::Leaf& l = f.leaves[at & ~Forest::leaf];
    for (uint32_t i = l.first; i < l.first + l.n; ++i) {
      const double w = f.weights[i].value;
      const uint32_t k = f.weights[i].target;
      double& s = scores[k];
      if (a == Aggregate::min || a == Aggregate::max)
        s = !scored[k] || (a == Aggregate::min ? w < s : w > s) ? w : s;
      else s += w;
      scored[k] = 1;
    }
  }
  if (a == Aggregate::average && f.n_roots)
    for (size_t i = 0; i < targets; ++i) scores[i] /= f.n_roots;
  return Status::ok;
}

Status check_lists(Call& c, const TreeLists& l) {
  const uint32_t n = l.nodes_treeids.size, w = l.weight_treeids.size;
  const struct { const char* name; uint64_t got, want; } rows[] = {
    {"nodes_nodeids", l.nodes_nodeids.size, n}, {"nodes_featureids", l.nodes_featureids.size, n}, {"nodes_modes", l.nodes_modes.size, n},
    {"nodes_truenodeids", l.nodes_truenodeids.size, n}, {"nodes_falsenodeids", l.nodes_falsenodeids.size, n},
    {"nodes_values", l.nodes_values.type == Type::none ? 0 : count(l.nodes_values), n},
    {"nodes_missing_value_tracks_true", l.nodes_missing_value_tracks_true.size, l.nodes_missing_value_tracks_true.size ? n : 0},
    {"*_nodeids", l.weight_nodeids.size, w}, {"*_ids", l.weight_ids.size, w},
    {"*_weights", l.weights.type == Type::none ? 0 : count(l.weights), w},
  };
  if (!n || n >= Forest::leaf) return c.bad_attr("nodes_treeids", n, "nodes");
  for (const auto& r : rows)
    if (r.got != r.want) return c.bad_attr(r.name, r.got, r.want);
  const Value* const tensors[] = {&l.nodes_values, &l.weights};
  for (const Value* v : tensors)
    if (v->type != Type::none && !has(float_types, v->type))
      return c.bad_attr("*_as_tensor", v->type, Arg::set(float_types));
  return Status::ok;
}

namespace {

// Nodes by (tree, node id): open addressing.
struct Index {
  const TreeLists& l;
  uint32_t* slots = nullptr;  // number of a node + 1
  uint32_t mask = 0;
  uint32_t* slot(int64_t tree, int64_t node) const {
    const uint64_t h = (uint64_t(tree) * 0x9e3779b97f4a7c15u + uint64_t(node)) * 0xff51afd7ed558ccdu;
    uint32_t at = uint32_t(h >> 32) & mask;
    while (slots[at] && !(l.nodes_treeids[slots[at] - 1] == tree && l.nodes_nodeids[slots[at] - 1] == node))
      at = (at + 1) & mask;
    return &slots[at];
  }
};

bool branch_of(Text mode, Branch& b) {
  static const char* const names[] = {"BRANCH_LEQ", "BRANCH_LT",  "BRANCH_GTE", "BRANCH_GT",
                                      "BRANCH_EQ",  "BRANCH_NEQ", "",           "LEAF"};
  for (unsigned i = 0; i < 8; ++i)
    if (mode == names[i] && mode.size) return b = Branch(i), true;
  return false;
}

}  // namespace

Status build_forest(Call& c, const TreeLists& l, size_t targets, Forest& f) {
  const uint32_t n = l.nodes_treeids.size, m = l.weight_treeids.size;
  Index index{l};
  uint32_t room = 2;
  while (room < n + n / 2) room *= 2;
  index.mask = room - 1;
  index.slots = c.scratch_of<uint32_t>(room);
  f.nodes = c.scratch_of<Forest::Node>(n);
  f.roots = c.scratch_of<uint32_t>(n);
  f.leaves = c.scratch_of<Forest::Leaf>(n);
  f.weights = c.scratch_of<Forest::Weight>(m);
  auto* child = c.scratch_of<uint8_t>(n);
  if (!index.slots || !f.nodes || !f.roots || !f.leaves || !f.weights || !child)
    return c.no_memory(size_t(n) * sizeof(Forest::Node));
  memset(index.slots, 0, room * sizeof(uint32_t));
  memset(static_cast<void*>(f.leaves), 0, n * sizeof(Forest::Leaf));
  memset(child, 0, n);
  f.n_nodes = n;
  f.n_roots = 0;
  for (uint32_t i = 0; i < n; ++i) {
    uint32_t* slot = index.slot(l.nodes_treeids[i], l.nodes_nodeids[i]);
    if (*slot) return c.bad_attr("nodes_nodeids", l.nodes_nodeids[i], "every node once");
    *slot = i + 1;
  }
  for (uint32_t i = 0; i < n; ++i) {
    Forest::Node& node = f.nodes[i];
    if (!branch_of(l.nodes_modes[i], node.branch))
      return c.bad_attr("nodes_modes", l.nodes_modes[i], "BRANCH_... or LEAF");
    if (node.branch == Branch::leaf) continue;
    if (l.nodes_featureids[i] < 0 || l.nodes_featureids[i] > 0xffffffff)
      return c.bad_attr("nodes_featureids", l.nodes_featureids[i], "features of the input");
    node.split = load_real(l.nodes_values.type, l.nodes_values.data, i);
    node.feature = uint32_t(l.nodes_featureids[i]);
    node.missing = l.nodes_missing_value_tracks_true.size && l.nodes_missing_value_tracks_true[i];
    for (unsigned side = 0; side < 2; ++side) {
      const bool yes = !side;
      const int64_t id = yes ? l.nodes_truenodeids[i] : l.nodes_falsenodeids[i];
      const uint32_t k = *index.slot(l.nodes_treeids[i], id);
      if (!k) return c.bad_attr(yes ? "nodes_truenodeids" : "nodes_falsenodeids", id, "a node of the tree");
      child[k - 1] = 1;
      (yes ? node.yes : node.no) = k - 1;
    }
  }
  const auto place = [&](uint32_t i) { return f.nodes[i].branch == Branch::leaf ? i | Forest::leaf : i; };
  for (uint32_t i = 0; i < n; ++i) {
    if (!child[i]) f.roots[f.n_roots++] = place(i);
    if (f.nodes[i].branch == Branch::leaf) continue;
    f.nodes[i].yes = place(f.nodes[i].yes);
    f.nodes[i].no = place(f.nodes[i].no);
  }
  if (!f.n_roots) return c.bad_attr("nodes_truenodeids", "trees without a root", "trees");
  // Weights in the order of their leaves.
  const auto leaf_of = [&](uint32_t k) { return *index.slot(l.weight_treeids[k], l.weight_nodeids[k]); };
  for (uint32_t k = 0; k < m; ++k) {
    if (!leaf_of(k)) return c.bad_attr("*_nodeids", l.weight_nodeids[k], "a node of the tree");
    if (l.weight_ids[k] < 0 || uint64_t(l.weight_ids[k]) >= targets)
      return c.bad_attr("*_ids", l.weight_ids[k], targets);
    ++f.leaves[leaf_of(k) - 1].n;
  }
  uint32_t first = 0;
  for (uint32_t i = 0; i < n; ++i) {
    f.leaves[i].first = first;
    first += f.leaves[i].n;
    f.leaves[i].n = 0;
  }
  for (uint32_t k = 0; k < m; ++k) {
    Forest::Leaf& leaf = f.leaves[leaf_of(k) - 1];
    f.weights[leaf.first + leaf.n++] = {load_real(l.weights.type, l.weights.data, k),
                                        uint32_t(l.weight_ids[k])};
  }
  return Status::ok;
}

}  // namespace mote
