// Reads graph JSON (docs/graph.md) into graphs. Nested graphs are read where they stand, at most 64 deep.
#include "reader.h"

namespace mote {

static Status host_shape(Call&) { return Status::ok; }  // nothing is known until the host has answered
static constinit const Op host_op = {
    .in = {0, many}, .out = {0, many}, .shape = host_shape, .flags = random | holds};
constinit const OpRow host_row = {&host_op, nullptr, "", "host"};

// of a process on today's machines; sums of such sizes are far from 2^63
constexpr uint64_t most_bytes = (1ull << 47) - 1;

bool set_bytes(Value& v) {
  uint64_t n = 1;
  bool none = false;
  for (int i = 0; i < v.rank; ++i) {
    const int64_t d = v.dims[i];
    none |= !d;
    if (d <= 0) continue;
    if (n > most_bytes / uint64_t(d)) return false;
    n *= uint64_t(d);
  }
  // no element, but operators may walk its rows, and multiply what is left of its sizes
  if (none && n >> 32) return false;
  v.bytes = none ? 0 : n * size_of(v.type);
  return v.bytes <= most_bytes && v.bytes == size_t(v.bytes);
}

namespace {

// A relative path without a drive, a scheme, a backslash or a step up.
bool stays_inside(const Text& path) {
  unsigned dots = 0;  // of a part of nothing else, 3 of any other
  for (uint32_t i = 0; i < path.size; ++i) {
    const char c = path.data[i];
    if (c == '\\' || c == ':' || (c == '/' && (!i || dots == 2))) return false;
    dots = c == '/' ? 0 : c == '.' ? dots + 1 : 3;
  }
  return dots != 2;
}

}  // namespace

Def* GraphReader::define(Text of, Def::Source source) {
  auto* d = static_cast<Def*>(take(sizeof(Def)));
  add(g->defs) = d;
  if (!d) return d;
  d->name = of;
  d->source = source;
  d->number = g->defs.size - 1;
  d->rank = unknown_rank;
  return d;
}

void GraphReader::shape(const Json* j, Value& v) {
  int rank = v.rank = 0;
  for (; j; j = j->next) {
    if (rank == max_rank) return refuse(Status::rank_limit, max_rank + 1, max_rank);
    int64_t& d = v.dims[rank];
    v.rank = int8_t(++rank);
    if (j->kind != '"') {
      if ((d = integer(j)) < 0) fail(j, "a dimension is negative");
      continue;
    }
    uint32_t i = 0, n = model.symbols.size;  // a symbol; one without a name is like no other
    while (i < n && !(j->text.size && model.symbols[i] == j->text)) ++i;
    if (i == n) keep(add(model.symbols), j->text);
    d = -1 - int64_t(i);
  }
}

bool GraphReader::declare(Value& v) {
  if (at[0]) {
    const int t = index_of(type_names, text(at[0]));
    if (t <= 0) fail(at[0], "unknown element type");
    v.type = Type(max(t, 0));
  }
  if (at[1]) shape(list(at[1]), v);
  if (!set_bytes(v)) too_large(name, v);
  if (!at[2]) return false;
  const int kind = index_of(kind_names, text(at[2]));
  const bool optional = kind > 3;
  if (kind < 0 || Kind(kind) == Kind::absent) fail(at[2], "unknown kind");
  v.kind = Kind(optional ? kind - 4 : kind);
  return optional;
}

bool GraphReader::sized(Value& v, const Text& of) {
  if (v.kind == Kind::tensor && v.type != Type::none && concrete(v) && set_bytes(v)) return true;
  too_large(of, v);
  return false;
}

// Sets how the bytes of `d` become elements.
void GraphReader::encode(Def& d, const Json* encoding) {
  if (!encoding && type_info[unsigned(d.type)].bits >= 8) return;
  const Text& name = text(encoding);
  for (const Codec* const* c = codecs; *c; ++c)
    if (name == (*c)->name && has((*c)->types, d.type)) d.codec = *c;
  if (!d.codec) fail(encoding, "unknown encoding");
}

// Fills d.data from base64 or a list of strings. d is sized.
void GraphReader::data(const Json* j, Def& d) {
  d.data = take(size_t(d.bytes) + 1);
  if (!d.data) return;
  bool fits;
  if (d.type == Type::str) {
    size_t n = count(d);
    auto* to = d.as<Text>();
    for (const Json* s = list(j); s; s = s->next, --n)
      if (n) keep(*to++, s);
    fits = !n;
  } else {
    const size_t bytes = size_t(raw_bytes(d));
    uint8_t* to = d.as<uint8_t>() + (size_t(d.bytes) - bytes);
    fits = decode_base64(text(j), to, bytes) == bytes;
    encode(d, nullptr);
    if (d.codec) d.codec->put(model, d, to, bytes);
    d.codec = nullptr;
    model.element = 0;
  }
  if (!fits) fail(j, "the data does not fit the shape");
}

// [node, output] or [node, output, version] of graph `of`
Def* GraphReader::entry(const Json* j, const Graph& of) {
  const Json* at = list(j);
  const auto n = uint64_t(integer(at)), output = uint64_t(integer(at ? at->next : at));
  uint32_t first = 0, count = 0;
  if (n < of.first.size) {
    const uint32_t* p = &of.first[size_t(n)];
    first = *p;
    count = (p + 1 < of.first.end() ? p[1] : of.defs.size) - first;
  }
  if (output < count)
    // unnamed: not computed
    if (Def* d = of.defs[first + size_t(output)]; d && (d->source != Def::result || d->name.size)) return d;
  fail(count && at ? at->next : at, "an entry names no output before it");
  return nullptr;
}

void GraphReader::null_node(const Json* attrs) {
  enum { at_data = 3, file, offset, bytes, encoding, outer };
  members(attrs, DECLARATION "data\0file\0offset\0bytes\0encoding\0outer\0");
  Def* const def = define(name, Def::input);
  if (!def) return;
  Def& d = *def;
  d.optional = declare(d);
  const Json* const placed = at[at_data] ? at[at_data] : at[file];
  if (at[outer]) {
    d.source = Def::outer;
    if (!g->parent) return fail(attrs, "the whole graph captures a value");
    if (placed) return fail(placed, "a captured value has data");
    d.captured = entry(at[outer], *g->parent);
    add(g->outers) = def;
  }
  if (!placed || !sized(d, name)) return;
  d.source = Def::weight;
  d.fixed = true;
  if (at[at_data]) {
    d.in_place = d.arrived = true;
    return data(placed, d);
  }
  add(model.list) = def;
  d.graph = g;
  d.file = uint32_t(integer(placed));
  if (d.file >= model.files) fail(placed, "a weight's file is not listed");
  d.offset = uint64_t(integer(at[offset]));
  d.file_bytes = uint64_t(integer(at[bytes]));
  encode(d, at[encoding]);
}

// The graphs in attributes that nothing else reads, so that all unknown operators are found.
void GraphReader::nested(const Json* attrs, bool known) {
  for (const Json* key = object(attrs); key; key = key->next->next) {
    if (known) return refuse(Status::unknown_attribute, key->text);
    if (key->next->kind != '{') continue;
    members(key->next, "graph\0tensor\0base64\0");
    if (at[0]) graph(at[0]);
  }
}

void GraphReader::operator_node(Text domain, const Json* inputs, const Json* outputs, const Json* attrs) {
  const OpRow* const row = domain == "host" ? &host_row : find_op(op, domain);
  const uint32_t n_in = length(inputs), given = outputs ? length(outputs) : 1;
  // The node, its attributes, the names of inputs and outputs, and these.
  static_assert(sizeof(Node) % 8 == 0);
  const size_t attr_bytes = row ? round_up(row->op->attr_bytes, 8) : 0;
  auto* n =
      static_cast<Node*>(take(sizeof(Node) + attr_bytes + (n_in + given) * (sizeof(Text) + sizeof(Value*))));
  if (!n) return;
  auto* const names = reinterpret_cast<Text*>(reinterpret_cast<char*>(n + 1) + attr_bytes);
  auto** const values = reinterpret_cast<Value**>(names + n_in + given);
  n->row = row;
  add(g->nodes) = n;
  uint32_t k = 0;
  for (const Json* j = list(inputs); j; j = j->next, ++k) {
    Def* d = j->kind == 'n' ? nullptr : entry(j, *g);
    if (!d) continue;
    values[k] = d;
    names[k] = d->name;
  }
  if (row) {
    const Op& o = *row->op;
    const uint32_t present = o.in.min && o.in.max == many ? n_in : o.in.min;  // of a list, every one
    for (uint32_t i = 0; i < present && i < n_in; ++i)
      if (!values[i]) refuse(Status::missing_input, i);
    if (n_in - o.in.min > uint32_t(o.in.max - o.in.min))
      bad_arity(n_in, "inputs", n_in < o.in.min ? o.in.min : o.in.max);
  } else {
    Missing* m = missing.begin();
    while (m != missing.end() && !(m->name == op && m->domain == domain)) ++m;
    if (m == missing.end()) m = &add(missing), m->name = op, m->domain = domain;
    ++m->count;
  }
  if (row && row->op->read) row->op->read(*this, row->op->attrs, n + 1, attrs);
  else nested(attrs, row && row != &host_row);
  // After the attributes: a subgraph can't capture what its own node gives.
  const Json* j = list(outputs);
  for (; k < n_in + given; ++k) {
    names[k] = name;
    if (j) keep(names[k], j), j = j->next;
    Def* d = define(names[k], Def::result);
    if (names[k].size) values[k] = d;
  }
  uint32_t n_out = given;
  while (n_out && !values[n_in + n_out - 1]) --n_out;
  if (row && n_out > row->op->out.max) bad_arity(n_out, "outputs", row->op->out.max);
  new (Place{&n->call})
      Call{{op, name, names, names + n_in, n + 1, n_in, n_out}, model.env, values, values + n_in};
}

void GraphReader::node(const Json* j) {
  enum { op_, name_, domain_, inputs, outputs, attrs, attr };
  members(j, "op\0name\0domain\0inputs\0outputs\0attrs\0attr\0control_deps\0");
  const Text outer_op = op, outer_name = name;
  op = {};
  keep(name, at[name_]);
  keep(op, at[op_]);
  add(g->first) = g->defs.size;
  const Json* const a = at[attrs] ? at[attrs] : at[attr];
  if (op == "null") null_node(a);
  else operator_node(text(at[domain_]), at[inputs], at[outputs], a);
  op = outer_op, name = outer_name;
}

// What the model declares of its outputs.
void GraphReader::ports(const Json* outputs) {
  uint32_t n = 0;
  for (const Json* j = list(outputs); j; j = j->next) {
    members(j, DECLARATION "name\0");
    if (n >= g->outputs.size) return fail(j, "more outputs than heads");
    Port& p = g->outputs[n++];
    declare(p.value);
    if (at[3]) keep(p.name, at[3]);
  }
}

Graph* GraphReader::graph(const Json* of) {
  auto* const graph = static_cast<Graph*>(take(sizeof(Graph)));
  if (!graph) return graph;
  add(model.graphs) = graph;
  graph->number = model.graphs.size - 1;
  graph->parent = g;
  if (g) graph->depth = g->depth + 1, graph->owner = g->nodes[g->nodes.size - 1];
  if (graph->depth >= max_depth) return op = {}, refuse(Status::too_deep, max_depth), nullptr;
  g = graph;
  members(of, "mote\0files\0nodes\0arg_nodes\0heads\0outputs\0node_row_ptr\0attrs\0metadata\0");
  const Json *const mote = at[0], *const files = at[1], *const nodes = at[2], *const arg_nodes = at[3],
                    *const heads = at[4], *const outputs = at[5];
  const int64_t version = mote || !graph->parent ? integer(mote) : 1;
  if (version != 1) refuse(Status::bad_version, version, 1);
  if (files) model.files = 0;
  for (const Json* j = list(files); j; j = j->next, ++model.files)
    if (!stays_inside(text(j)))
      refuse(Status::bad_graph, Note{"a weight file is absolute or leaves the model's folder", j->text});
  if (!arg_nodes || !heads) fail(of, "a graph needs arg_nodes and heads");
  for (const Json* j = list(nodes); j; j = j->next) node(j);
  for (const Json* j = list(arg_nodes); j; j = j->next) {
    const auto n = uint64_t(integer(j));
    Def* d = n < g->first.size && g->first[size_t(n)] < g->defs.size ? g->defs[g->first[size_t(n)]] : nullptr;
    if (!d || d->source != Def::input || d->listed) fail(j, "arg_nodes names no input, or one twice");
    else d->listed = true;
    add(g->inputs) = d;
  }
  for (const Json* j = list(heads); j; j = j->next) {
    Port& p = add(g->outputs);
    p.value.rank = unknown_rank;
    p.def = entry(j, *g);
    if (p.def) p.name = p.def->name;
  }
  for (const Def* d : g->defs)  // a reader of one would find nothing
    if (d && d->source == Def::input && !d->listed) fail(of->text.data, "arg_nodes lacks an input", d->name);
  ports(outputs);
  g = graph->parent;
  return graph;
}

// The operators that are missing, and how often each.
static void put_missing(Writer& w, int64_t list) {
  const char* between = "";
  for (const GraphReader::Missing& m :
       *reinterpret_cast<const Grow<GraphReader::Missing>*>(uintptr_t(list))) {
    w.put(between);
    w.put(m.domain);
    if (m.domain.size) w.put('.');
    w.put(m.name);
    w.put(" (");
    w.put(int64_t(m.count));
    w.put(m.count == 1 ? " node)" : " nodes)");
    between = ", ";
  }
}

Status parse_graph(Model& model) {
  GraphReader r(model);
  r.graph(r.parse());
  model.scratch.destroy();
  if (r.status != Status::ok || !r.missing.size) return r.status;
  return model.fail(Status::unknown_operators, model.no_tensor, Arg::by(put_missing, &r.missing));
}

}  // namespace mote
