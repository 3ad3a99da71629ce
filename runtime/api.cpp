// The C interface over models and contexts.
#include "mote.h"

#include "exec.h"

using namespace mote;

static_assert(sizeof(mote_value) == sizeof(Value) && __builtin_offsetof(mote_value, dims) == __builtin_offsetof(Value, dims) &&
              __builtin_offsetof(mote_value, address) == __builtin_offsetof(Value, address));
static_assert(sizeof(mote_range) == sizeof(Range));

namespace {

Model* of(mote_model* m) { return reinterpret_cast<Model*>(m); }
Context* of(mote_context* c) { return reinterpret_cast<Context*>(c); }
mote_uint64 address(const void* p) { return reinterpret_cast<uintptr_t>(p); }
int code(Status s) { return s == Status::ok ? MOTE_OK : MOTE_ERROR; }

}  // namespace

extern "C" {

mote_uint32 mote_abi_version(void) { return MOTE_ABI; }

mote_model* mote_model_new(void) {
  Pages pages;
  Arena arena;
  arena.pages = &pages;
  auto* m = arena.make<Model>();
  if (!m) return nullptr;
  m->pages = pages;
  m->arena = arena;
  m->arena.pages = m->weights.pages = m->temporary.pages = m->scratch.pages = &m->pages;
  m->env = {&m->error, &m->scratch, &m->arena, 0};
  return reinterpret_cast<mote_model*>(m);
}

void mote_model_free(mote_model* model) {
  if (!model) return;
  Pages pages = of(model)->pages;
  pages.destroy();
}

void* mote_records(mote_model* model) { return of(model)->records; }

char* mote_graph_buffer(mote_model* model, mote_size bytes) {
  Model& m = *of(model);
  if (m.json) m.pages.give(m.json, m.json_room);
  m.json = static_cast<char*>(bytes < ~size_t(0) ? m.pages.take(bytes + 1, m.json_room) : nullptr);
  m.json_bytes = bytes;
  if (!m.json) (void)m.no_memory(bytes);
  return m.json;
}

int mote_graph_parse(mote_model* model) {
  Model& m = *of(model);
  if (m.parsed) return code(m.fail(Status::bad_state, {}, "the model has a graph already"));
  if (!m.json) return code(m.fail(Status::bad_state, {}, "mote_graph_buffer comes before mote_graph_parse"));
  m.json[m.json_bytes] = 0;
  Status s = parse_graph(m);
  if (s == Status::ok) s = analyse(m);
  m.pages.give(m.json, m.json_room);
  m.json = nullptr;
  if (s != Status::ok) {  // ready for another graph
    m.graphs = {};
    m.list = {};
    m.symbols = {};
    m.files = 1;
    m.scratch.reset();
    return MOTE_ERROR;
  }
  m.parsed = true;
  return MOTE_OK;
}

int mote_load_next(mote_model* model, mote_range* range) {
  Model& m = *of(model);
  if (!m.parsed) return code(m.fail(Status::bad_state, {}, "the model has no graph yet"));
  bool more = false;
  const Status s = load_next(m, *reinterpret_cast<Range*>(range), more);
  return s != Status::ok ? MOTE_ERROR : more ? MOTE_MORE : MOTE_OK;
}

mote_uint32 mote_port_count(mote_model* model, int output) {
  Model& m = *of(model);
  if (!m.parsed) return 0;
  return output ? m.main().outputs.size : m.main().inputs.size;
}

const mote_port* mote_port_at(mote_model* model, int output, mote_uint32 index) {
  Model& m = *of(model);
  if (index >= mote_port_count(model, output)) return nullptr;
  auto* port = m.arena.make<mote_port>();
  if (!port) return nullptr;
  const Graph& g = m.main();
  const Def& d = g.defs[output ? g.outputs[index].def : g.inputs[index]];
  const Value& v = output ? g.outputs[index].value : d.value;
  port->name = address((output ? g.outputs[index].name : d.name).data);
  port->type = uint8_t(v.type);
  port->kind = uint8_t(v.kind);
  port->rank = v.rank;
  port->optional = !output && d.optional;
  for (int i = 0; i < v.rank; ++i) {
    port->dims[i] = v.dims[i];
    const uint64_t s = uint64_t(-1 - v.dims[i]);
    port->symbols[i] = address(v.dims[i] < 0 && s < m.symbols.size ? m.symbols[size_t(s)].data : "");
  }
  return port;
}

const mote_error_record* mote_error(void* handle) {
  auto& m = *static_cast<Model*>(handle);  // a Context begins in the same way
  m.error_record[0] = address(m.error.code);
  m.error_record[1] = address(m.error.sentence);
  m.error_record[2] = address(m.error.node);
  m.error_record[3] = address(m.error.tensor);
  return reinterpret_cast<const mote_error_record*>(m.error_record);
}

mote_context* mote_context_new(mote_model* model) {
  Model& m = *of(model);
  if (!m.loaded) {
    (void)m.fail(Status::bad_state, {}, "the model is not loaded yet");
    return nullptr;
  }
  Pages own;
  Arena arena;
  arena.pages = m.pages_lent ? &own : &m.pages;
  auto* c = arena.make<Context>();
  const uint32_t n = m.main().inputs.size;
  if (c) {
    c->feeds = arena.array<Value>(n);
    c->given = arena.array<bool>(n);
    c->plans = arena.array<Plan*>(size_t(m.graphs.size) * plans_kept);
  }
  if (!c || !c->feeds || !c->given || !c->plans) {
    (void)m.no_memory(page_bytes);
    arena.destroy();
    if (m.pages_lent) own.destroy();
    return nullptr;
  }
  c->own = own;
  c->pages = m.pages_lent ? &c->own : &m.pages;
  m.pages_lent = true;
  c->model = &m;
  c->arena = arena;
  c->arena.pages = c->scratch.pages = c->strings.pages = c->heap.pages = c->pages;
  c->env = {&c->error, &c->scratch, &c->strings, 0};
  c->root.context = c;
  c->top = &c->root;
  return reinterpret_cast<mote_context*>(c);
}

void mote_context_free(mote_context* context) {
  if (!context) return;
  Context& c = *of(context);
  Pages* pages = c.pages;
  if (pages == &c.own) {
    Pages own = c.own;
    own.destroy();
    return;
  }
  Model& m = *c.model;
  for (size_t i = 0; i < size_t(m.graphs.size) * plans_kept; ++i)
    if (c.plans[i]) c.plans[i]->arena.destroy();
  c.heap.reset();
  if (c.root.block) pages->give(c.root.block, size_t(c.root.block_bytes));
  c.scratch.destroy();
  c.strings.destroy();
  Arena arena = c.arena;
  arena.destroy();
  m.pages_lent = false;
}

mote_value* mote_feed(mote_context* context, mote_uint32 index) {
  Context& c = *of(context);
  if (c.state != State::feeding && c.state != State::planned) start_feeding(c);
  if (index >= c.model->main().inputs.size) return nullptr;
  c.given[index] = true;
  return reinterpret_cast<mote_value*>(&c.feeds[index]);
}

int mote_value_alloc(mote_context* context, mote_value* value) {
  Context& c = *of(context);
  Value& v = *reinterpret_cast<Value*>(value);
  uint64_t bytes = 0;
  if (v.kind == Kind::sequence || v.kind == Kind::map) {
    const uint64_t n = v.kind == Kind::map ? 2 : uint64_t(v.dims[0]);
    if (n > (~size_t(0) >> 1) / sizeof(Value)) return code(c.fail(Status::too_large, {}, "sequence", int64_t(n)));
    bytes = n * sizeof(Value);
  } else if (v.kind == Kind::tensor) {
    if (v.rank < 0 || v.rank > max_rank) return code(c.fail(Status::rank_limit, {}, int64_t(v.rank), max_rank));
    if (unsigned(v.type) - 1 >= type_count - 1) return code(c.fail(Status::bad_type, {}, "an unknown code", "an element type"));
    for (int i = 0; i < v.rank; ++i)
      if (v.dims[i] < 0) return code(c.fail(Status::bad_shape, {}, Arg::dims(v), "dimensions that are not negative"));
    v.layout = Layout::plain;
    if (!bytes_of(v, bytes)) return code(c.fail(Status::too_large, {}, type_info[unsigned(v.type)].name, Arg::dims(v)));
  }
  v.data = c.heap.alloc(size_t(bytes));
  if (!v.data) return code(c.no_memory(size_t(bytes)));
  memset(v.data, 0, size_t(bytes));
  v.bytes = bytes;
  return MOTE_OK;
}

int mote_value_string(mote_context* context, mote_value* value, mote_size index, mote_size bytes, mote_uint64* at) {
  Context& c = *of(context);
  Value& v = *reinterpret_cast<Value*>(value);
  if (v.type != Type::str || !v.data || index >= v.bytes / sizeof(Text)) return code(c.fail(Status::bad_state, {}, "there is no such string element"));
  auto* p = static_cast<char*>(c.strings.take(bytes + !bytes, 1));
  if (!p) return code(c.no_memory(bytes));
  v.as<Text>()[index] = Text(p, bytes);
  *at = address(p);
  return MOTE_OK;
}

int mote_plan(mote_context* context) {
  bool needs_values = false;
  Context& c = *of(context);
  const Status s = plan_run(c, needs_values);
  if (s != Status::ok) {  // nothing to run, and no outputs
    start_feeding(c);
    c.root.plan = nullptr;
  }
  return s != Status::ok ? MOTE_ERROR : needs_values ? MOTE_MORE : MOTE_OK;
}

int mote_run(mote_context* context, mote_uint32 max_cost) {
  Ran ran = Ran::done;
  Context& c = *of(context);
  const Status s = run(c, max_cost, ran);
  if (s != Status::ok) {
    start_feeding(c);
    return MOTE_ERROR;
  }
  return ran == Ran::done ? MOTE_OK : ran == Ran::paused ? MOTE_PAUSED : MOTE_HOST;
}

const mote_value* mote_output(mote_context* context, mote_uint32 index) {
  Context& c = *of(context);
  const Graph& g = c.model->main();
  if (c.state != State::done || !c.root.plan || index >= g.outputs.size) return nullptr;
  return reinterpret_cast<const mote_value*>(static_cast<Value*>(c.root.plan->whole->map[g.outputs[index].def]));
}

void mote_stats_of(mote_context* context, mote_stats* out) {
  Context& c = *of(context);
  const Model& m = *c.model;
  *out = {};
  out->memory = m.pages.total() + c.own.total();
  out->weights = m.weight_bytes;
  out->arena_marks = c.arena.held + c.scratch.held + c.strings.held + c.heap.peak;
  for (size_t i = 0; i < size_t(m.graphs.size) * plans_kept; ++i)
    if (c.plans[i]) out->arena_marks += c.plans[i]->arena.held;
  if (!c.root.plan) return;
  for (uint32_t i = 0; i < c.root.plan->segments.size; ++i) {
    out->activations += c.root.plan->segments[i].bytes;
    out->live_set += c.root.plan->segments[i].live_set;
  }
  out->steps = c.root.plan->steps.size;
}

int mote_step_at(mote_context* context, mote_uint32 index, mote_step* out) {
  Context& c = *of(context);
  if (!c.root.plan || index >= c.root.plan->steps.size) return MOTE_ERROR;
  const Step& s = c.root.plan->steps[index];
  c.scratch.reset();
  auto* ids = c.scratch.array<mote_uint32>(s.node->n_in + s.node->n_out);
  if (!ids) return MOTE_ERROR;
  for (uint32_t k = 0; k < s.node->n_in; ++k) ids[k] = s.ins[k] ? static_cast<PlanValue*>(s.ins[k])->id : none;
  for (uint32_t k = 0; k < s.node->n_out; ++k) ids[s.node->n_in + k] = s.outs[k] ? static_cast<PlanValue*>(s.outs[k])->id : none;
  *out = {address(s.node->op.data), address(s.node->name.data), address(ids), address(ids + s.node->n_in), s.node->n_in, s.node->n_out};
  return MOTE_OK;
}

int mote_place_of(mote_context* context, mote_uint32 value, mote_place* out) {
  Context& c = *of(context);
  if (!c.root.plan || value >= c.root.plan->values.size) return MOTE_ERROR;
  const PlanValue& v = *c.root.plan->values[value];
  const PlanValue& r = *v.root;
  uint64_t before = 0;  // blocks of later segments count as if they lay behind the first
  for (uint32_t i = 0; i < r.segment; ++i) before += c.root.plan->segments[i].bytes;
  *out = {r.home == PlanValue::block ? before + r.offset : ~uint64_t(0), (r.bytes + 63) & ~uint64_t(63), r.id, 0};
  for (const Port& p : c.model->main().outputs)
    if (c.root.plan->whole->map[p.def] == &v) out->is_output = 1;
  return MOTE_OK;
}

const mote_step* mote_host_step(mote_context* context) {
  Context& c = *of(context);
  if (c.state != State::waiting) return nullptr;
  auto* out = c.scratch.make<mote_step>();
  const Step& s = c.top->plan->steps[c.top->cursor];
  if (out) *out = {address(s.node->op.data), address(s.node->name.data), 0, 0, s.node->n_in, s.node->n_out};
  return out;
}

const mote_value* mote_host_input(mote_context* context, mote_uint32 index) {
  Context& c = *of(context);
  if (c.state != State::waiting) return nullptr;
  const Step& s = c.top->plan->steps[c.top->cursor];
  return index < s.node->n_in ? reinterpret_cast<const mote_value*>(s.ins[index]) : nullptr;
}

mote_value* mote_host_output(mote_context* context, mote_uint32 index) {
  Context& c = *of(context);
  if (c.state != State::waiting) return nullptr;
  const Step& s = c.top->plan->steps[c.top->cursor];
  return index < s.node->n_out ? reinterpret_cast<mote_value*>(s.outs[index]) : nullptr;
}

}  // extern "C"
