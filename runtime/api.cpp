// The C interface over models and contexts.
#include "mote.h"

#include "exec.h"

using namespace mote;

static_assert(sizeof(mote_value) == sizeof(Value) &&
              __builtin_offsetof(mote_value, dims) == __builtin_offsetof(Value, dims) &&
              __builtin_offsetof(mote_value, address) == __builtin_offsetof(Value, address));
static_assert(sizeof(mote_range) == sizeof(Range));
static_assert(int(State::done) == MOTE_OK && int(State::paused) == MOTE_PAUSED &&
              int(State::waiting) == MOTE_HOST && int(State::feeding) == MOTE_MORE);

namespace {

Model& of(mote_model* m) { return *reinterpret_cast<Model*>(m); }
Context& of(mote_context* c) { return *reinterpret_cast<Context*>(c); }
mote_uint64 address(const void* p) { return reinterpret_cast<uintptr_t>(p); }

int code(Status s) { return s == Status::ok ? MOTE_OK : MOTE_ERROR; }

void drop_json(Model& m) {
  if (m.json) m.pages->give(m.json, whole_pages(m.json_bytes + 1));
  m.json = nullptr;
}

// After planning or running: where that failed there is nothing to run, and no outputs.
int state_after(Context& c, Status s) {
  if (s != Status::ok) {
    start_feeding(c);
    c.root.plan = nullptr;
    return MOTE_ERROR;
  }
  return c.state == State::planned ? MOTE_OK : int(c.state);
}

constexpr Value any{};  // nothing is declared of it

// The step that waits for the host.
const Step* waiting(Context& c) {
  return c.state == State::waiting ? c.top->plan->steps[c.top->cursor] : nullptr;
}

}  // namespace

void Handle::begin(Pages* from, Rest& rest) {
  env.error = &rest.error;
  env.scratch = &scratch;
  env.strings = &arena;
  env.heap = &rest.heap;
  rest.error.code = "";
  pages = scratch.pages = arena.pages = rest.heap.pages = from;
}

Status Handle::fail(Status code, const Text& tensor, Arg a, Arg b) {
  return report(*env.error, code, {}, {}, tensor, a, b);
}
Status Handle::refuse(const char* what) { return fail(Status::bad_state, no_tensor, what); }
Status Handle::no_memory(size_t bytes) { return fail(Status::out_of_memory, no_tensor, bytes); }

