// What is known of a model before it runs: how often each value is read, which values planning needs, what is
// constant, the shapes as far as symbols carry them, and how the weights are to lie in memory.
#include "exec.h"

namespace mote {

bool want(Def* d) { return d && !d->wanted ? (d->wanted = true) : false; }

namespace {

void use(Def& d) {
  ++d.uses;
  d.mixed = d.lasting = true;
}

void count_uses(const Graph& g) {
  for (const Node* n : g.nodes)
    for (uint32_t k = 0; k < n->call.n_in; ++k)
      if (n->in(k)) ++n->in(k)->uses;
  for (const Port& p : g.outputs) use(*p.def);
  for (const Def* d : g.outers) use(*d->captured);
}

// Marks the inputs whose values shape() reads, and backwards what they are computed from. True if anything is
// new.
bool want_values(const Graph& g) {
  bool news = false;
  for (uint32_t i = g.nodes.size; i-- > 0;) {
    Node& n = *g.nodes[i];
    const Op& op = *n.row->op;
    bool wanted = false;
    for (uint32_t k = 0; k < n.call.n_out; ++k) wanted |= n.out(k) && n.out(k)->wanted;
    n.wanted = wanted && n.runs() && !(op.flags & random);
    const bool all = n.wanted && !(op.flags & dims_only);
    for (uint32_t k = 0; k < n.call.n_in; ++k)
      if (all || op.reads >> min(k, 31u) & 1) news |= want(n.in(k));
  }
  for (const Def* d : g.outers)
    if (d->wanted) news |= want(d->captured);
  if (g.owner)
    if (const Control* control = g.owner->row->op->control) news |= control->bodies->want(g);
  return news;
}

// Asks a reader of constants how they should lie in memory; plain where two of them do not agree.
void choose_layouts(Node& n) {
  const auto ask = n.constant ? nullptr : n.row->op->layout.ask;
  for (uint32_t k = 0; k < n.call.n_in; ++k) {
    if (!n.in(k)) continue;
    Def& d = *n.in(k);
    d.lasting |= !n.constant || n.is_view();
    if (ask && d.fixed && d.type == Type::f32 && d.source != Def::outer) ask(n, k);
    else d.mixed = true;
  }
}

// Runs shape() of a node with symbols for what is not known. It is constant where it depends on weights
// alone, and gives little more than it takes.
Status infer(Node& n) {
  bool typed = n.runs(), fixed = n.call.n_in && !(n.row->op->flags & random);
  uint64_t bytes = 4096;
  for (uint32_t k = 0; k < n.call.n_in; ++k) {
    if (!n.in(k)) continue;
    const Def& d = *n.in(k);
    typed &= d.type != Type::none && d.kind == Kind::tensor && !d.optional;
    fixed &= d.fixed;
    if (d.fixed) bytes += d.bytes;
  }
  if (!typed) return Status::ok;
  TRY(n.row->op->shape(n.call));
  for (uint32_t k = 0; k < n.call.n_out; ++k) {
    Def* d = n.out(k);
    if (d && !set_bytes(*d)) return fail(n.call, Status::too_large, d->name, d->type, Arg::dims(*d));
    fixed &= !d || (d->kind == Kind::tensor && d->type != Type::str && concrete(*d) && d->bytes <= bytes);
  }
  n.constant = fixed;
  for (uint32_t k = 0; k < n.call.n_out; ++k)
    if (Def* d = n.out(k)) d->fixed = fixed, d->lasting |= d->of_view = n.is_view();
  return Status::ok;
}

Status follow(Model& model, const Graph& g) {
  model.env.symbols = model.symbols.size;
  for (Def* d : g.outers) {
    d->fixed = d->captured->fixed;
    static_cast<Value&>(*d) = *d->captured;
  }
  if (g.parent)  // what a body declares of its inputs need not hold in every step
    for (Def* d : g.inputs) d->rank = unknown_rank;
  for (Node* n : g.nodes) {
    TRY(infer(*n));
    choose_layouts(*n);
    model.scratch.reset();
  }
  for (Def* d : g.defs) {
    if (d->mixed && d->type == Type::f32) d->codec = nullptr;
    d->temporary = d->fixed && d->uses && d->source != Def::outer && !d->lasting;
  }
  return Status::ok;
}

}  // namespace

Status analyse(Model& model) {
  for (const Graph* g : model.graphs) count_uses(*g);
  for (bool news = true; news;) {
    news = false;
    for (uint32_t i = model.graphs.size; i-- > 0;) news |= want_values(*model.graphs[i]);
  }
  for (const Graph* g : model.graphs) TRY(follow(model, *g));
  for (Port& p : model.main().outputs)
    if (p.value.type == Type::none) p.value = *p.def;
  return Status::ok;
}

}  // namespace mote
