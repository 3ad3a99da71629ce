#include "plan.h"

#include "exec.h"

namespace mote {

constexpr size_t max_planned = 64;  // elements of a value that planning computes or reads

bool read_by_planning(const Def& def, const Value& v) {
  return def.wanted && v.kind == Kind::tensor && v.type != Type::str && concrete(v) && count(v) <= max_planned;
}

namespace {

PlanValue* pv(Value* v) { return static_cast<PlanValue*>(v); }

bool same_shape(const Value& a, const Value& b) {
  if (a.type != b.type || a.kind != b.kind) return false;
  if (a.kind == Kind::sequence) return a.dims[0] == b.dims[0];  // views of it carry its length
  if (a.kind != Kind::tensor) return true;
  if (a.rank != b.rank) return false;
  for (int i = 0; i < a.rank; ++i)
    if (a.dims[i] != b.dims[i]) return false;
  return true;
}

bool same_bytes(const Value& a, const Value& b) {
  const auto *p = a.as<uint8_t>(), *q = b.as<uint8_t>();
  for (size_t i = 0; i < size_t(a.bytes); ++i)
    if (p[i] != q[i]) return false;
  return true;
}

struct Planner {
  Context& context;
  Plan& plan;

  Status no_memory() { return context.no_memory(page_bytes); }

  const Def& def_of_binding(uint32_t i) const {
    const Graph& g = *plan.graph;
    return g.defs[i < g.inputs.size ? g.inputs[i] : g.outers[i - g.inputs.size]];
  }

  // Makes the values of a graph. Captured ones are those of the scope around.
  Status push_scope(const Graph& g, Scope* parent) {
    auto* s = plan.arena.make<Scope>();
    auto* values = plan.arena.array<PlanValue>(g.defs.size);
    auto** map = plan.arena.array<PlanValue*>(g.defs.size);
    if (!s || !values || !map) return no_memory();
    *s = {parent, &g, map, 0};
    for (uint32_t i = 0; i < g.defs.size; ++i) {
      const Def& d = g.defs[i];
      if (parent && d.source == Def::outer) {
        map[i] = parent->map[d.origin];
        map[i]->root->remaining += d.uses;
        continue;
      }
      PlanValue* v = map[i] = new (Place{&values[i]}) PlanValue;
      v->root = v;
      v->id = plan.values.size;
      v->remaining = d.uses;
      if (d.fixed) static_cast<Value&>(*v) = d.value, v->home = PlanValue::fixed;
      if (!plan.values.push(plan.arena, v)) return no_memory();
    }
    plan.scope = s;
    if (!parent) plan.whole = s;
    return Status::ok;
  }

  Status start(const Value* bindings, bool own_inputs) {
    const Graph& g = *plan.graph;
    TRY(push_scope(g, nullptr));
    plan.segments.push(plan.arena);
    const uint32_t n = g.inputs.size + g.outers.size;
    plan.keys = plan.arena.array<Value>(n);
    if (!plan.keys) return no_memory();
    for (uint32_t i = 0; i < n; ++i) {
      const Def& d = def_of_binding(i);
      PlanValue* v = plan.whole->map[i < g.inputs.size ? g.inputs[i] : g.outers[i - g.inputs.size]];
      plan.keys[i] = bindings[i];
      plan.keys[i].data = nullptr;
      if (d.fixed) continue;
      static_cast<Value&>(*v) = plan.keys[i];
      v->home = PlanValue::external;
      if (read_by_planning(d, bindings[i])) {
        v->data = plan.keys[i].data = plan.arena.take(size_t(bindings[i].bytes) + 1, 16);
        if (!v->data) return no_memory();
        memcpy(v->data, bindings[i].data, size_t(bindings[i].bytes));
        v->home = PlanValue::fixed;
      } else if (own_inputs && i < g.inputs.size && v->kind == Kind::tensor && v->type != Type::str) {
        v->home = PlanValue::block;
        if (!plan.defined.push(plan.arena, v)) return no_memory();
      }
    }
    return Status::ok;
  }

  void read(Value* v, uint32_t step) {
    PlanValue* r = pv(v)->root;
    if (r->remaining) --r->remaining;
    r->last = max(r->last, step);
  }

