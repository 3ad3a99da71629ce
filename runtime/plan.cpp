#include "plan.h"

#include "exec.h"

namespace mote {

constexpr size_t max_planned = 64;  // elements of a value that planning computes or reads

bool read_by_planning(const Def& def, const Value& v) {
  return def.wanted && v.kind == Kind::tensor && v.type != Type::str && concrete(v) &&
         count(v) <= max_planned;
}

void clear(Value& v) {
  memset(static_cast<void*>(&v), 0, sizeof v);
  v.rank = unknown_rank;
}

void clear_outputs(const Call& c) {
  for (unsigned k = 0; k < c.n_out; ++k)
    if (c.outs[k]) clear(*c.outs[k]);
}

Status fail(const Call& c, Status code, const Text& tensor, Arg a, Arg b) {
  return report(*c.env.error, code, c.op_name, c.node_name, tensor, a, b);
}

Status shape_outputs(Step& s) {
  Call& c = s.call;
  const Op& op = *s.node->row->op;
  for (unsigned k = 0; k < c.n_in; ++k)
    if (c.ins[k] && c.in(k).kind != Kind::tensor && !(op.flags & holds))
      return fail(c, Status::bad_kind, c.in_names[k], kind_name(c.in(k).kind), "tensor");
  clear_outputs(c);
  TRY(op.shape(c));
  s.sized = true;
  for (unsigned k = 0; k < c.n_out; ++k) {
    if (!c.outs[k]) continue;
    Value& v = c.out(k);
    if (v.kind != Kind::tensor) s.sized &= (op.flags & view) != 0;
    else if (!concrete(v)) s.sized = false;
    else if (!set_bytes(v))
      return fail(c, Status::too_large, c.out_names[k], v.type, Arg::dims(v));
  }
  return Status::ok;
}

Status execute(Step& s) {
  Call& c = s.call;
  if (const Run run = s.node->row->run) TRY(run(c));
  else memcpy(c.out(0).data, c.in(0).data, size_t(c.out(0).bytes));  // a view that has memory of its own
  c.env.scratch->reset();
  return Status::ok;
}

namespace {

bool append(Plan& plan, List& list, void* p) {
  auto** at = static_cast<void**>(list.add(plan.arena, sizeof p));
  return at && (*at = p);
}

// A new value of the plan, for a value of a graph or for none; null when memory ran out.
PlanValue* define(Plan& plan, const Def* d) {
  auto* v = plan.arena.array<PlanValue>(1);
  if (!v || !append(plan, plan.values, v)) return nullptr;
  v->root = v;
  v->id = plan.values.size - 1;
  v->first = v->last = plan.steps.size;
  if (d) v->remaining = d->uses;
  if (d && d->fixed) static_cast<Value&>(*v) = *d;
  return v;
}

// v takes the memory of `from`.
void share(PlanValue& v, const PlanValue& from) {
  v.home = from.home;
  v.root = from.root;
  v.root->remaining += v.remaining;
  v.data = from.data;
  v.bytes = from.bytes;
}

}  // namespace

void read(const Plan& plan, PlanValue* v) {
  PlanValue* r = v->root;
  if (r->remaining) --r->remaining;
  r->last = plan.steps.size;
}

Status enter(Context& c, Plan& plan, const Graph& g, const Value* bindings) {
  auto* s = plan.arena.array<Scope>(1);
  auto** map = plan.arena.array<PlanValue*>(g.defs.size);
  if (!s || !map) return c.no_memory();
  *s = {plan.scope, &g, map, plan.cursor};
  plan.scope = s;
  plan.cursor = 0;
  for (uint32_t i = 0; bindings && i < g.bound(); ++i) {
    const Def& d = *(i < g.inputs.size ? g.inputs[i] : g.outers[i - g.inputs.size]);
    PlanValue* v = map[d.number] = define(plan, &d);
    if (!v) return c.no_memory();
    if (d.fixed) continue;
    static_cast<Value&>(*v) = bindings[i];
    v->data = nullptr;
    if (read_by_planning(d, *v)) {
      v->data = plan.arena.take(size_t(v->bytes) + 1);
      if (!v->data) return c.no_memory();
      memcpy(v->data, bindings[i].data, size_t(v->bytes));
    } else {
      v->home = g.parent || v->kind != Kind::tensor || v->type == Type::str ? PlanValue::external
                                                                            : PlanValue::block;
    }
  }
  for (uint32_t i = 0; i < g.defs.size; ++i) {
    const Def& d = *g.defs[i];
    if (map[i]) continue;
    if (d.source == Def::outer) {
      map[i] = s->parent->map[d.captured->number];
      map[i]->root->remaining += d.uses;
    } else if (d.fixed && !(map[i] = define(plan, &d))) {
      return c.no_memory();
    }
  }
  return Status::ok;
}

namespace {

// Whether planning can run the node now: its value is wanted, all it reads is known, all it gives is small.
bool foldable(const Step& s) {
  bool yes = s.node->wanted;
  for (uint32_t k = 0; k < s.size(); ++k) {
    const PlanValue* v = s[k];
    if (!v) continue;
    if (k >= s.call.n_in) yes &= v->kind == Kind::tensor && v->type != Type::str && count(*v) <= max_planned;
    else yes &= v->data || (v->kind == Kind::tensor && !v->bytes) || (s.node->row->op->flags & dims_only);
  }
  return yes;
}

// An input that dies here and whose memory output 0 can take.
PlanValue* reusable(const Plan& plan, const Step& s) {
  const Flags flags = s.node->row->op->flags;
  const uint32_t n = s.call.n_in;
  if (!(flags & inplace) || s.size() == n) return nullptr;
  const PlanValue* out = s[n];
  for (uint32_t k = 0; out && k < ((flags & inplace_first) == inplace_first ? 1 : n); ++k) {
    PlanValue* v = s[k];
    if (!v || !v->bytes || v->bytes != out->bytes || size_of(v->type) != size_of(out->type)) continue;
    const PlanValue* r = v->root;
    if (r->home == PlanValue::block && !r->remaining && r->id >= plan.first_value && r->bytes == v->bytes)
      return v;
  }
  return nullptr;
}

Status next_node(Context& c, Plan& plan) {
  Scope& scope = *plan.scope;
  const Graph& g = *scope.graph;
  const Node& n = *g.nodes[plan.cursor++];
  const uint32_t n_in = n.call.n_in, n_out = n.call.n_out;
  if (n.constant) return Status::ok;
  void* memory = plan.arena.zeroed(1, sizeof(Step) + (n_in + n_out) * sizeof(Value*));
  if (!memory) return c.no_memory();
  auto** ins = reinterpret_cast<Value**>(static_cast<Step*>(memory) + 1);
  for (uint32_t k = 0; k < n_in + n_out; ++k) {
    const Def* d = n.in(k);
    if (!d) continue;
    if (k >= n_in && !(scope.map[d->number] = define(plan, d))) return c.no_memory();
    ins[k] = scope.map[d->number];
  }
  Step& s = *new (Place{memory}) Step{{n.call, c.env, ins, ins + n_in}, &n, &scope, false, false};

  const Op& op = *n.row->op;
  const Graph* branch = op.control && op.control->choose ? op.control->choose(s.call) : nullptr;
  bool folded = false, shared = false;
  if (!branch) {
    TRY(shape_outputs(s));
    s.barrier = op.control || !s.sized;
    folded = !s.barrier && foldable(s);
    shared = !s.barrier && !folded && (op.flags & view);
    if (!folded && !shared && !append(plan, plan.steps, &s)) return c.no_memory();
  }
  for (uint32_t k = 0; k < n_in; ++k)
    if (s[k]) read(plan, s[k]);
  if (op.control) TRY(op.control->bodies->plan(c, plan, s, branch));
  if (branch) return Status::ok;

  plan.barrier = s.barrier;
  PlanValue* from = shared ? s[0] : s.barrier || folded ? nullptr : reusable(plan, s);
  for (uint32_t k = 0; k < n_out; ++k) {
    PlanValue* v = s[n_in + k];
    if (!v) continue;
    v->first = v->last = plan.steps.size;
    v->home = s.barrier ? PlanValue::heap : folded ? PlanValue::fixed : PlanValue::block;
    if (k == 0 && from) share(*v, *from);
    if (!folded) continue;
    v->data = plan.arena.take(size_t(v->bytes) + 1);
    if (!v->data) return c.no_memory();
  }
  return folded ? execute(s) : Status::ok;
}

bool same(const void* a, const void* b, size_t bytes) {
  const auto *p = static_cast<const uint8_t*>(a), *q = static_cast<const uint8_t*>(b);
  while (bytes && *p == *q) ++p, ++q, --bytes;
  return !bytes;
}

// Whether a plan is for these inputs: of the same types and shapes, with the same values where planning read
// them.
bool holds_for(const Plan& plan, const Frame& f) {
  for (uint32_t i = 0; i < f.body->bound(); ++i) {
    const PlanValue& v = *plan.values[i];
    const Value& now = f.inputs[i];
    // views of a sequence carry its length
    const size_t dims = v.kind == Kind::tensor ? size_t(v.rank) : v.kind == Kind::sequence;
    if (!same(&v, &now, __builtin_offsetof(Value, layout)) || !same(v.dims, now.dims, dims * sizeof(int64_t)))
      return false;
    if (v.home == PlanValue::fixed && v.data != now.data && !same(v.data, now.data, size_t(v.bytes)))
      return false;
  }
  return true;
}

}  // namespace

Status extend(Context& c, Plan& plan) {
  const uint64_t before = plan.bytes;
  const bool first = !plan.steps.size;
  if (!first) plan.first_value = plan.values.size;
  plan.barrier = false;
  c.env.symbols = 0;
  Status status = Status::ok;
  while (status == Status::ok && !plan.barrier && !plan.finished) {
    if (plan.cursor < plan.scope->graph->nodes.size) status = next_node(c, plan);
    else if (plan.scope->parent) plan.scope->graph->owner->row->op->control->bodies->leave(plan);
    else plan.finished = true;
  }
  TRY(status);
  if (!place(c.scratch, plan)) return c.no_memory(size_t(plan.bytes - before));
  c.scratch.reset();
  if (first) return Status::ok;
  PlanValue* block = define(plan, nullptr);
  if (!block) return c.no_memory();
  block->home = PlanValue::heap;
  block->bytes = plan.bytes - before;
  TRY(c.allocate(*block));
  bind(plan, reinterpret_cast<uintptr_t>(block->data) - size_t(before), nullptr);
  return Status::ok;
}

void bind(Plan& plan, uintptr_t base, Value* inputs) {
  for (uint32_t i = plan.first_value; i < plan.values.size; ++i) {
    PlanValue& v = *plan.values[i];
    if (v.root != &v) {
      v.data = v.root->data;
    } else if (v.home == PlanValue::block) {
      v.data = reinterpret_cast<void*>(base + size_t(v.offset));
      if (!v.first) inputs[i].data = v.data;  // fed
    } else if (v.home == PlanValue::external) {
      static_cast<Value&>(v) = inputs[i];
    }
  }
}

Status find_plan(Frame& f) {
  Context& c = *f.context;
  Plan* plan = nullptr;  // the one that fits, else the one that was used longest ago
  bool found = false;
  for (unsigned i = 0; i < plans_kept && !found; ++i) {
    Plan& p = c.plans[f.body->number * plans_kept + i];
    found = p.stamp && holds_for(p, f);
    if (found || !plan || p.stamp < plan->stamp) plan = &p;
  }
  Progress& now = *(f.plan = plan);
  if (found) {
    plan->arena.rewind(plan->mark);
    now = plan->saved;
    for (PlanValue* v : now.values) v->remaining = v->saved_remaining;
  } else {
    plan->stamp = 0;
    plan->arena.pages = c.pages;
    plan->arena.reset();
    memset(static_cast<void*>(&now), 0, sizeof now);
    TRY(enter(c, *plan, *f.body, f.inputs));
    plan->whole = plan->scope;
    TRY(extend(c, *plan));
    plan->saved = now;
    plan->mark = plan->arena.mark();
    for (PlanValue* v : now.values) v->saved_remaining = v->remaining;
  }
  plan->stamp = ++c.stamp;
  return Status::ok;
}

}  // namespace mote
