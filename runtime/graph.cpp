// Reads graph JSON (docs/graph.md) into graphs. Nested graphs are read where they stand, at most 64 deep.
#include "graph.h"

namespace mote {

static Status host_shape(Call&) { return Status::ok; }  // nothing is known until the host has answered
static constinit const Op host_op = {.in = {0, many}, .out = {0, many}, .shape = host_shape, .flags = random | holds};
constinit const OpRow host_row = {&host_op, nullptr, "", "host"};

bool bytes_of(const Value& v, uint64_t& bytes) {
  uint64_t n = 1;
  for (int i = 0; i < v.rank; ++i)
    if (!mul(n, uint64_t(v.dims[i]), n)) return false;
  if (v.layout != Layout::plain && n) {
    const int axis = v.layout == Layout::row_panels ? 0 : v.rank - 1;
    n = n / uint64_t(v.dims[axis]) * round_up(size_t(v.dims[axis]), v.panel);
  }
  return mul(n, uint64_t(size_of(v.type)), bytes) && bytes <= uint64_t(~size_t(0) >> 1) * 2;
}

namespace {

// A relative path without a drive, a scheme, a backslash or a step up.
bool stays_inside(Text path) {
  for (uint32_t i = 0; i < path.size; ++i) {
    const char c = path.data[i];
    const bool start = i == 0 || path.data[i - 1] == '/';
    if (c == '\\' || c == ':' || (i == 0 && c == '/')) return false;
    if (start && c == '.' && i + 1 < path.size && path.data[i + 1] == '.' && (i + 2 == path.size || path.data[i + 2] == '/')) return false;
  }
  return true;
}

struct Reader {
  explicit Reader(Model& m) : model(m), json(m.json, m.json_bytes) {}
  Model& model;
  Json json;
  struct Missing { Text name, domain; uint32_t count; };
  Grow<Missing> missing;
  Status status = Status::ok;              // the first error that is not JSON's
  Graph* graph_ = nullptr;                 // being read
  Grow<uint32_t>* first_ = nullptr;        // of each of its JSON nodes: the number of its first value
  Grow<uint32_t>* outer_first_ = nullptr;  // the same of the graph around

  bool ok() const { return json.ok() && status == Status::ok; }
  void fail(Status s) {
    if (ok()) status = s;
  }
  void bad(const char* what, Text name = {}) {
    if (ok()) status = report(model.error, Status::bad_graph, {}, name, {}, what);
  }
  void no_memory(size_t bytes = page_bytes) {
    if (ok()) status = model.no_memory(bytes);
  }
  Text keep(Text s) {
    const char* p = model.arena.copy(s);
    if (!p) no_memory(s.size);
    return p ? Text(p, s.size) : Text("");
  }
  template <class T> T* array(size_t n) {
    T* p = model.arena.array<T>(n);
    if (!p) no_memory(n * sizeof(T));
    return p;
  }

