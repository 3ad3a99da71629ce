#include "exec.h"

namespace mote {

Status Context::allocate(Value& v) {
  v.data = heap().alloc(size_t(v.bytes));
  return v.data ? Status::ok : no_memory(size_t(v.bytes));
}

const Value& result(const Frame& f, uint32_t i) {
  return *f.plan->whole->map[f.body->outputs[i].def->number];
}

void drop(Frame& f, Value& v) {
  if (v.kind == Kind::sequence || v.kind == Kind::map)
    for (size_t i = 0; v.data && i < size_t(v.bytes / sizeof(Value)); ++i) drop(f, v.as<Value>()[i]);
  f.context->heap().free(v.data);
  v.data = nullptr;
}

void advance(Frame& f) {
  const Step& s = *f.plan->steps[f.cursor++];
  for (uint32_t k = 0; k < s.size(); ++k) {
    if (!s[k]) continue;
    PlanValue* r = s[k]->root;
    if (r->home == PlanValue::heap && !r->remaining && r->last == f.cursor) drop(f, *r);
  }
}

Status start(Frame& f) {
  TRY(find_plan(f));
  const uint64_t need = f.plan->bytes;
  if (!f.block || need > f.block_bytes) {
    f.heap->free(f.block);
    f.block = static_cast<char*>(f.heap->alloc(size_t(need)));
    if (!f.block) return f.context->no_memory(size_t(need));
    f.block_bytes = need;
  }
  bind(*f.plan, reinterpret_cast<uintptr_t>(f.block), f.inputs);
  f.cursor = 0;
  return Status::ok;
}

namespace {

Status bad_output(const Step& s, uint32_t k, const char* what) {
  return fail(s.call, Status::bad_state, s.call.out_names[k], what);
}

// A node whose outputs only running can size.
Status allocate_outputs(Context& c, Step& s) {
  TRY(shape_outputs(s));
  const bool given = s.node->row->op->flags & gives;
  if (!s.sized && !given) return bad_output(s, 0, "its output shape stays unknown");
  for (uint32_t k = s.call.n_in; k < s.size(); ++k)
    if (s[k] && (!given || concrete(*s[k]))) TRY(c.allocate(*s[k]));
  return Status::ok;
}

Status check_feed(Context& c, uint32_t i) {
  const Def& d = *c.root.body->inputs[i];
  const Value& want = d;
  Value& v = c.root.inputs[i];
  if (!c.given[i]) return c.fail(Status::missing_feed, d.name, want.type, Arg::dims(want));
  if (v.kind == Kind::absent && d.optional) return Status::ok;
  if (v.kind != want.kind) return c.fail(Status::bad_kind, d.name, kind_name(v.kind), kind_name(want.kind));
  return v.kind == Kind::tensor ? check_tensor(c, d.name, v, want) : Status::ok;
}

}  // namespace

Status check_tensor(Context& c, const Text& name, Value& v, const Value& want) {
  const bool known = unsigned(v.type) - 1 < type_count - 1;
  if (!known || (v.type != want.type && want.type != Type::none))
    return c.fail(Status::bad_type, name, known ? v.type : Type(type_count), want.type);
  if (v.rank < 0 || v.rank > max_rank) return c.fail(Status::rank_limit, name, v.rank, max_rank);
  bool fits = want.rank < 0 || v.rank == want.rank;
  for (int k = 0; k < v.rank; ++k)
    fits &= v.dims[k] >= 0 && (k >= want.rank || want.dims[k] < 0 || want.dims[k] == v.dims[k]);
  if (!fits) return c.fail(Status::bad_shape, name, Arg::dims(v), Arg::dims(want));
  v.layout = Layout::plain;
  return set_bytes(v) ? Status::ok : c.fail(Status::too_large, name, v.type, Arg::dims(v));
}

void start_feeding(Context& c) {
  c.heap().reset();
  c.arena.reset();
  c.scratch.reset();
  c.top = &c.root;
  for (uint32_t i = 0; i < c.root.body->inputs.size; ++i) clear(c.root.inputs[i]), c.given[i] = false;
  c.state = State::feeding;
}

Status plan_run(Context& c) {
  const Graph& g = *c.root.body;
  if (c.state != State::planned && c.state != State::feeding) start_feeding(c);
  bool needs_values = false;
  for (uint32_t i = 0; i < g.inputs.size; ++i) {
    Value& v = c.root.inputs[i];
    TRY(check_feed(c, i));
    // Described anew: the places of the last plan no longer hold.
    if (c.state == State::planned && c.root.plan->values[i]->home == PlanValue::block) v.data = nullptr;
    if (v.data || v.kind != Kind::tensor) continue;
    const Def& d = *g.inputs[i];
    if (v.type == Type::str && v.bytes) return c.fail(Status::unplaced_feed, d.name);
    if (!read_by_planning(d, v)) continue;
    TRY(c.allocate(v));
    needs_values = true;
  }
  c.state = State::feeding;
  if (needs_values) return Status::ok;
  TRY(start(c.root));
  c.env.random_turns = 0;
  c.state = State::planned;
  return Status::ok;
}

Status run(Context& c, uint32_t max_cost) {
  if (c.state == State::waiting) {  // the host has answered
    const Step& s = *c.top->plan->steps[c.top->cursor];
    for (uint32_t k = s.call.n_in; k < s.size(); ++k)
      if (s[k] && !s[k]->data) return bad_output(s, k - s.call.n_in, "the host left out an output");
    advance(*c.top);
  } else if (c.state != State::planned && c.state != State::paused) {
    return c.refuse("mote_plan comes before mote_run");
  }
  c.state = State::feeding;  // where it fails half-way
  for (uint32_t cost = 0;; ++cost) {
    if (max_cost && cost == max_cost) {
      c.state = State::paused;
      return Status::ok;
    }
    Frame& f = *c.top;
    if (f.cursor < f.plan->steps.size) {
      Step& s = *f.plan->steps[f.cursor];
      if (is_host(*s.node)) {
        clear_outputs(s.call);
        c.state = State::waiting;
        return Status::ok;
      }
      if (const Control* control = s.node->row->op->control) {
        TRY(control->bodies->push(c, s));
        continue;
      }
      if (s.barrier) TRY(allocate_outputs(c, s));
      TRY(execute(s));
      advance(f);
    } else if (!f.plan->finished) {
      TRY(extend(c, *f.plan));
    } else if (f.step) {
      TRY(f.step->node->row->op->control->bodies->end(c));
    } else {
      c.state = State::done;
      return Status::ok;
    }
  }
}

}  // namespace mote