  // What the bodies of a node capture is read where the node is.
  void read_captures(Scope& s, uint32_t node, uint32_t step) {
    const Model& m = *context.model;
    for (uint32_t i = 1; i < m.graphs.size; ++i) {
      const Graph& g = *m.graphs[i];
      if (g.parent == s.graph && g.owner == node)
        for (uint32_t id : g.outers) read(s.map[g.defs[id].origin], step);
    }
  }

  void end_scope() {
    Scope& s = *plan.scope;
    Scope& outer = *s.parent;
    const Node& owner = outer.graph->nodes[outer.cursor - 1];
    for (uint32_t k = 0; k < owner.n_out && k < s.graph->outputs.size; ++k) {
      if (owner.out[k] == none) continue;
      PlanValue* v = s.map[s.graph->outputs[k].def];
      v->root->remaining += outer.graph->defs[owner.out[k]].uses;
      outer.map[owner.out[k]] = v;
    }
    for (const Port& p : s.graph->outputs) read(s.map[p.def], plan.steps.size);
    plan.scope = &outer;
  }

  // Runs a node now, into the plan's arena, where all it reads is known and small.
  Status run_now(Call& c, const Node& n, bool& ran) {
    ran = false;
    if (!n.wanted) return Status::ok;
    for (uint32_t k = 0; k < c.n_in; ++k)
      if (c.ins[k] && !(n.row->op->flags & dims_only) && (!c.known(k) || pv(c.ins[k])->home == PlanValue::external)) return Status::ok;
    for (uint32_t k = 0; k < c.n_out; ++k)
      if (c.outs[k] && (count(c.out(k)) > max_planned || c.out(k).type == Type::str)) return Status::ok;
    for (uint32_t k = 0; k < c.n_out; ++k) {
      if (!c.outs[k]) continue;
      Value& v = c.out(k);
      v.data = plan.arena.take(size_t(v.bytes) + 1, 16);
      if (!v.data) return no_memory();
      pv(&v)->home = PlanValue::fixed;
      pv(&v)->root = pv(&v);
    }
    if (n.row->op->flags & view) memcpy(c.out(0).data, c.in(0).data, size_t(c.out(0).bytes));
    else TRY(n.row->run(c));
    context.scratch.reset();
    ran = true;
    return Status::ok;
  }

  Status share(Value* out, Value* in) {  // out is a view of in
    PlanValue* r = pv(in)->root;
    PlanValue* o = pv(out);
    r->remaining += o->remaining;
    o->root = r;
    o->home = pv(in)->home;
    o->segment = r->segment;
    o->data = r->home == PlanValue::fixed ? r->data : nullptr;
    o->bytes = in->bytes;
    if (o->home != PlanValue::fixed && plan.segments.size > 1) o->data = in->data;
    return plan.defined.push(plan.arena, o) ? Status::ok : no_memory();
  }

  // An input that dies here and whose memory output 0 can take.
  Value* reusable(const Call& c, const Node& n) {
    if (!(n.row->op->flags & inplace) || !c.has_out(0)) return nullptr;
    const bool first = (n.row->op->flags & inplace_first) == inplace_first;
    for (uint32_t k = 0; k < (first ? 1 : c.n_in); ++k) {
      if (!c.ins[k] || c.in(k).bytes != c.out(0).bytes || size_of(c.in(k).type) != size_of(c.out(0).type)) continue;
      const PlanValue* r = pv(c.ins[k])->root;
      if (r->home == PlanValue::block && r->remaining == 0 && r->segment == plan.segments.size - 1 && r->bytes == c.out(0).bytes && c.out(0).bytes) return c.ins[k];
    }
    return nullptr;
  }

