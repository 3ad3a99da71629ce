// Nodes that depend on weights alone: run while loading, as soon as the weights are there. What only such
// nodes read is freed after them. Linked where the table has operators.
#include "plan.h"

namespace mote {
namespace {

// Lays out a constant that lies plain in memory, where it is to lie otherwise.
Status repack(Model& m, Def& d) {
  if (!d.codec) return Status::ok;
  const auto* plain = d.as<uint8_t>();
  TRY(take_constant(m, false, d.codec, d));
  d.codec->put(m, d, plain, size_t(raw_bytes(d)));
  d.codec = nullptr;
  m.element = 0;
  return Status::ok;
}

// Runs a constant node. What is to lie in panels is computed plain first.
Status run_constant(Model& m, Node& n) {
  clear_outputs(n.call);
  TRY(n.row->op->shape(n.call));
  for (uint32_t k = 0; k < n.call.n_out; ++k) {
    Def* d = n.out(k);
    if (!d) continue;
    if (n.is_view()) d->data = n.in(0)->data, d->bytes = n.in(0)->bytes;
    else TRY(take_constant(m, d->temporary || d->codec, nullptr, *d));
  }
  if (n.row->run) TRY(n.row->run(n.call));
  for (uint32_t k = 0; k < n.call.n_out; ++k) {
    Def* d = n.out(k);
    if (!d) continue;
    d->arrived = true;
    void* const plain = d->data;
    TRY(repack(m, *d));
    if (plain != d->data && !n.is_view()) m.heap().free(plain);
  }
  for (uint32_t k = 0; k < n.call.n_in; ++k) {  // a reader of temporaries has run
    Def* d = n.in(k);
    if (!d || !d->temporary || d->in_place || --d->uses) continue;
    m.heap().free(d->data);
    d->data = nullptr;
  }
  n.ran = true;
  m.scratch.reset();
  return Status::ok;
}

}  // namespace

Status run_ready_nodes(Model& m, const Graph& g) {
  for (Def* d : g.defs)
    if (d->in_place) TRY(repack(m, *d));
  for (Node* n : g.nodes) {
    bool ready = n->constant && !n->ran;
    for (uint32_t k = 0; k < n->call.n_in; ++k) ready &= !n->in(k) || n->in(k)->arrived;
    if (ready) TRY(run_constant(m, *n));
  }
  return Status::ok;
}

}  // namespace mote
