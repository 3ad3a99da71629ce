#include "exec.h"

namespace mote {

const Value& result(const Frame& f, uint32_t i) { return *f.plan->whole->map[f.body->outputs[i].def]; }
void* heap_alloc(Frame& f, size_t bytes) { return f.context->heap.alloc(bytes); }
void heap_free(Frame& f, void* at) { f.context->heap.free(at); }

Status keep(Frame& f, const Value& from, Value& to) {
  to = from;
  if (from.kind == Kind::absent) return Status::ok;
  to.data = f.context->heap.alloc(size_t(from.bytes));
  if (!to.data) return f.context->no_memory(size_t(from.bytes));
  memcpy(to.data, from.data, size_t(from.bytes));
  if (from.kind != Kind::tensor)  // elements of sequences and maps are tensors, or sequences of them: a few levels at most
    for (size_t i = 0; i < size_t(from.bytes / sizeof(Value)); ++i) TRY(keep(f, from.as<Value>()[i], to.as<Value>()[i]));
  return Status::ok;
}

void drop(Frame& f, Value& v) {
  if (v.kind == Kind::sequence || v.kind == Kind::map)
    for (size_t i = 0; v.data && i < size_t(v.bytes / sizeof(Value)); ++i) drop(f, v.as<Value>()[i]);
  f.context->heap.free(v.data);
  v.data = nullptr;
}

namespace {

PlanValue* pv(Value* v) { return static_cast<PlanValue*>(v); }

Call call(Context& c, const Step& s) { return call_of(c.env, *s.node, s.ins, s.outs); }

// Frees outputs of barriers after their last reader.
void free_dead(Frame& f, const Step& s, uint32_t step) {
  const auto each = [&](Value** vs, uint32_t n) {
    for (uint32_t k = 0; k < n; ++k) {
      if (!vs[k]) continue;
      PlanValue* r = pv(vs[k])->root;
      if (r->home == PlanValue::heap && !r->remaining && r->last == step && r->data) drop(f, *r);
    }
  };
  each(s.ins, s.node->n_in);
  each(s.outs, s.node->n_out);
}

// What a run of a body left on the heap.
void release(Frame& f) {
  Plan& p = *f.plan;
  for (uint32_t i = 0; i < p.values.size; ++i)
    if (PlanValue* v = p.values[i]; v->home == PlanValue::heap && v->root == v) drop(f, *v);
  for (uint32_t i = 1; i < p.segments.size; ++i) {
    if (p.segments[i].bytes) f.context->heap.free(p.segments[i].base);
    p.segments[i].base = nullptr;
  }
}

// Plans a body for its inputs and gives it memory.
Status start_body(Frame& f) {
  Context& c = *f.context;
  TRY(find_plan(c, *f.body, f.inputs, false, f.plan));
  const uint64_t need = f.plan->segments[0].bytes;
  if (need > f.block_bytes) {
    c.heap.free(f.block);
    f.block_bytes = 0;
    f.block = static_cast<char*>(c.heap.alloc(size_t(need)));
    if (!f.block) return c.no_memory(size_t(need));
    f.block_bytes = need;
  }
  const Graph& g = *f.body;
  for (uint32_t i = 0; i < g.inputs.size + g.outers.size; ++i) {
    PlanValue* v = f.plan->whole->map[i < g.inputs.size ? g.inputs[i] : g.outers[i - g.inputs.size]];
    if (v->home == PlanValue::external) static_cast<Value&>(*v) = f.inputs[i];
  }
  bind(*f.plan, 0, f.block);
  f.cursor = 0;
  return Status::ok;
}

void pop(Context& c) {
  Frame* f = c.top;
  c.top = f->parent;
  c.heap.free(f->block);
  c.heap.free(f->inputs);
  c.heap.free(f->state);
  c.heap.free(f);
}

// A control node: chooses a body and pushes its frame, or finishes at once.
Status push(Context& c, Step& s) {
  auto* f = static_cast<Frame*>(c.heap.alloc(sizeof(Frame)));
  if (!f) return c.no_memory(sizeof(Frame));
  new (Place{f}) Frame;
  f->context = &c;
  f->parent = c.top;
  f->step = &s;
  const Control& control = *s.node->row->op->control;
  uint32_t most = 0;  // inputs of the node's bodies
  for (uint32_t i = 1; i < c.model->graphs.size; ++i) {
    const Graph& g = *c.model->graphs[i];
    if (g.parent == s.scope->graph && &g.parent->nodes[g.owner] == s.node) most = max(most, g.inputs.size + g.outers.size);
  }
  f->state = c.heap.alloc(control.state_bytes);
  f->inputs = static_cast<Value*>(c.heap.alloc(most * sizeof(Value)));
  c.top = f;
  if (!f->state || !f->inputs) return c.no_memory(most * sizeof(Value));
  memset(f->state, 0, control.state_bytes);
  memset(static_cast<void*>(f->inputs), 0, most * sizeof(Value));
  Call call_ = call(c, s);
  TRY(control.begin(call_, *f));
  if (!f->body) {
    pop(c);
    free_dead(*c.top, s, ++c.top->cursor);
    return Status::ok;
  }
  for (uint32_t i = 0; i < f->body->outers.size; ++i)
    f->inputs[f->body->inputs.size + i] = *s.scope->map[f->body->defs[f->body->outers[i]].origin];
  return start_body(*f);
}

Status finish_body(Context& c) {
  Frame& f = *c.top;
  bool again = false;
  Call call_ = call(c, *f.step);
  TRY(f.step->node->row->op->control->next(call_, f, again));
  release(f);
  if (again) return start_body(f);
  const Step& s = *f.step;
  pop(c);
  free_dead(*c.top, s, ++c.top->cursor);
  return Status::ok;
}

// A node whose outputs only running can size.
Status run_barrier(Context& c, Frame& f, Step& s) {
  Call call_ = call(c, s);
  for (uint32_t k = 0; k < s.node->n_out; ++k)
    if (s.outs[k]) *s.outs[k] = Value{};
  TRY(s.node->row->op->shape(call_));
  for (uint32_t k = 0; k < s.node->n_out; ++k) {
    if (!s.outs[k]) continue;
    Value& v = *s.outs[k];
    if (!concrete(v) && s.node->row->op->flags & gives) continue;
    if (!concrete(v) || v.kind != Kind::tensor) return call_.fail(Status::bad_state, "its output shape stays unknown");
    if (!bytes_of(v, v.bytes)) return report(c.error, Status::too_large, s.node->op, s.node->name, s.node->out_names[k], type_info[unsigned(v.type)].name, Arg::dims(v));
    v.data = c.heap.alloc(size_t(v.bytes));
    if (!v.data) return c.no_memory(size_t(v.bytes));
  }
  c.env.heap = &c.heap;
  if (s.node->row->run) TRY(s.node->row->run(call_));
  else memcpy(s.outs[0]->data, s.ins[0]->data, size_t(s.outs[0]->bytes));
  c.scratch.reset();
  free_dead(f, s, ++f.cursor);
  return Status::ok;
}

Status next_segment(Context& c, Frame& f) {
  TRY(extend(c, *f.plan));
  const uint32_t index = f.plan->segments.size - 1;
  Segment& seg = f.plan->segments[index];
  char* base = nullptr;
  if (seg.bytes) {
    base = static_cast<char*>(c.heap.alloc(size_t(seg.bytes)));
    if (!base) return c.no_memory(size_t(seg.bytes));
  }
  bind(*f.plan, index, base);
  return Status::ok;
}

Status check_feed(Context& c, uint32_t i) {
  const Def& d = c.model->main().defs[c.model->main().inputs[i]];
  const Value& want = d.value;
  Value& v = c.feeds[i];
  if (!c.given[i]) return c.fail(Status::missing_feed, d.name, want.type, Arg::dims(want));
  static const char* const kinds[] = {"tensor", "sequence", "map", "absent optional"};
  if (v.kind == Kind::absent && d.optional) return Status::ok;
  if (v.kind != want.kind) return c.fail(Status::bad_kind, d.name, kinds[unsigned(v.kind) & 3], kinds[unsigned(want.kind)]);
  if (v.kind != Kind::tensor) return Status::ok;
  if (v.type != want.type && want.type != Type::none) {
    if (unsigned(v.type) - 1 >= type_count - 1) return c.fail(Status::bad_type, d.name, "an unknown code", want.type);
    return c.fail(Status::bad_type, d.name, v.type, want.type);
  }
  if (v.rank < 0 || v.rank > max_rank) return c.fail(Status::rank_limit, d.name, int64_t(v.rank), max_rank);
  bool fits = !known_rank(want) || v.rank == want.rank;
  for (int k = 0; k < v.rank; ++k) {
    if (v.dims[k] < 0) fits = false;
    if (known_rank(want) && fits && want.dims[k] >= 0 && want.dims[k] != v.dims[k]) fits = false;
  }
  if (!fits) return c.fail(Status::bad_shape, d.name, Arg::dims(v), Arg::dims(want));
  v.layout = Layout::plain;
  if (!bytes_of(v, v.bytes)) return c.fail(Status::too_large, d.name, type_info[unsigned(v.type)].name, Arg::dims(v));
  return Status::ok;
}

}  // namespace

void start_feeding(Context& c) {
  const uint32_t n = c.model->main().inputs.size;
  c.heap.reset();
  c.strings.reset();
  c.scratch.reset();
  c.top = &c.root;
  for (uint32_t i = 0; i < n; ++i) c.feeds[i] = {}, c.given[i] = false;
  c.state = State::feeding;
}

Status plan_run(Context& c, bool& needs_values) {
  const Graph& g = c.model->main();
  if (c.state == State::planned) {  // described anew: the places of the last plan no longer hold
    for (uint32_t i = 0; i < g.inputs.size; ++i)
      if (c.root.plan->whole->map[g.inputs[i]]->home == PlanValue::block) c.feeds[i].data = nullptr;
  } else if (c.state != State::feeding) {
    start_feeding(c);
  }
  needs_values = false;
  for (uint32_t i = 0; i < g.inputs.size; ++i) {
    TRY(check_feed(c, i));
    Value& v = c.feeds[i];
    if (v.data || v.kind != Kind::tensor) continue;
    if (v.type == Type::str && v.bytes) return c.fail(Status::unplaced_feed, g.defs[g.inputs[i]].name);
    if (!read_by_planning(g.defs[g.inputs[i]], v)) continue;
    v.data = c.heap.alloc(size_t(v.bytes));
    if (!v.data) return c.no_memory(size_t(v.bytes));
    needs_values = true;
  }
  if (needs_values) return Status::ok;
  Frame& f = c.root;
  TRY(find_plan(c, g, c.feeds, true, f.plan));
  const Segment& seg = f.plan->segments[0];
  if (seg.bytes > f.block_bytes) {
    if (f.block) c.pages->give(f.block, size_t(f.block_bytes));
    f.block = nullptr;
    f.block_bytes = 0;
    size_t got = 0;
    f.block = seg.bytes == size_t(seg.bytes) ? static_cast<char*>(c.pages->take(size_t(seg.bytes), got)) : nullptr;
    if (!f.block) return c.no_memory(size_t(seg.bytes));
    f.block_bytes = got;
  }
  for (uint32_t i = 0; i < g.inputs.size; ++i) {
    PlanValue* v = f.plan->whole->map[g.inputs[i]];
    if (v->home == PlanValue::external) static_cast<Value&>(*v) = c.feeds[i];
  }
  bind(*f.plan, 0, f.block);
  for (uint32_t i = 0; i < g.inputs.size; ++i)
    if (PlanValue* v = f.plan->whole->map[g.inputs[i]]; v->home == PlanValue::block) c.feeds[i].data = v->data;
  f.cursor = 0;
  c.top = &f;
  c.env.random_turns = 0;
  c.state = State::planned;
  return Status::ok;
}

Status run(Context& c, uint32_t max_cost, Ran& ran) {
  if (c.state == State::waiting) {  // the host has answered
    const Step& s = c.top->plan->steps[c.top->cursor];
    for (uint32_t k = 0; k < s.node->n_out; ++k)
      if (s.outs[k] && !s.outs[k]->data) return call(c, s).fail(Status::bad_state, "the host did not give every output");
    free_dead(*c.top, s, ++c.top->cursor);
  } else if (c.state != State::planned && c.state != State::running) {
    return c.fail(Status::bad_state, {}, "mote_run needs a plan: call mote_plan first");
  }
  c.state = State::feeding;  // where it fails half-way
  for (uint32_t cost = 0;; ++cost) {
    if (max_cost && cost == max_cost) {
      c.state = State::running;
      ran = Ran::paused;
      return Status::ok;
    }
    Frame& f = *c.top;
    if (f.cursor == f.plan->steps.size) {
      if (!f.plan->finished) {
        TRY(next_segment(c, f));
      } else if (f.step) {
        TRY(finish_body(c));
      } else {
        c.state = State::done;
        ran = Ran::done;
        return Status::ok;
      }
      continue;
    }
    Step& s = f.plan->steps[f.cursor];
    if (is_host(*s.node)) {
      for (uint32_t k = 0; k < s.node->n_out; ++k)
        if (s.outs[k]) *s.outs[k] = Value{};
      c.state = State::waiting;
      ran = Ran::host;
      return Status::ok;
    }
    if (s.node->row->op->control) {
      TRY(push(c, s));
    } else if (s.barrier) {
      TRY(run_barrier(c, f, s));
    } else {
      Call call_ = call(c, s);
      TRY(s.node->row->run(call_));
      c.scratch.reset();
      free_dead(f, s, ++f.cursor);
    }
  }
}

}  // namespace mote