  Status next_node(bool& barrier) {
    Scope& s = *plan.scope;
    const uint32_t index = s.cursor++;
    const Node& n = s.graph->nodes[index];
    if (n.constant) return Status::ok;
    auto** ins = plan.arena.array<Value*>(n.n_in + n.n_out);
    if (!ins) return no_memory();
    Value** outs = ins + n.n_in;
    for (uint32_t k = 0; k < n.n_in; ++k)
      if (n.in[k] != none) ins[k] = s.map[n.in[k]];
    for (uint32_t k = 0; k < n.n_out; ++k)
      if (n.out[k] != none) {
        outs[k] = s.map[n.out[k]];
        *outs[k] = Value{};
      }
    Call c = call_of(context.env, n, ins, outs);
    const Control* control = n.row->op->control;
    if (control && control->choose)
      if (const Graph* branch = control->choose(c)) {
        for (uint32_t k = 0; k < n.n_in; ++k)
          if (ins[k]) read(ins[k], plan.steps.size);
        TRY(push_scope(*branch, &s));
        read_captures(s, index, plan.steps.size);
        return Status::ok;
      }
    for (uint32_t k = 0; k < n.n_in; ++k)
      if (ins[k] && ins[k]->kind != Kind::tensor && !(n.row->op->flags & holds)) return c.fail_in(k, Status::bad_kind, "sequence, map or absent optional", "tensor");
    TRY(n.row->op->shape(c));
    barrier = control || is_host(n);
    for (uint32_t k = 0; k < n.n_out; ++k) {
      if (!outs[k]) continue;
      if (outs[k]->kind != Kind::tensor) barrier |= !(n.row->op->flags & view);
      else if (!concrete(*outs[k])) barrier = true;
      else if (!bytes_of(*outs[k], outs[k]->bytes))
        return report(context.error, Status::too_large, n.op, n.name, n.out_names[k], type_info[unsigned(outs[k]->type)].name, Arg::dims(*outs[k]));
    }
    if (!barrier) {
      bool ran;
      TRY(run_now(c, n, ran));
      if (!ran && (n.row->op->flags & view)) {
        TRY(share(outs[0], ins[0]));
        ran = true;
      }
      if (ran) {
        for (uint32_t k = 0; k < n.n_in; ++k)
          if (ins[k]) read(ins[k], plan.steps.size);
        return Status::ok;
      }
    }
    if (!plan.steps.push(plan.arena, {&n, &s, ins, outs, barrier})) return no_memory();
    const uint32_t step = plan.steps.size;
    for (uint32_t k = 0; k < n.n_in; ++k)
      if (ins[k]) read(ins[k], step);
    if (barrier) read_captures(s, index, step);
    Value* reuse = barrier ? nullptr : reusable(c, n);
    for (uint32_t k = 0; k < n.n_out; ++k) {
      if (!outs[k]) continue;
      PlanValue* o = pv(outs[k]);
      o->home = barrier ? PlanValue::heap : PlanValue::block;
      o->root = o;
      o->segment = plan.segments.size - 1;
      o->first = o->last = step;
      if (barrier) continue;
      if (k == 0 && reuse) {
        o->root = pv(reuse)->root;
        o->root->remaining += o->remaining;
      }
      if (!plan.defined.push(plan.arena, o)) return no_memory();
    }
    return Status::ok;
  }

  Status close() {
    Segment& seg = plan.segments[plan.segments.size - 1];
    const uint32_t n = plan.defined.size - seg.first_value;
    auto* placed = context.scratch.array<Placed>(n);
    if (!placed) return no_memory();
    const auto mine = [&](const PlanValue& v) { return v.root == &v && v.home == PlanValue::block && v.segment == plan.segments.size - 1; };
    uint32_t m = 0;
    for (uint32_t i = 0; i < n; ++i) {
      const PlanValue& v = *plan.defined[seg.first_value + i];
      if (mine(v) && v.bytes) placed[m++] = {(v.bytes + 63) & ~uint64_t(63), 0, v.first, v.remaining ? forever : v.last};
    }
    if (!place(context.scratch, placed, m, seg.bytes, seg.live_set)) return no_memory();
    m = 0;
    for (uint32_t i = 0; i < n; ++i) {
      PlanValue& v = *plan.defined[seg.first_value + i];
      if (mine(v) && v.bytes) v.offset = placed[m++].offset;
    }
    context.scratch.reset();
    return Status::ok;
  }

