// What is known of a model before it runs: who reads which value, which values planning needs, what is constant, the shapes
// as far as symbols carry them, and how the weights are to lie in memory.
#include "graph.h"

namespace mote {

Call call_of(Env& env, const Node& n, Value** ins, Value** outs) {
  return {env, n.op, n.name, n.in_names, n.out_names, n.attrs, ins, outs, n.n_in, n.n_out};
}

namespace {

bool is_view(const Node& n) { return n.row->op->flags & view; }
bool runs(const Node& n) { return n.row->run || is_view(n); }  // not a control operator, not the host's

void count_uses(Graph& g) {
  for (uint32_t i = 0; i < g.nodes.size; ++i)
    for (uint32_t k = 0; k < g.nodes[i].n_in; ++k)
      if (const uint32_t id = g.nodes[i].in[k]; id != none) g.defs[id].last_use = i, ++g.defs[id].uses;
  for (const Port& p : g.outputs) g.defs[p.def].last_use = g.nodes.size, ++g.defs[p.def].uses, g.defs[p.def].mixed = true;
}

void count_captures(Graph& g) {
  for (uint32_t id : g.outers) {
    Def& d = g.parent->defs[g.defs[id].origin];
    d.last_use = max(d.last_use, g.owner);
    ++d.uses;
    d.mixed = true;
  }
}

bool want(Def& d) {
  const bool news = !d.wanted;
  d.wanted = true;
  return news;
}

// Marks the inputs whose values shape() reads, and backwards what they are computed from. True if anything is new.
bool want_values(Graph& g) {
  bool news = false;
  for (uint32_t i = g.nodes.size; i-- > 0;) {
    Node& n = g.nodes[i];
    const Op& op = *n.row->op;
    bool wanted = false;
    for (uint32_t k = 0; k < n.n_out; ++k) wanted |= n.out[k] != none && g.defs[n.out[k]].wanted;
    n.wanted = wanted && runs(n) && !(op.flags & random);
    for (uint32_t k = 0; k < n.n_in; ++k)
      if (n.in[k] != none && ((op.reads >> min(k, 31u) & 1) || (n.wanted && !(op.flags & dims_only)))) news |= want(g.defs[n.in[k]]);
  }
  for (uint32_t id : g.outers)
    if (g.defs[id].wanted) news |= want(g.parent->defs[g.defs[id].origin]);
  // The results of a graph that may be run in place of its node (If) are wanted where the node's are.
  if (g.parent) {
    const Node& owner = g.parent->nodes[g.owner];
    for (uint32_t k = 0; k < g.outputs.size && k < owner.n_out; ++k)
      if (owner.row->op->control->choose && owner.out[k] != none && g.parent->defs[owner.out[k]].wanted)
        news |= want(g.defs[g.outputs[k].def]);
  }
  return news;
}

// Runs shape() over the graph with symbols for what is not known. Marks the nodes that depend on weights alone.
Status infer(Model& model, Graph& g) {
  model.env.symbols = model.symbols.size;
  for (uint32_t id : g.outers) {
    const Def& d = g.parent->defs[g.defs[id].origin];
    g.defs[id].fixed = d.fixed;
    g.defs[id].value = d.value;
  }
  if (g.parent)  // what a body declares of its inputs need not hold in every step
    for (uint32_t id : g.inputs) g.defs[id].value.rank = unknown_rank;
  for (uint32_t i = 0; i < g.nodes.size; ++i) {
    Node& n = g.nodes[i];
    auto** ins = model.scratch.array<Value*>(n.n_in + n.n_out);
    if (!ins) return model.no_memory((n.n_in + n.n_out) * sizeof(Value*));
    Value** outs = ins + n.n_in;
    bool typed = runs(n), fixed = n.n_in > 0;
    uint64_t bytes = 4096;
    for (uint32_t k = 0; k < n.n_in; ++k) {
      if (n.in[k] == none) continue;
      Def& d = g.defs[n.in[k]];
      ins[k] = &d.value;
      typed &= d.value.type != Type::none && d.value.kind == Kind::tensor && !d.optional;
      fixed &= d.fixed;
      if (d.fixed) bytes += d.value.bytes;
    }
    for (uint32_t k = 0; k < n.n_out; ++k)
      if (n.out[k] != none) outs[k] = &g.defs[n.out[k]].value;
    if (typed) {
      Call c = call_of(model.env, n, ins, outs);
      TRY(n.row->op->shape(c));
      fixed &= !(n.row->op->flags & random);
      for (uint32_t k = 0; k < n.n_out && fixed; ++k)
        if (outs[k]) fixed = concrete(*outs[k]) && outs[k]->kind == Kind::tensor && outs[k]->type != Type::str && bytes_of(*outs[k], outs[k]->bytes) && outs[k]->bytes <= bytes;
      n.constant = fixed;
      for (uint32_t k = 0; k < n.n_out; ++k)
        if (outs[k]) g.defs[n.out[k]].fixed = fixed;
    }
    model.scratch.reset();
  }
  return Status::ok;
}

// Asks every reader of a constant how it should lie in memory; plain where they do not agree.
Status choose_layouts(Model& model, Graph& g) {
  for (uint32_t i = 0; i < g.nodes.size; ++i) {
    Node& n = g.nodes[i];
    auto** ins = model.scratch.array<Value*>(n.n_in + n.n_out);
    if (!ins) return model.no_memory((n.n_in + n.n_out) * sizeof(Value*));
    for (uint32_t k = 0; k < n.n_in; ++k)
      if (n.in[k] != none) ins[k] = &g.defs[n.in[k]].value;
    for (uint32_t k = 0; k < n.n_out; ++k)
      if (n.out[k] != none) ins[n.n_in + k] = &g.defs[n.out[k]].value;
    Call c = call_of(model.env, n, ins, ins + n.n_in);
    for (uint32_t k = 0; k < n.n_in; ++k) {
      if (n.in[k] == none || !g.defs[n.in[k]].fixed) continue;
      Def& d = g.defs[n.in[k]];
      Value wish = d.value;
      wish.layout = Layout::plain;
      wish.panel = 0;
      if (n.row->op->layout && !n.constant && d.value.type == Type::f32 && d.source != Def::outer) n.row->op->layout(c, k, wish);
      if (d.asked && (d.value.layout != wish.layout || d.value.panel != wish.panel)) d.mixed = true;
      d.asked = true;
      d.value.layout = wish.layout;
      d.value.panel = wish.panel;
    }
    model.scratch.reset();
  }
  for (uint32_t i = 0; i < g.defs.size; ++i)
    if (g.defs[i].mixed) g.defs[i].value.layout = Layout::plain;
  return Status::ok;
}

// A constant is temporary where only constant nodes that copy read it, and where its memory is its own.
void mark_temporary(Graph& g) {
  for (uint32_t i = 0; i < g.defs.size; ++i) g.defs[i].temporary = g.defs[i].fixed && g.defs[i].uses > 0 && g.defs[i].source != Def::outer;
  for (uint32_t i = 0; i < g.nodes.size; ++i)
    for (uint32_t k = 0; k < g.nodes[i].n_in; ++k)
      if (const uint32_t id = g.nodes[i].in[k]; id != none && (!g.nodes[i].constant || is_view(g.nodes[i]))) g.defs[id].temporary = false;
  for (uint32_t i = 0; i < g.nodes.size; ++i)
    if (is_view(g.nodes[i]) && g.nodes[i].out[0] != none) g.defs[g.nodes[i].out[0]].temporary = false;
  for (const Port& p : g.outputs) g.defs[p.def].temporary = false;
}

}  // namespace

Status analyse(Model& model) {
  for (uint32_t i = 0; i < model.graphs.size; ++i) count_uses(*model.graphs[i]);
  for (uint32_t i = 1; i < model.graphs.size; ++i) count_captures(*model.graphs[i]);
  for (bool news = true; news;) {
    news = false;
    for (uint32_t i = model.graphs.size; i-- > 0;) news |= want_values(*model.graphs[i]);
  }
  for (uint32_t i = 0; i < model.graphs.size; ++i) {
    Graph& g = *model.graphs[i];
    TRY(infer(model, g));
    TRY(choose_layouts(model, g));
    mark_temporary(g);
  }
  for (uint32_t i = 1; i < model.graphs.size; ++i)
    for (uint32_t id : model.graphs[i]->outers) {
      Graph& g = *model.graphs[i];
      g.parent->defs[g.defs[id].origin].temporary = false;
    }
  for (Port& p : model.main().outputs)
    if (p.value.type == Type::none) p.value = model.main().defs[p.def].value;
  return Status::ok;
}

}  // namespace mote