  Type type();
  int64_t symbol(Text name);
  void shape(Value& v);
  bool declaration(Text key, Value& v, bool& optional);
  void data(Value& v, char* at);
  const Value* tensor();
  template <class T, class F> Span<const T> list(F read);
  void attribute(const Node& node, Text key);
  void null_node(Graph& g, Text name, char* attrs);
  void operator_node(Graph& g, Node& node, Text domain, char* inputs, char* outputs, char* attrs);
  void node(Graph& g, Grow<uint32_t>& first);
  uint32_t entry(Graph& g, const Grow<uint32_t>& first);
  Graph* graph(Graph* parent);
  void ports(Graph& g);
};

Type Reader::type() {
  const Text name = json.text();
  for (unsigned i = 1; i < type_count; ++i)
    if (name == type_info[i].name) return Type(i);
  json.fail("unknown element type", name);
  return Type::f32;
}

int64_t Reader::symbol(Text name) {
  if (name.size)
    for (uint32_t i = 0; i < model.symbols.size; ++i)
      if (model.symbols[i] == name) return -1 - int64_t(i);
  if (!model.symbols.push(model.arena, name.size ? keep(name) : Text(""))) no_memory();
  return -int64_t(model.symbols.size);
}

void Reader::shape(Value& v) {
  v.rank = 0;
  for (bool more = json.open('['); more; more = json.more()) {
    if (v.rank == max_rank) {
      if (ok()) status = report(model.error, Status::rank_limit, {}, {}, {}, max_rank + 1, max_rank);
      return;
    }
    if (json.peek() == '"') {
      v.dims[v.rank++] = symbol(json.text());
    } else {
      const int64_t d = json.integer();
      v.dims[v.rank++] = d;
      if (d < 0) json.fail("a dimension is negative");
    }
  }
}

// One of the keys that declare a value: type, shape, kind. False for any other.
bool Reader::declaration(Text key, Value& v, bool& optional) {
  if (key == "type") v.type = type();
  else if (key == "shape") shape(v);
  else if (key == "kind") {
    const Text kind = json.text();
    optional = kind == "optional";
    if (kind == "sequence") v.kind = Kind::sequence;
    else if (kind == "map") v.kind = Kind::map;
    else if (!optional) json.fail("unknown kind", kind);
  } else return false;
  return true;
}

// Fills v.data from base64 or a list of strings at `at`. v's type and shape are known.
void Reader::data(Value& v, char* at) {
  Json j = json.from(at);
  uint64_t bytes = 0;
  if (!ok()) return;
  if (!known_rank(v) || !concrete(v) || !bytes_of(v, bytes)) return json.fail("a value in place needs a type and a shape of numbers");
  const size_t n = count(v);
  v.bytes = bytes;
  v.data = model.arena.take(size_t(bytes) + 1, 16);
  if (!v.data) return no_memory(size_t(bytes));
  size_t got = 0;
  if (v.type == Type::str) {
    for (bool more = j.open('['); more; more = j.more(), ++got) {
      const Text s = j.text();
      if (got < n) v.as<Text>()[got] = keep(s);
    }
    if (!j.ok()) json = j;
  } else {
    const unsigned bits = type_info[unsigned(v.type)].bits;
    const int64_t raw = decode_base64(j.text(), v.as<uint8_t>(), size_t(bytes));
    const size_t packed = (n * bits + 7) / 8;
    got = raw >= 0 && size_t(raw) == packed ? n : ~size_t(0);
    if (bits < 8 && got == n)
      for (size_t i = n; i-- > 0;) v.as<uint8_t>()[i] = v.as<uint8_t>()[i * bits / 8] >> i * bits % 8 & ((1 << bits) - 1);
  }
  if (got != n) {
    json = json.from(at);
    json.fail("the data does not fit the shape");
  }
}

const Value* Reader::tensor() {
  Value* v = model.arena.make<Value>();
  if (!v) {
    no_memory();
    return nullptr;
  }
  char* at = nullptr;
  bool optional = false;
  for (bool more = json.open('{'); more; more = json.more()) {
    const Text key = json.key();
    if (key == "data") {
      at = json.position();
      json.skip();
    } else if (!declaration(key, *v, optional)) json.fail("unknown key of a tensor", key);
  }
  if (at) data(*v, at);
  else json.fail("a tensor has no data");
  return v;
}

template <class T, class F> Span<const T> Reader::list(F read) {
  Grow<T> items;
  for (bool more = json.open('['); more && ok(); more = json.more())
    if (!items.push(model.arena, read())) no_memory();
  if (!items.items) items.push(model.arena), items.size = 0;  // an empty list is not an absent one
  return {items.data(), items.size};
}

// Reads the attribute `key` of `node` into the operator's struct. Graphs are read even where the operator is unknown, so that
// all unknown operators are found.
void Reader::attribute(const Node& node, Text key) {
  const Attr* row = nullptr;
  const bool lenient = !node.row || is_host(node);
  if (!lenient)
    for (const Attr& a : node.row->op->attrs)
      if (key == a.name) row = &a;
  if (!row && !lenient && ok()) status = report(model.error, Status::unknown_attribute, node.op, node.name, {}, key);
  void* to = row ? static_cast<char*>(node.attrs) + row->offset : nullptr;
  const auto is = [&](Attr::Tag tag) {
    if (row && row->tag != tag && ok())
      status = report(model.error, Status::bad_attribute, node.op, node.name, {}, key, "a value of another type", row->tag == Attr::integer ? "an integer" : row->tag == Attr::real ? "a float" : row->tag == Attr::text ? "a string" : row->tag == Attr::tensor ? "a tensor" : row->tag == Attr::graph ? "a graph" : "a list");
    return row && row->tag == tag;
  };
  const char c = json.peek();
  if (c == '{') {
    for (bool more = json.open('{'); more; more = json.more()) {
      const Text kind = json.key();
      if (kind == "graph") {
        Graph* g = graph(graph_);
        if (is(Attr::graph)) *static_cast<const Graph**>(to) = g;
      } else if (kind == "tensor") {
        const Value* v = tensor();
        if (is(Attr::tensor)) *static_cast<const Value**>(to) = v;
      } else if (kind == "base64") {
        const Text s = json.text();
        auto* p = array<char>(s.size + 1);
        const int64_t n = p ? decode_base64(s, reinterpret_cast<uint8_t*>(p), s.size) : -1;
        if (n < 0) json.fail("not base64");
        else if (is(Attr::text)) *static_cast<Text*>(to) = Text(p, size_t(n));
      } else json.fail("unknown kind of attribute");
    }
  } else if (c == '[') {
    if (!row || (row->tag != Attr::integers && row->tag != Attr::reals && row->tag != Attr::texts)) {
      is(Attr::integers);
      json.skip();
    } else if (row->tag == Attr::integers) {
      *static_cast<Span<const int64_t>*>(to) = list<int64_t>([&] { return json.integer(); });
    } else if (row->tag == Attr::reals) {
      *static_cast<Span<const float>*>(to) = list<float>([&] { return float(json.real()); });
    } else {
      *static_cast<Span<const Text>*>(to) = list<Text>([&] { return keep(json.text()); });
    }
  } else if (row && row->tag == Attr::real) {
    *static_cast<float*>(to) = float(json.real());
  } else if (c == '"') {
    const Text s = keep(json.text());
    if (is(Attr::text)) *static_cast<Text*>(to) = s;
  } else if (json.is_real()) {
    json.real();
    is(Attr::real);
  } else {
    const int64_t i = json.integer();
    if (is(Attr::integer)) *static_cast<int64_t*>(to) = i;
  }
}

uint32_t Reader::entry(Graph& g, const Grow<uint32_t>& first) {
  int64_t id[3] = {}, n = 0;
  for (bool more = json.open('['); more; more = json.more()) {
    const int64_t v = json.integer();
    if (n < 3) id[n++] = v;
  }
  if (id[0] < 0 || id[0] >= first.size) {
    json.fail("an entry refers to a node that does not stand before it", id[0]);
    return 0;
  }
  const uint32_t end = id[0] + 1 < first.size ? first[size_t(id[0]) + 1] : g.defs.size;
  if (id[1] < 0 || id[1] >= end - first[size_t(id[0])]) {
    json.fail("an entry refers to an output that the node does not have", id[1]);
    return 0;
  }
  return first[size_t(id[0])] + uint32_t(id[1]);
}

void Reader::null_node(Graph& g, Text name, char* attrs) {
  Def d;
  d.name = name;
  Weight w = {&g, g.defs.size, none, 0, none, false};
  char* at = nullptr;
  if (attrs) {
    char* const resume = json.position();
    json = json.from(attrs);
    for (bool more = json.open('{'); more; more = json.more()) {
      const Text key = json.key();
      if (declaration(key, d.value, d.optional)) continue;
      if (key == "data") {
        at = json.position();
        json.skip();
      } else if (key == "file") w.file = uint32_t(json.integer());
      else if (key == "offset") w.offset = uint64_t(json.integer());
      else if (key == "bytes") w.bytes = uint64_t(json.integer());
      else if (key == "encoding") w.varint = json.text() == "varint";
      else if (key == "outer") {
        d.source = Def::outer;
        if (!outer_first_) return json.fail("the outermost graph captures a value");
        d.origin = entry(*g.parent, *outer_first_);
      } else json.fail("unknown key of a null node", key);
    }
    if (ok()) json = json.from(resume);
  }
  if (at || w.file != none) {
    d.source = Def::weight;
    d.fixed = true;
    d.in_place = at;
    if (at) data(d.value, at);
    else if (!known_rank(d.value) || !concrete(d.value) || !bytes_of(d.value, d.value.bytes)) {
      if (ok()) status = report(model.error, Status::too_large, {}, {}, name, type_info[unsigned(d.value.type)].name, Arg::dims(d.value));
    } else if (w.file >= model.files) json.fail("a weight lies in a file that is not listed");
    else if (!model.list.push(model.arena, w)) no_memory();
  }
  if (!g.defs.push(model.arena, d)) no_memory();
}

void Reader::operator_node(Graph& g, Node& node, Text domain, char* inputs, char* outputs, char* attrs) {
  node.row = domain == "host" ? &host_row : find_op(node.op, domain);
  char* const resume = json.position();
  Grow<uint32_t> in, out;
  if (inputs) {
    json = json.from(inputs);
    for (bool more = json.open('['); more && ok(); more = json.more())
      if (!in.push(model.arena, json.null() ? none : entry(g, *first_))) no_memory();
  }
  node.in = in.data(), node.n_in = in.size;
  node.in_names = array<Text>(in.size);
  for (uint32_t i = 0; i < in.size && ok(); ++i)
    if (in[i] != none) node.in_names[i] = g.defs[in[i]].name;
  if (!node.row) {
    Missing* m = nullptr;
    for (uint32_t i = 0; i < missing.size; ++i)
      if (missing[i].name == node.op && missing[i].domain == domain) m = &missing[i];
    if (!m) m = missing.push(model.arena, {node.op, domain, 0});
    if (m) ++m->count;
    else no_memory();
  } else {
    const Op& op = *node.row->op;
    if (ok() && (node.n_in < op.in.min || node.n_in > op.in.max))
      status = report(model.error, Status::bad_arity, node.op, node.name, {}, node.n_in, "inputs", node.n_in < op.in.min ? op.in.min : op.in.max);
    for (uint32_t i = 0; i < op.in.min && ok(); ++i)
      if (in[i] == none) status = report(model.error, Status::missing_input, node.op, node.name, {}, i);
    node.attrs = array<uint64_t>((op.attr_bytes + 7) / 8 + 1);
    if (node.attrs)
      for (const Attr& a : op.attrs) {
        char* at = static_cast<char*>(node.attrs) + a.offset;
        if (a.tag == Attr::integer) *reinterpret_cast<int64_t*>(at) = a.integer_default;
        if (a.tag == Attr::real) *reinterpret_cast<float*>(at) = a.real_default;
        if (a.tag == Attr::text) *reinterpret_cast<Text*>(at) = a.text_default;
      }
  }
  uint64_t given = 0;
  if (attrs) {
    json = json.from(attrs);
    for (bool more = json.open('{'); more && ok(); more = json.more()) {
      const Text key = json.key();
      if (node.row)
        for (uint32_t i = 0; i < node.row->op->attrs.size; ++i)
          if (key == node.row->op->attrs[i].name) given |= uint64_t(1) << i;
      attribute(node, key);
    }
  }
  if (node.row)
    for (uint32_t i = 0; i < node.row->op->attrs.size && ok(); ++i)
      if (const Attr& a = node.row->op->attrs[i]; a.required && !(given >> i & 1))
        status = report(model.error, Status::missing_attribute, node.op, node.name, {}, a.name);
  // After the attributes: a subgraph can't capture what its own node gives.
  const auto result = [&](Text name) {
    Def d;
    d.source = Def::result;
    d.origin = g.nodes.size;
    d.name = name;
    const uint32_t id = g.defs.size;
    if (!g.defs.push(model.arena, d) || !out.push(model.arena, name.size ? id : none)) no_memory();
  };
  if (outputs) {
    json = json.from(outputs);
    for (bool more = json.open('['); more && ok(); more = json.more()) result(keep(json.text()));
  } else {
    result(node.name);
  }
  node.out = out.data(), node.n_out = out.size;
  node.out_names = array<Text>(out.size);
  for (uint32_t i = 0; i < out.size && ok(); ++i) node.out_names[i] = g.defs[g.defs.size - out.size + i].name;
  while (node.n_out && node.out[node.n_out - 1] == none) --node.n_out;
  if (node.row && ok() && node.n_out > node.row->op->out.max)
    status = report(model.error, Status::bad_arity, node.op, node.name, {}, node.n_out, "outputs", node.row->op->out.max);
  if (!g.nodes.push(model.arena, node)) no_memory();
  if (ok()) json = json.from(resume);
}

void Reader::node(Graph& g, Grow<uint32_t>& first) {
  Node node;
  Text domain;
  char *inputs = nullptr, *outputs = nullptr, *attrs = nullptr;
  const auto later = [&](char*& at) {
    json.peek();
    at = json.position();
    json.skip();
  };
  for (bool more = json.open('{'); more && ok(); more = json.more()) {
    const Text key = json.key();
    if (key == "op") node.op = keep(json.text());
    else if (key == "name") node.name = keep(json.text());
    else if (key == "domain") domain = keep(json.text());
    else if (key == "inputs") later(inputs);
    else if (key == "outputs") later(outputs);
    else if (key == "attrs" || key == "attr") later(attrs);
    else if (key == "control_deps") json.skip();
    else json.fail("unknown key of a node", key);
  }
  if (!first.push(model.arena, g.defs.size)) no_memory();
  if (!ok()) return;
  if (node.op == "null") null_node(g, node.name, attrs);
  else operator_node(g, node, domain, inputs, outputs, attrs);
}

void Reader::ports(Graph& g) {
  uint32_t n = 0;
  for (bool more = json.open('['); more && ok(); more = json.more(), ++n) {
    Port p;
    bool optional = false;
    for (bool m = json.open('{'); m; m = json.more()) {
      const Text key = json.key();
      if (key == "name") p.name = keep(json.text());
      else if (!declaration(key, p.value, optional)) json.fail("unknown key of an output", key);
    }
    if (n >= g.outputs.size) return json.fail("there are more outputs than heads");
    g.outputs[n].name = p.name;
    g.outputs[n].value = p.value;
  }
}

Graph* Reader::graph(Graph* parent) {
  Graph* g = model.arena.make<Graph>();
  if (!g || !model.graphs.push(model.arena, g)) {
    no_memory();
    return nullptr;
  }
  g->parent = parent;
  g->depth = parent ? parent->depth + 1 : 0;
  g->owner = parent ? parent->nodes.size : none;
  if (g->depth >= max_depth) {
    if (ok()) status = report(model.error, Status::too_deep, {}, {}, {}, max_depth);
    return g;
  }
  Graph* const outer_graph = graph_;
  Grow<uint32_t>* const outer_first = outer_first_;
  Grow<uint32_t> first;
  outer_first_ = first_;
  first_ = &first;
  graph_ = g;
  char *args = nullptr, *heads = nullptr, *outputs = nullptr;
  const auto later = [&](char*& at) {
    at = json.position();
    json.skip();
  };
  bool versioned = parent != nullptr;
  for (bool more = json.open('{'); more && ok(); more = json.more()) {
    const Text key = json.key();
    if (key == "mote") {
      const int64_t version = json.integer();
      versioned = true;
      if (version != 1 && ok()) status = report(model.error, Status::bad_version, {}, {}, {}, version, 1);
    } else if (key == "files") {
      model.files = 0;
      for (bool m = json.open('['); m; m = json.more(), ++model.files)
        if (const Text file = json.text(); json.ok() && !stays_inside(file)) {
          char text[256];
          Writer w{text, sizeof text};
          w.put("a weight file is absolute or leaves the model's folder: ");
          w.put(file);
          if (ok()) status = report(model.error, Status::bad_graph, {}, {}, {}, Text(text, w.size));
        }
    } else if (key == "nodes") {
      for (bool m = json.open('['); m && ok(); m = json.more()) node(*g, first);
    } else if (key == "arg_nodes") later(args);
    else if (key == "heads") later(heads);
    else if (key == "outputs") later(outputs);
    else if (key == "node_row_ptr" || key == "attrs" || key == "metadata") json.skip();
    else json.fail("unknown key of a graph", key);
  }
  char* const resume = json.position();
  if (ok() && (!args || !heads)) json.fail("a graph needs nodes, arg_nodes and heads");
  if (ok() && !versioned) bad("no schema version (\"mote\": 1)");
  if (ok()) {
    json = json.from(args);
    const auto ids = list<uint32_t>([&]() -> uint32_t {
      const int64_t n = json.integer();
      if (n < 0 || n >= first.size) {
        json.fail("arg_nodes names a node that does not exist", n);
        return 0;
      }
      return first[size_t(n)];
    });
    g->inputs = {const_cast<uint32_t*>(ids.data), ids.size};
    for (uint32_t id : g->inputs)
      if (ok() && (id >= g->defs.size || g->defs[id].source != Def::input)) bad("arg_nodes names a node that is no input");
  }
  if (ok()) {
    json = json.from(heads);
    Grow<Port> ports_;
    for (bool m = json.open('['); m && ok(); m = json.more()) {
      Port p;
      p.def = entry(*g, first);
      if (ok()) p.name = g->defs[p.def].name;
      if (!ports_.push(model.arena, p)) no_memory();
    }
    g->outputs = {ports_.data(), ports_.size};
  }
  if (ok() && outputs) {
    json = json.from(outputs);
    ports(*g);
  }
  if (ok()) {
    Grow<uint32_t> outers;
    for (uint32_t i = 0; i < g->defs.size; ++i)
      if (g->defs[i].source == Def::outer && !outers.push(model.arena, i)) no_memory();
    g->outers = {outers.data(), outers.size};
    json = json.from(resume);
  }
  graph_ = outer_graph;
  first_ = outer_first_;
  outer_first_ = outer_first;
  return g;
}

}  // namespace

Status parse_graph(Model& model) {
  Reader r(model);
  r.graph(nullptr);
  if (r.ok() && r.json.peek()) r.json.fail("more text after the graph");
  if (r.status != Status::ok) return r.status;
  TRY(r.json.finish(model.error));
  if (!r.missing.size) return Status::ok;
  char names[1536];
  Writer w{names, sizeof names};
  for (uint32_t i = 0; i < r.missing.size; ++i) {
    if (i) w.put(", ");
    if (r.missing[i].domain.size) w.put(r.missing[i].domain), w.put(".");
    w.put(r.missing[i].name);
    w.put(" (");
    w.put(int64_t(r.missing[i].count));
    w.put(r.missing[i].count == 1 ? " node)" : " nodes)");
  }
  return model.fail(Status::unknown_operators, {}, Text(names, w.size));
}

}  // namespace mote