  Status save() {
    uint32_t depth = 0;
    for (Scope* s = plan.scope; s; s = s->parent) ++depth;
    auto& saved = plan.saved;
    saved.cursors = plan.arena.array<uint32_t>(depth);
    saved.remaining = plan.arena.array<uint32_t>(plan.values.size);
    if (!saved.cursors || !saved.remaining) return no_memory();
    depth = 0;
    for (Scope* s = plan.scope; s; s = s->parent) saved.cursors[depth++] = s->cursor;
    for (uint32_t i = 0; i < plan.values.size; ++i) saved.remaining[i] = plan.values[i]->remaining;
    saved.mark = plan.arena.mark();
    saved.values = plan.values;
    saved.defined = plan.defined;
    saved.steps = plan.steps;
    saved.segments = plan.segments;
    saved.scope = plan.scope;
    saved.finished = plan.finished;
    return Status::ok;
  }
};

void restore(Plan& plan) {  // back to the end of the first segment
  const auto& saved = plan.saved;
  if (saved.finished) return;
  Segment first = plan.segments[0];
  plan.arena.rewind(saved.mark);
  plan.values = saved.values;
  plan.defined = saved.defined;
  plan.steps = saved.steps;
  plan.segments = saved.segments;
  plan.segments[0] = first;
  plan.scope = saved.scope;
  plan.finished = saved.finished;
  uint32_t depth = 0;
  for (Scope* s = plan.scope; s; s = s->parent) s->cursor = saved.cursors[depth++];
  for (uint32_t i = 0; i < plan.values.size; ++i) plan.values[i]->remaining = saved.remaining[i];
}

bool matches(const Plan& plan, const Value* bindings) {
  const Graph& g = *plan.graph;
  for (uint32_t i = 0; i < g.inputs.size + g.outers.size; ++i) {
    const Def& d = g.defs[i < g.inputs.size ? g.inputs[i] : g.outers[i - g.inputs.size]];
    if (d.fixed) continue;
    if (!same_shape(plan.keys[i], bindings[i])) return false;
    if (plan.keys[i].data && !same_bytes(plan.keys[i], bindings[i])) return false;
  }
  return true;
}

}  // namespace

Status extend(Context& context, Plan& plan) {
  Planner p{context, plan};
  if (plan.steps.size) {  // not the first: a barrier has run
    Segment next;
    next.first_value = plan.defined.size;
    next.first_step = plan.steps.size;
    if (!plan.segments.push(plan.arena, next)) return p.no_memory();
  }
  context.env.symbols = 0;
  Arena* const strings = context.env.strings;
  context.env.strings = &plan.arena;
  Status status = Status::ok;
  for (bool barrier = false; !barrier && status == Status::ok;) {
    if (plan.scope->cursor < plan.scope->graph->nodes.size) {
      status = p.next_node(barrier);
    } else if (plan.scope->parent) {
      p.end_scope();
    } else {
      plan.finished = true;
      break;
    }
  }
  context.env.strings = strings;
  TRY(status);
  return p.close();
}

void bind(Plan& plan, uint32_t segment, char* base) {
  Segment& seg = plan.segments[segment];
  const uint32_t end = segment + 1 < plan.segments.size ? plan.segments[segment + 1].first_value : plan.defined.size;
  if (!base) base = reinterpret_cast<char*>(&plan);  // nothing but empty tensors
  for (uint32_t i = seg.first_value; i < end; ++i) {
    PlanValue& v = *plan.defined[i];
    if (v.root != &v) v.data = v.root->data;
    else if (v.home == PlanValue::block) v.data = base + v.offset;
  }
  seg.base = base;
}

Status find_plan(Context& context, const Graph& graph, const Value* bindings, bool own_inputs, Plan*& out) {
  uint32_t index = 0;
  while (context.model->graphs[index] != &graph) ++index;
  Plan** row = context.plans + size_t(index) * plans_kept;
  Plan** slot = nullptr;
  for (unsigned i = 0; i < plans_kept; ++i) {
    if (row[i] && row[i]->graph && matches(*row[i], bindings)) {
      out = row[i];
      out->stamp = ++context.stamp;
      restore(*out);
      return Status::ok;
    }
    if (!slot || (*slot && (!row[i] || row[i]->stamp < (*slot)->stamp))) slot = &row[i];
  }
  Arena arena;
  arena.pages = context.pages;
  if (*slot) arena = (*slot)->arena;
  arena.reset();
  Plan* plan = *slot ? *slot : context.arena.make<Plan>();
  if (!plan) return context.no_memory(sizeof(Plan));
  *plan = Plan{};
  plan->arena = arena;
  *slot = plan;
  plan->graph = &graph;
  Planner p{context, *plan};
  Status status = p.start(bindings, own_inputs);
  if (status == Status::ok) status = extend(context, *plan);
  if (status == Status::ok) status = p.save();
  if (status != Status::ok) {
    plan->graph = nullptr;  // not found again
    return status;
  }
  plan->stamp = ++context.stamp;
  out = plan;
  return Status::ok;
}

}  // namespace mote
