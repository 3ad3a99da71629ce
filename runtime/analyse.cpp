// What is known of a model before it runs: how often each value is read, which values planning needs, what is constant, the
// shapes as far as symbols carry them, and how the weights are to lie in memory.
#include "graph.h"

namespace mote {

Call call_of(Env& env, const Node& n, Value** ins, Value** outs) {
  return {env, n.op, n.name, n.in_names, n.out_names, n.attrs, ins, outs, n.n_in, n.n_out};
}

Value** values_of(Model& m, const Graph& g, const Node& n) {
  const uint32_t all = n.n_in + n.n_out;
  auto** values = static_cast<Value**>(m.scratch.take(all * sizeof(Value*)));
  if (!values) return (void)m.no_memory(page_bytes), nullptr;
  for (uint32_t k = 0; k < all; ++k) values[k] = n.in[k] == none ? nullptr : &g.defs[n.in[k]].value;
  return values;
}

namespace {

Def& captured(const Graph& g, uint32_t id) { return g.parent->defs[g.defs[id].origin]; }

void use(Def& d) {
  ++d.uses;
  d.mixed = d.lasting = true;
}

void count_uses(const Graph& g) {
  for (const Node& n : g.nodes)
    for (uint32_t k = 0; k < n.n_in; ++k)
      if (n.in[k] != none) ++g.defs[n.in[k]].uses;
  for (const Port& p : g.outputs) use(g.defs[p.def]);
  for (uint32_t id : g.outers) use(captured(g, id));
}

// Marks the inputs whose values shape() reads, and backwards what they are computed from. True if anything is new.
bool want_values(const Graph& g) {
  bool news = false;
  const auto want = [&](Def& d) {
    news |= !d.wanted;
    d.wanted = true;
  };
  for (uint32_t i = g.nodes.size; i-- > 0;) {
    Node& n = g.nodes[i];
    const Op& op = *n.row->op;
    bool wanted = false;
    for (uint32_t k = 0; k < n.n_out; ++k) wanted |= n.out[k] != none && g.defs[n.out[k]].wanted;
    n.wanted = wanted && n.runs() && !(op.flags & random);
    const bool all = n.wanted && !(op.flags & dims_only);
    for (uint32_t k = 0; k < n.n_in; ++k)
      if (n.in[k] != none && (all || op.reads >> min(k, 31u) & 1)) want(g.defs[n.in[k]]);
  }
  for (uint32_t id : g.outers)
    if (g.defs[id].wanted) want(captured(g, id));
  // The results of a graph that may be run in place of its node (If) are wanted where the node's are.
  if (const Node* owner = g.parent ? &g.parent->nodes[g.owner] : nullptr; owner && owner->row->op->control->choose)
    for (uint32_t k = 0; k < min(g.outputs.size, owner->n_out); ++k)
      if (owner->out[k] != none && g.parent->defs[owner->out[k]].wanted) want(g.defs[g.outputs[k].def]);
  return news;
}

// Asks a reader of constants how they should lie in memory; plain where two of them do not agree.
void choose_layouts(Call& c, const Graph& g, const Node& n) {
  const bool asks = n.row->op->layout && !n.constant;
  for (uint32_t k = 0; k < n.n_in; ++k) {
    if (n.in[k] == none) continue;
    Def& d = g.defs[n.in[k]];
    d.lasting |= !n.constant || n.is_view();
    if (!d.fixed) continue;
    Value wish = d.value;
    wish.layout = Layout::plain;
    wish.panel = 0;
    if (asks && d.value.type == Type::f32 && d.source != Def::outer) n.row->op->layout(c, k, wish);
    d.mixed |= d.asked && (d.value.layout != wish.layout || d.value.panel != wish.panel);
    d.asked = true;
    d.value.layout = wish.layout;
    d.value.panel = wish.panel;
  }
}

// Runs shape() of a node with symbols for what is not known. It is constant where it depends on weights alone, and gives
// little more than it takes.
Status infer(Call& c, const Graph& g, Node& n) {
  bool typed = n.runs(), fixed = n.n_in && !(n.row->op->flags & random);
  uint64_t bytes = 4096;
  for (uint32_t k = 0; k < n.n_in; ++k) {
    if (n.in[k] == none) continue;
    const Def& d = g.defs[n.in[k]];
    typed &= d.value.type != Type::none && d.value.kind == Kind::tensor && !d.optional;
    fixed &= d.fixed;
    if (d.fixed) bytes += d.value.bytes;
  }
  if (!typed) return Status::ok;
  TRY(n.row->op->shape(c));
  for (uint32_t k = 0; k < n.n_out; ++k) {
    Value* v = c.outs[k];
    fixed &= !v || (v->kind == Kind::tensor && v->type != Type::str && concrete(*v) && bytes_of(*v, v->bytes) && v->bytes <= bytes);
  }
  n.constant = fixed;
  for (uint32_t k = 0; k < n.n_out; ++k) {
    if (n.out[k] == none) continue;
    g.defs[n.out[k]].fixed = fixed;
    g.defs[n.out[k]].lasting |= n.is_view();
  }
  return Status::ok;
}

Status follow(Model& model, const Graph& g) {
  model.env.symbols = model.symbols.size;
  for (uint32_t id : g.outers) {
    g.defs[id].fixed = captured(g, id).fixed;
    g.defs[id].value = captured(g, id).value;
  }
  if (g.parent)  // what a body declares of its inputs need not hold in every step
    for (uint32_t id : g.inputs) g.defs[id].value.rank = unknown_rank;
  for (Node& n : g.nodes) {
    Value** values = values_of(model, g, n);
    if (!values) return Status::out_of_memory;
    Call c = call_of(model.env, n, values, values + n.n_in);
    TRY(infer(c, g, n));
    choose_layouts(c, g, n);
    model.scratch.reset();
  }
  for (Def& d : g.defs) {
    if (d.mixed) d.value.layout = Layout::plain;
    d.temporary = d.fixed && d.uses && d.source != Def::outer && !d.lasting;
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
    if (p.value.type == Type::none) p.value = model.main().defs[p.def].value;
  return Status::ok;
}

}  // namespace mote
