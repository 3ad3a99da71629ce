// What happens to a model between import and writing. Every pass works on all its graphs.
#pragma once
#include "model.h"

namespace mote::compiler {

Status sort(Model& m);          // nodes into topological order; cyclic_graph where there is none
void remove_dead(Model& m);     // nodes that no output needs; counts uses
void remove_identities(Model& m);
void fold(Model& m);            // nodes with small constant inputs and outputs become constants
// every rewrite of fusions.def that is not off, then fold
void rewrite(Model& m, const std::vector<bool>& off);
void anchor_outputs(Model& m); // every output of a graph is computed by a node of that graph
std::string write(Model& m);    // the graph JSON

// Calls f(Value*) for what a node reads: its inputs, and what its subgraphs read of the graphs around them.
template <class F> void each_read(const Node& n, F& f) {
  for (Value* v : n.in)
    if (v) f(v);
  for (const Attribute& a : n.attrs) {
    if (!a.g) continue;
    for (const Node* inner : a.g->nodes) each_read(*inner, f);
    for (Value* v : a.g->outputs) f(v);
  }
}

}  // namespace mote::compiler
