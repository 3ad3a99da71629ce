// Control operators: the frames of their bodies while running, and branches in place of their nodes while
// planning.
#include "exec.h"

namespace mote {

void* heap_alloc(Frame& f, size_t bytes) { return f.context->heap().alloc(bytes); }
void heap_free(Frame& f, void* at) { f.context->heap().free(at); }

Status keep(Frame& f, const Value& from, Value& to) {
  to = from;
  if (from.kind == Kind::absent) return Status::ok;
  TRY(f.context->allocate(to));
  memcpy(to.data, from.data, size_t(from.bytes));
  // elements of sequences and maps are tensors, or sequences of them: a few levels at most
  if (from.kind != Kind::tensor)
    for (size_t i = 0; i < size_t(from.bytes / sizeof(Value)); ++i)
      TRY(keep(f, from.as<Value>()[i], to.as<Value>()[i]));
  return Status::ok;
}

namespace {

// Runs the body of a control node, once more or for the first time, or leaves it.
Status turn(Context& c, bool again) {
  Frame* f = c.top;
  if (again) return start(*f);
  c.top = f->parent;
  c.heap().free(f->block);
  c.heap().free(f);
  advance(*c.top);
  return Status::ok;
}

// A control node: a frame, and behind it in memory the inputs of the largest body of the model and the
// operator's state.
Status push(Context& c, Step& s) {
  const Control& control = *s.node->row->op->control;
  uint32_t most = 0;
  for (const Graph* g : c.model->graphs) most = max(most, g->bound());
  const size_t bytes = sizeof(Frame) + most * sizeof(Value) + control.state_bytes;
  void* memory = c.heap().alloc(bytes);
  if (!memory) return c.no_memory(bytes);
  memset(memory, 0, bytes);
  auto* f = static_cast<Frame*>(memory);
  f->context = &c;
  f->parent = c.top;
  f->step = &s;
  f->inputs = reinterpret_cast<Value*>(f + 1);
  f->state = f->inputs + most;
  f->heap = &c.heap();
  c.top = f;
  TRY(control.begin(s.call, *f));
  if (const Graph* body = f->body)
    for (uint32_t i = 0; i < body->outers.size; ++i)
      f->inputs[body->inputs.size + i] = *s.scope->map[body->outers[i]->captured->number];
  return turn(c, f->body);
}

// A run of the body has ended. What it left on the heap is freed once the operator has taken what it wants.
Status end(Context& c) {
  Frame& f = *c.top;
  bool again = false;
  TRY(f.step->node->row->op->control->next(f.step->call, f, again));
  for (PlanValue* v : f.plan->values)
    if (v->home == PlanValue::heap && v->root == v) drop(f, *v);
  return turn(c, again);
}

// What the bodies of a node capture is read where the node is.
Status plan_captured(Context& c, Plan& plan, const Step& s, const Graph* branch) {
  for (const Graph* body : c.model->graphs)
    if (body->owner == s.node)
      for (const Def* d : body->outers) read(plan, s.scope->map[d->captured->number]);
  return branch ? enter(c, plan, *branch, nullptr) : Status::ok;
}

// The results of a graph that may be run in place of its node (If) are wanted where the node's are.
bool want_results(const Graph& g) {
  const Node& owner = *g.owner;
  bool news = false;
  for (uint32_t k = 0; owner.row->op->control->choose && k < min(g.outputs.size, owner.call.n_out); ++k)
    if (owner.out(k) && owner.out(k)->wanted) news |= want(g.outputs[k].def);
  return news;
}

// The end of a branch: its outputs are those of its node.
void leave(Plan& plan) {
  const Scope& s = *plan.scope;
  Scope& outer = *s.parent;
  const Node& owner = *s.graph->owner;
  for (uint32_t k = 0; k < s.graph->outputs.size; ++k) {
    PlanValue* v = s.map[s.graph->outputs[k].def->number];
    if (const Def* d = k < owner.call.n_out ? owner.out(k) : nullptr) {
      v->root->remaining += d->uses;
      outer.map[d->number] = v;
    }
    read(plan, v);
  }
  plan.scope = &outer;
  plan.cursor = s.resume;
}

}  // namespace

constinit const Bodies bodies = {push, end, plan_captured, want_results, leave};

}  // namespace mote