extern "C" {

mote_uint32 mote_abi_version(void) { return MOTE_ABI; }

mote_model* mote_model_new(void) {
  void* memory = Pages::begin(page_bytes);
  if (!memory) return nullptr;
  Pages* const pages = Pages::at_end(memory, page_bytes);
  auto* chunk = static_cast<ArenaChunk*>(memory);  // the first one of its own arena
  chunk->bytes = page_bytes - sizeof(Pages);
  auto* m = reinterpret_cast<Model*>(chunk + 1);
  auto* rest = reinterpret_cast<Handle::Rest*>(m + 1);
  m->begin(pages, *rest);
  m->arena = {pages, chunk, chunk, sizeof(ArenaChunk) + sizeof(Model) + sizeof *rest};
  m->weights.pages = pages;
  m->files = 1;
  return reinterpret_cast<mote_model*>(m);
}

void mote_model_free(mote_model* model) {
  if (!model) return;
  of(model).pages->destroy();
}

void* mote_records(mote_model* model) { return of(model).records; }

char* mote_graph_buffer(mote_model* model, mote_size bytes) {
  Model& m = of(model);
  drop_json(m);
  m.json = static_cast<char*>(m.pages->take(whole_pages(bytes + 1)));
  m.json_bytes = bytes;
  if (!m.json) (void)m.no_memory(bytes);
  return m.json;
}

int mote_graph_parse(mote_model* model) {
  Model& m = of(model);
  if (m.parsed) return code(m.refuse("the model has a graph already"));
  if (!m.json) return code(m.refuse("the model has no graph buffer"));
  m.json[m.json_bytes] = 0;
  Status s = parse_graph(m);
  if (s == Status::ok) s = analyse(m);
  drop_json(m);
  m.parsed = s == Status::ok;
  if (m.parsed) return MOTE_OK;
  m.graphs.size = m.list.size = m.symbols.size = 0;  // ready for another graph
  m.files = 1;
  m.scratch.reset();
  return MOTE_ERROR;
}

int mote_load_next(mote_model* model, mote_range* range) {
  Model& m = of(model);
  if (!m.parsed) return code(m.refuse("the model has no graph"));
  const Status s = load_next(m, *reinterpret_cast<Range*>(range));
  return s != Status::ok ? MOTE_ERROR : m.asked ? MOTE_MORE : MOTE_OK;
}

int mote_port_at(mote_model* model, int output, mote_uint32 index, mote_port* out) {
  Model& m = of(model);
  if (!m.parsed) return MOTE_ERROR;
  const Graph& g = m.main();
  if (index >= (output ? g.outputs.size : g.inputs.size)) return MOTE_ERROR;
  const Text* name;
  const Value* value;
  if (output) {
    const Port& port = g.outputs[index];
    name = &port.name, value = &port.value;
  } else {
    const Def& d = *g.inputs[index];
    name = &d.name, value = &d;
  }
  *out = {address(name->data), address(value), address(m.symbols.data()), m.symbols.size,
          !output && g.inputs[index]->optional};
  return MOTE_OK;
}

const mote_error_record* mote_error(void* handle) {
  ErrorRecord& e = *static_cast<Handle*>(handle)->env.error;
  auto* out = reinterpret_cast<mote_error_record*>(e.addresses);
  *out = {address(e.code), address(e.sentence), address(e.node), address(e.tensor)};
  return out;
}

mote_context* mote_context_new(mote_model* model) {
  Model& m = of(model);
  if (!m.loaded) return (void)m.refuse("the model is not loaded"), nullptr;
  // One piece of memory: the context, the rest of its handle, its plans, its feeds and whether each was
  // given.
  const uint32_t inputs = m.main().inputs.size, plans = m.graphs.size * plans_kept;
  const size_t bytes = whole_pages(sizeof(Context) + sizeof(Handle::Rest) + plans * sizeof(Plan) +
                                   inputs * (sizeof(Value) + sizeof(bool)) + sizeof(Pages));
  void* memory = m.pages_lent ? Pages::begin(bytes) : m.pages->take(bytes);
  if (!memory) return (void)m.no_memory(bytes), nullptr;
  Pages* const pages = m.pages_lent ? Pages::at_end(memory, bytes) : m.pages;
  if (!m.pages_lent) memset(memory, 0, bytes);
  auto* c = static_cast<Context*>(memory);
  c->model = &m;
  c->bytes = bytes;
  m.pages_lent = true;
  pages->peak = pages->used;
  auto* rest = reinterpret_cast<Handle::Rest*>(c + 1);
  c->begin(pages, *rest);
  c->lasting.pages = pages;
  c->plans = reinterpret_cast<Plan*>(rest + 1);
  c->n_plans = plans;
  c->root.context = c;
  c->root.body = &m.main();
  c->root.heap = &c->lasting;
  c->root.inputs = reinterpret_cast<Value*>(c->plans + plans);
  c->given = reinterpret_cast<bool*>(c->root.inputs + inputs);
  return reinterpret_cast<mote_context*>(c);
}

void mote_context_free(mote_context* context) {
  if (!context) return;
  Context& c = of(context);
  if (c.pages != c.model->pages) {
    c.pages->destroy();
    return;
  }
  c.model->pages_lent = false;
  for (uint32_t i = 0; i < c.n_plans; ++i) c.plans[i].arena.destroy();
  c.heap().reset();
  c.lasting.reset();
  c.scratch.destroy();
  c.arena.destroy();
  c.pages->give(&c, c.bytes);
}

mote_value* mote_feed(mote_context* context, mote_uint32 index) {
  Context& c = of(context);
  if (c.state != State::feeding && c.state != State::planned) start_feeding(c);
  if (index >= c.root.body->inputs.size) return nullptr;
  c.given[index] = true;
  return reinterpret_cast<mote_value*>(&c.root.inputs[index]);
}

int mote_value_alloc(mote_context* context, mote_value* value) {
  Context& c = of(context);
  Value& v = *reinterpret_cast<Value*>(value);
  if (v.kind == Kind::tensor) {
    // a feed
    const size_t i =
        (reinterpret_cast<uintptr_t>(value) - reinterpret_cast<uintptr_t>(c.root.inputs)) / sizeof(Value);
    static constexpr Text element("an element");
    const Text& name = i < c.root.body->inputs.size ? c.root.body->inputs[i]->name : element;
    if (check_tensor(c, name, v, any) != Status::ok) return MOTE_ERROR;
  } else {
    const uint64_t n = v.kind == Kind::sequence ? uint64_t(v.dims[0]) : v.kind == Kind::map ? 2 : 0;
    v.bytes = n * sizeof(Value);
    if (n > (~size_t(0) >> 1) / sizeof(Value))
      return code(c.fail(Status::too_large, c.no_tensor, "sequence", n));
  }
  if (c.allocate(v) != Status::ok) return MOTE_ERROR;
  memset(v.data, 0, size_t(v.bytes));
  return MOTE_OK;
}

int mote_value_string(mote_context* context, mote_value* value, mote_size index, mote_size bytes,
                      mote_uint64* at) {
  Context& c = of(context);
  Value& v = *reinterpret_cast<Value*>(value);
  if (v.type != Type::str || !v.data || index >= v.bytes / sizeof(Text))
    return code(c.refuse("no such string element"));
  auto* p = static_cast<char*>(c.arena.take(bytes + !bytes, 1));
  if (!p) return code(c.no_memory(bytes));
  v.as<Text>()[index] = Text(p, bytes);
  *at = address(p);
  return MOTE_OK;
}

int mote_plan(mote_context* context) { return state_after(of(context), plan_run(of(context))); }

int mote_run(mote_context* context, mote_uint32 max_cost) {
  return state_after(of(context), run(of(context), max_cost));
}

const mote_value* mote_output(mote_context* context, mote_uint32 index) {
  Context& c = of(context);
  if (c.state != State::done || !c.root.plan || index >= c.root.body->outputs.size) return nullptr;
  return reinterpret_cast<const mote_value*>(&result(c.root, index));
}

void mote_stats_of(mote_context* context, mote_stats* out) {
  const Context& c = of(context);
  static const Progress nothing = {};
  const Progress& plan = c.root.plan ? static_cast<const Progress&>(*c.root.plan) : nothing;
  const Model& m = *c.model;
  *out = {m.pages->total + (c.pages == m.pages ? 0 : c.pages->total),
          m.weight_bytes,
          plan.bytes,
          plan.live_set,
          c.pages->peak,
          plan.steps.size};
}

const mote_step* mote_step_at(mote_context* context, mote_uint32 index) {
  Context& c = of(context);
  const Plan* plan = c.root.plan;
  const Step* s = index == none                      ? waiting(c)
                  : plan && index < plan->steps.size ? plan->steps[index]
                                                     : nullptr;
  if (!s) return nullptr;
  c.scratch.reset();
  auto* out = static_cast<mote_step*>(c.scratch.zeroed(1, sizeof(mote_step) + s->size() * sizeof(uint32_t)));
  if (!out) return nullptr;
  auto* ids = reinterpret_cast<uint32_t*>(out + 1);
  for (uint32_t k = 0; k < s->size(); ++k) ids[k] = (*s)[k] ? (*s)[k]->id : none;
  *out = {address(s->call.op_name.data),
          address(s->call.node_name.data),
          address(ids),
          address(ids + s->call.n_in),
          s->call.n_in,
          s->call.n_out};
  return out;
}

int mote_place_of(mote_context* context, mote_uint32 value, mote_place* out) {
  const Frame& f = of(context).root;
  if (!f.plan || value >= f.plan->values.size) return MOTE_ERROR;
  const PlanValue& v = *f.plan->values[value];
  const PlanValue& r = *v.root;
  *out = {r.home == PlanValue::block ? r.offset : ~uint64_t(0), (r.bytes + 63) & ~uint64_t(63), r.id, 0};
  for (uint32_t i = 0; i < f.body->outputs.size; ++i) out->is_output |= &result(f, i) == &v;
  return MOTE_OK;
}

mote_value* mote_host_value(mote_context* context, mote_uint32 index) {
  const Step* s = waiting(of(context));
  return s && index < s->size() ? reinterpret_cast<mote_value*>((*s)[index]) : nullptr;
}

}  // extern "C"
