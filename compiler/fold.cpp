// Computes at compile time what depends on small constants alone, with the runtime's own operators: those
// that ops.def marks `fold`, and views by a copy of their bytes. Everything else that is constant is left to
// the runtime, which computes it once.
#include <cstring>

#include "operator.h"
#include "passes.h"

namespace mote::compiler {
namespace {

bool small_constant(const Value* v) {
  return v->constant && v->constant->held && plain_memory(v->constant->type) &&
         v->constant->bytes.size() <= small_bytes;
}

bool fold(Operators& operators, Node& n) {
  for (const Value* v : n.in)
    if (v && !small_constant(v)) return false;
  const OpRow* row = operators.bind(n);
  if (!row || (row->op->flags & (random | holds))) return false;
  const bool view_only = row->op->flags & view;
  if (!row->run && !view_only) return false;

  std::vector<mote::Value> in(n.in.size()), out(n.out.size());
  std::vector<mote::Value*> ins, outs;
  for (size_t i = 0; i < n.in.size(); ++i) {
    if (n.in[i]) in[i] = view_of(*n.in[i]->constant);
    ins.push_back(n.in[i] ? &in[i] : nullptr);
  }
  for (size_t i = 0; i < n.out.size(); ++i) outs.push_back(n.out[i] ? &out[i] : nullptr);
  if (operators.shape(n, ins, outs) != Status::ok) return false;
  std::vector<std::string> bytes(out.size());
  for (size_t i = 0; i < out.size(); ++i) {
    if (!outs[i]) continue;
    if (!known_rank(out[i]) || !concrete(out[i]) || !plain_memory(out[i].type) || out[i].kind != Kind::tensor)
      return false;
    const int64_t count = element_count(std::vector<int64_t>(out[i].dims, out[i].dims + out[i].rank));
    if (count < 0 || uint64_t(count) > small_bytes || uint64_t(count) * size_of(out[i].type) > small_bytes)
      return false;
    bytes[i].assign(size_t(count) * size_of(out[i].type), '\0');
    out[i].data = bytes[i].data();
    out[i].bytes = bytes[i].size();
  }
  if (view_only) {
    if (!outs[0] || bytes[0].size() != in[0].bytes) return false;
    memcpy(bytes[0].data(), in[0].data, bytes[0].size());
  } else if (operators.run(n, ins, outs) != Status::ok) {
    return false;
  }
  for (size_t i = 0; i < out.size(); ++i) {
    if (!outs[i]) continue;
    auto t = std::make_shared<Tensor>();
    t->type = out[i].type;
    t->dims.assign(out[i].dims, out[i].dims + out[i].rank);
    t->held = true;
    t->bytes = std::move(bytes[i]);
    n.out[i]->constant = std::move(t);
    n.out[i]->producer = nullptr;
  }
  return true;
}

}  // namespace

// Graphs around come before the graphs in them, so that captured constants are folded first.
void fold(Model& m) {
  Operators operators;
  for (Graph& g : m.graphs) {
    size_t kept = 0;
    for (Node* n : g.nodes)
      if (!fold(operators, *n)) g.nodes[kept++] = n;
    g.nodes.resize(kept);
  }
  remove_dead(m);
}

}  // namespace mote::compiler
