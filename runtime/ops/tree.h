// Ensembles of decision trees, as TreeEnsemble and its two predecessors run them: built in scratch from the
// attributes of any of them, then walked row by row.
#pragma once
#include "ml.h"

namespace mote {

enum class Branch : uint8_t { leq, lt, gte, gt, eq, neq, member, leaf };
enum class Aggregate : uint8_t { average, sum, min, max };

struct Forest {
  static constexpr uint32_t leaf = 0x80000000;  // flag of a child or root: index of a leaf
  struct Node {
    double split;
    uint32_t feature, yes, no;
    uint32_t members;  // of Branch::member: where its set begins in `sets`; each set ends with a NaN
    Branch branch;
    bool missing;      // a NaN goes to `yes`
  };
  struct Leaf { uint32_t first, n; };           // of weights
  struct Weight { double value; uint32_t target; };
  Node* nodes;
  uint32_t n_nodes;
  uint32_t* roots;
  uint32_t n_roots;
  Leaf* leaves;
  Weight* weights;
  Value sets;
};

// Scores [targets] of one row: sums or extremes over all trees; scored[i] says whether any leaf gave target i
// a weight.
Status walk_trees(Call& c, const Forest& f, Aggregate a, const double* row, size_t features, double* scores,
                  uint8_t* scored, size_t targets);

// ---- the lists of TreeEnsembleClassifier and TreeEnsembleRegressor
struct TreeLists {
  Span<const int64_t> nodes_treeids, nodes_nodeids, nodes_featureids, nodes_truenodeids, nodes_falsenodeids,
      nodes_missing_value_tracks_true;
  Span<const Text> nodes_modes;
  Value nodes_values;                                     // as floats or as a tensor
  Span<const int64_t> weight_treeids, weight_nodeids, weight_ids;
  Value weights;
};
Status check_lists(Call& c, const TreeLists& l);          // their lengths: bad_attribute
Status build_forest(Call& c, const TreeLists& l, size_t targets, Forest& f);
Value reals_of(Span<const float> list, const Value* tensor);

}  // namespace mote
