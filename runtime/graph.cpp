// Reads graph JSON (docs/graph.md) into graphs. Nested graphs are read where they stand, at most 64 deep.
#include "graph.h"

namespace mote {

static Status host_shape(Call&) { return Status::ok; }  // nothing is known until the host has answered
static constinit const Op host_op = {.in = {0, many}, .out = {0, many}, .shape = host_shape, .flags = random | holds};
constinit const OpRow host_row = {&host_op, nullptr, "", "host"};

constexpr int address_bits = 47;  // of a process on today's machines; sums of such sizes are far from 2^63

bool bytes_of(const Value& v, uint64_t& bytes) {
  uint64_t n = 1;
  bool none = false;
  for (int i = 0; i < v.rank; ++i) {
    none |= !v.dims[i];
    if (v.dims[i] && !mul(n, uint64_t(v.dims[i]), n)) return false;
  }
  if (none && n >> 32) return false;  // no element, but operators may walk its rows, and multiply what is left of its sizes
  if (none) n = 0;
  return mul(n, uint64_t(size_of(v.type)), bytes) && bytes == size_t(bytes) && !(bytes >> address_bits);
}

bool may_fit(const Value& v) {
  uint64_t n = 1;
  for (int i = 0; i < v.rank; ++i)
    if (v.dims[i] > 0 && !mul(n, uint64_t(v.dims[i]), n)) return false;
  return !(n >> address_bits);
}

namespace {

// A relative path without a drive, a scheme, a backslash or a step up.
bool stays_inside(const Text& path) {
  for (uint32_t i = 0; i < path.size; ++i) {
    const char c = path.data[i];
    const bool start = i == 0 || path.data[i - 1] == '/';
    if (c == '\\' || c == ':' || (i == 0 && c == '/')) return false;
    if (start && c == '.' && i + 1 < path.size && path.data[i + 1] == '.' && (i + 2 == path.size || path.data[i + 2] == '/')) return false;
  }
  return true;
}

struct Reader : Json {
  Model& model;
  Graph* g = nullptr;       // being read
  Text op, name;            // of the node being read: errors begin with them
  struct Missing { Text name, domain; uint32_t count; };
  Grow<Missing> missing;
  alignas(16) char spare[192] = {};  // taken where memory ran out

  explicit Reader(Model& m) : Json(m.error, m.json, m.json_bytes), model(m) {}

  // An error about the current node, or about the graph where there is none.
  void refuse(Status s, Text tensor = {}, Arg a = {}, Arg b = {}, Arg c = {}) {
    if (status == Status::ok) stop(report(model.error, s, op, name, tensor, a, b, c));
  }
  void no_memory(size_t bytes) {
    if (status == Status::ok) stop(model.no_memory(bytes));
  }
  // Zeroed; from then on an empty reader and `spare` where memory ran out.
  void* add(List& list, size_t each) {
    void* p = list.add(model.arena, each);
    if (!p) no_memory(page_bytes), p = spare;
    return memset(p, 0, each);
  }
  template <class T> T& add(Grow<T>& list) {
    static_assert(sizeof(T) <= sizeof spare);
    return *static_cast<T*>(add(list, sizeof(T)));
  }
  void* take(size_t bytes) {  // zeroed; null where memory ran out
    void* p = model.arena.take(bytes);
    return p ? memset(p, 0, bytes) : (no_memory(bytes), p);
  }
  void keep(Text& to) {  // the next string
    text();
    to = {model.arena.copy(word), word.size};
    if (!to.data) to = "", no_memory(word.size);
  }
  // Null where memory ran out, as in every list of pointers from then on.
  Def* define(Text of, Def::Source source) {
    auto* d = static_cast<Def*>(take(sizeof(Def)));
    add(g->defs) = d;
    if (!d) return d;
    d->name = of;
    d->source = source;
    d->number = g->defs.size - 1;
    d->rank = unknown_rank;
    return d;
  }

  void shape(Value& v);
  bool declare(char** at, Value& v);
  bool sized(Value& v, Text of);
  void encode(Def& d, Text encoding);
  void data(Def& d);
  const Value* tensor();
  void attribute(void* attrs, const Attr* row);
  void attributes(const OpRow* row, void* attrs, char* at);
  void null_node(char* attrs);
  void operator_node(Text domain, char* inputs, char* outputs, char* attrs);
  void node();
  Def* entry(const Graph& of);
  void ports();
  Graph* graph();
};

void Reader::shape(Value& v) {
  v.rank = 0;
  for (open('['); more(']');) {
    if (v.rank == max_rank) return refuse(Status::rank_limit, {}, max_rank + 1, max_rank);
    int64_t& d = v.dims[v.rank++];
    if (peek() != '"') {
      if ((d = integer()) < 0) fail("a dimension is negative");
      continue;
    }
    text();  // a symbol; one without a name is like no other
    uint32_t i = 0, n = model.symbols.size;
    while (i < n && !(word.size && model.symbols[i] == word)) ++i;
    if (i == n) {
      Text& s = add(model.symbols);
      s = {model.arena.copy(word), word.size};
      if (!s.data) s = "", no_memory(word.size);
    }
    d = -1 - int64_t(i);
  }
}

// The keys that declare a value stand first in a list of keys. True where it is optional.
#define DECLARATION "type shape kind "

bool Reader::declare(char** at, Value& v) {
  if (go(at[0])) {
    text();
    unsigned t = type_count;
    while (--t && !(word == type_name(Type(t)))) {}
    if (!t) fail("unknown element type", word);
    v.type = Type(t);
  }
  if (go(at[1])) shape(v);
  if (!may_fit(v)) refuse(Status::too_large, name, v.type, Arg::dims(v));
  if (!go(at[2])) return false;
  const int kind = index_of("tensor sequence map optional optional_sequence", text());
  if (kind < 0) fail("unknown kind", word);
  v.kind = kind == 4 ? Kind::sequence : kind == 3 ? Kind::tensor : Kind(kind);
  return kind >= 3;
}

// Sets the size of what lies in the model.
bool Reader::sized(Value& v, Text of) {
  if (v.kind == Kind::tensor && v.type != Type::none && concrete(v) && bytes_of(v, v.bytes)) return true;
  refuse(Status::too_large, of, v.type, Arg::dims(v));
  return false;
}

// Sets how the bytes of `d` become elements.
void Reader::encode(Def& d, Text encoding) {
  if (!encoding.size && type_info[unsigned(d.type)].bits >= 8) return;
  if (!encoding.size) encoding = "bits";
  for (const Codec* const* c = codecs; *c; ++c)
    if (encoding == (*c)->name && has((*c)->types, d.type)) d.codec = *c;
  if (!d.codec) fail("unknown encoding", encoding);
}

// Fills d.data from base64 or a list of strings. d is sized.
void Reader::data(Def& d) {
  char* const at = position();
  d.data = take(size_t(d.bytes) + 1);
  if (!d.data) return;
  bool fits;
  if (d.type == Type::str) {
    const size_t n = count(d);
    size_t got = 0;
    Text s;
    for (open('['); more(']'); ++got) keep(got < n ? d.as<Text>()[got] : s);
    fits = got == n;
  } else {
    const size_t bytes = size_t(raw_bytes(d));
    uint8_t* to = d.as<uint8_t>() + (size_t(d.bytes) - bytes);
    fits = decode_base64(text(), to, bytes) == bytes;
    encode(d, {});
    if (d.codec) d.codec->put(model, d, to, bytes);
    d.codec = nullptr;
    model.element = 0;
  }
  if (!fits && go(at)) fail("the data does not fit the shape");
}

const Value* Reader::tensor() {
  char* at[4] = {};
  members(DECLARATION "data", at);
  char* const end = position();
  auto* v = static_cast<Def*>(take(sizeof(Def)));
  if (!v) return nullptr;
  v->rank = unknown_rank;
  declare(at, *v);
  if (!at[3]) fail("a tensor has no data");
  else if (sized(*v, {}) && go(at[3])) data(*v);
  go(end);
  return v;
}

// Reads the value of an attribute into its place in the operator's struct, `row` null: only for the graphs in it, so that all
// unknown operators are found.
void Reader::attribute(void* attrs, const Attr* row) {
  static const char* const expected[] = {"an integer", "a float", "a string", "a list", "a list", "a list", "a tensor", "a graph"};
  const char c = peek();
  unsigned tag = 8;
  union Any {
    int64_t i;
    float f;
    Text s;
    List list;
    const void* p;
    constexpr Any() : list() {}
  } v;
  size_t bytes = sizeof v.p;
  if (c == '{') {
    char* at[3] = {};
    members("tensor graph base64", at);
    char* const end = position();
    if (go(at[0])) tag = Attr::tensor, v.p = tensor();
    if (go(at[1])) tag = Attr::graph, v.p = graph();
    if (go(at[2])) {
      tag = Attr::text;
      bytes = sizeof v.s;
      text();
      auto* p = static_cast<char*>(take(word.size + 1));
      const size_t n = p ? decode_base64(word, reinterpret_cast<uint8_t*>(p), word.size) : 0;
      if (n > word.size) fail("not base64");
      v.s = {p, n};
    }
    go(end);
  } else if (!row) {
    skip();
  } else if (c == '[') {
    bytes = sizeof(Span<int64_t>);
    tag = row->tag;
    if (tag - Attr::integers > unsigned(Attr::texts - Attr::integers)) {
      tag = Attr::integers;
      skip();
    } else {
      v.list.items = take(1);  // an empty list is not an absent one
      for (open('['); more(']');) {
        if (tag == Attr::integers) *static_cast<int64_t*>(add(v.list, sizeof(int64_t))) = integer();
        else if (tag == Attr::reals) *static_cast<float*>(add(v.list, sizeof(float))) = float(real());
        else keep(*static_cast<Text*>(add(v.list, sizeof(Text))));
      }
    }
  } else if (row->tag == Attr::real) {
    tag = Attr::real;
    bytes = sizeof v.f;
    v.f = float(real());
  } else if (c == '"') {
    tag = Attr::text;
    bytes = sizeof v.s;
    keep(v.s);
  } else {
    tag = number() ? Attr::integer : Attr::real;
    bytes = sizeof v.i;
    v.i = integer_;
  }
  if (!row) return;
  if (row->tag != tag) refuse(Status::bad_attribute, {}, row->name, "a value of another type", expected[row->tag]);
  else memcpy(static_cast<char*>(attrs) + row->offset, &v, bytes);
}

// Fills the operator's struct: defaults, then what is given.
void Reader::attributes(const OpRow* row, void* attrs, char* at) {
  const Span<const Attr> rows = row ? row->op->attrs : Span<const Attr>();
  const bool known = row && row != &host_row;
  uint64_t given = 0;
  for (const Attr& a : rows) {
    char* to = static_cast<char*>(attrs) + a.offset;
    if (a.tag == Attr::integer) memcpy(to, &a.integer_default, sizeof a.integer_default);
    if (a.tag == Attr::real) memcpy(to, &a.real_default, sizeof a.real_default);
    if (a.tag == Attr::text) new (Place{to}) Text(a.text_default);
  }
  if (go(at))
    for (open('{'); next_key().data;) {
      uint32_t i = 0;
      while (i < rows.size && !(word == rows[i].name)) ++i;
      if (i < rows.size) given |= uint64_t(1) << i;
      else if (known) return refuse(Status::unknown_attribute, {}, word);
      attribute(attrs, i < rows.size ? &rows[i] : nullptr);
    }
  for (uint32_t i = 0; i < rows.size; ++i)
    if (rows[i].required && !(given >> i & 1)) refuse(Status::missing_attribute, {}, rows[i].name);
}

// [node, output] or [node, output, version] of graph `of`
Def* Reader::entry(const Graph& of) {
  int64_t id[3] = {}, n = 0;
  for (open('['); more(']'); ++n) id[min(n, int64_t(2))] = integer();
  uint32_t first = 0, count = 0;
  if (uint64_t(id[0]) < of.first.size) {
    const uint32_t* p = &of.first[size_t(id[0])];
    first = *p;
    count = (p + 1 < of.first.end() ? p[1] : of.defs.size) - first;
  }
  if (uint64_t(id[1]) < count)
    if (Def* d = of.defs[first + size_t(id[1])]; d && (d->source != Def::result || d->name.size)) return d;  // unnamed: not computed
  fail("an entry names an output that does not stand before it", id[count ? 1 : 0]);
  return nullptr;
}

void Reader::null_node(char* attrs) {
  enum { at_data = 3, file, offset, bytes, encoding, outer };
  char* at[9] = {};
  char* const resume = position();
  if (go(attrs)) members(DECLARATION "data file offset bytes encoding outer", at);
  Def* const def = define(name, Def::input);
  if (!def) return;
  Def& d = *def;
  d.optional = declare(at, d);
  if (go(at[outer])) {
    d.source = Def::outer;
    if (!g->parent) return fail("the outermost graph captures a value");
    if (at[at_data] || at[file]) return fail("a captured value has no data of its own");
    d.captured = entry(*g->parent);
    add(g->outers) = def;
  }
  if ((at[at_data] || at[file]) && sized(d, name)) {
    d.source = Def::weight;
    d.fixed = true;
    if (go(at[at_data])) {
      d.in_place = d.arrived = true;
      data(d);
    } else {
      Weight& w = add(model.list);
      w.graph = g;
      w.def = def;
      if (go(at[file])) w.file = uint32_t(integer());
      if (w.file >= model.files) fail("a weight lies in a file that is not listed");
      if (go(at[offset])) w.offset = uint64_t(integer());
      if (go(at[bytes])) w.bytes = uint64_t(integer());
      encode(d, go(at[encoding]) ? text() : Text());
    }
  }
  go(resume);
}

void Reader::operator_node(Text domain, char* inputs, char* outputs, char* attrs) {
  char* const resume = position();
  const OpRow* const row = domain == "host" ? &host_row : find_op(op, domain);
  auto* n = static_cast<Node*>(take(sizeof(Node)));
  void* const attr_data = take(row ? row->op->attr_bytes + 1 : 1);
  if (!n || !attr_data) return;
  n->row = row;
  add(g->nodes) = n;
  Grow<Value*> values;  // inputs, then outputs
  Grow<Text> names;
  if (go(inputs))
    for (open('['); more(']');) {
      Def* d = null() ? nullptr : entry(*g);
      add(values) = d;
      add(names) = d ? d->name : Text();
    }
  const uint32_t n_in = values.size;
  if (row) {
    const Op& o = *row->op;
    const uint32_t present = o.in.min && o.in.max == many ? n_in : o.in.min;  // of a list, every one
    for (uint32_t i = 0; i < present && i < n_in; ++i)
      if (!values[i]) refuse(Status::missing_input, {}, i);
    if (n_in - o.in.min > uint32_t(o.in.max - o.in.min)) refuse(Status::bad_arity, {}, n_in, "inputs", n_in < o.in.min ? o.in.min : o.in.max);
  } else {
    Missing* m = missing.begin();
    while (m != missing.end() && !(m->name == op && m->domain == domain)) ++m;
    if (m == missing.end()) m = &add(missing), m->name = op, m->domain = domain;
    ++m->count;
  }
  attributes(row, attr_data, attrs);
  // After the attributes: a subgraph can't capture what its own node gives.
  bool another = true;
  if (go(outputs)) open('['), another = more(']');
  for (; another; another = outputs && more(']')) {
    Text of = name;
    if (outputs) keep(of);
    add(names) = of;
    Def* d = define(of, Def::result);
    add(values) = of.size ? d : nullptr;
  }
  uint32_t n_out = values.size - n_in;
  while (n_out && !values[n_in + n_out - 1]) --n_out;
  if (row && n_out > row->op->out.max) refuse(Status::bad_arity, {}, n_out, "outputs", row->op->out.max);
  new (Place{&n->call}) Call{model.env, op, name, names.data(), names.data() + n_in, attr_data, values.data(), values.data() + n_in, n_in, n_out};
  go(resume);
}

void Reader::node() {
  enum { op_, name_, domain_, inputs, outputs, attrs, attr };
  char* at[8] = {};
  members("op name domain inputs outputs attrs attr control_deps", at);
  const Text outer_op = op, outer_name = name;
  Text domain = "";
  op = name = domain;
  add(g->first) = g->defs.size;
  char* const end = position();
  if (go(at[op_])) keep(op);
  if (go(at[name_])) keep(name);
  if (go(at[domain_])) keep(domain);
  go(end);
  char* const a = at[attrs] ? at[attrs] : at[attr];
  if (op == "null") null_node(a);
  else operator_node(domain, at[inputs], at[outputs], a);
  op = outer_op, name = outer_name;
}

// What the model declares of its outputs.
void Reader::ports() {
  uint32_t n = 0;
  for (open('['); more(']'); ++n) {
    char* at[4] = {};
    members(DECLARATION "name", at);
    char* const end = position();
    if (n >= g->outputs.size) return fail("there are more outputs than heads");
    Port& p = g->outputs[n];
    declare(at, p.value);
    if (go(at[3])) keep(p.name);
    go(end);
  }
}

Graph* Reader::graph() {
  enum { mote, files, nodes, arg_nodes, heads, outputs };
  auto* const graph = static_cast<Graph*>(take(sizeof(Graph)));
  if (!graph) return graph;
  add(model.graphs) = graph;
  graph->parent = g;
  if (g) graph->depth = g->depth + 1, graph->owner = g->nodes[g->nodes.size - 1];
  if (graph->depth >= max_depth) return op = {}, refuse(Status::too_deep, {}, max_depth), nullptr;
  g = graph;
  char* at[9] = {};
  members("mote files nodes arg_nodes heads outputs node_row_ptr attrs metadata", at);
  char* const end = position();
  const int64_t version = go(at[mote]) ? integer() : graph->parent ? 1 : 0;
  if (version != 1) refuse(Status::bad_version, {}, version, 1);
  if (go(at[files]))
    for (model.files = 0, open('['); more(']'); ++model.files)
      if (!stays_inside(text())) refuse(Status::bad_graph, {}, "a weight file is absolute or leaves the model's folder: ", word);
  if (!at[arg_nodes] || !at[heads]) fail("a graph needs nodes, arg_nodes and heads");
  if (go(at[nodes]))
    for (open('['); more(']');) node();
  if (go(at[arg_nodes]))
    for (open('['); more(']');) {
      const int64_t n = integer();
      Def* d = uint64_t(n) < g->first.size && g->first[size_t(n)] < g->defs.size ? g->defs[g->first[size_t(n)]] : nullptr;
      if (!d || d->source != Def::input || d->listed) fail("arg_nodes names a node that is no input, or one twice", n);
      else d->listed = true;
      add(g->inputs) = d;
    }
  if (go(at[heads]))
    for (open('['); more(']');) {
      Port& p = add(g->outputs);
      p.value.rank = unknown_rank;
      p.def = entry(*g);
      if (p.def) p.name = p.def->name;
    }
  for (const Def* d : g->defs)  // a reader of one would find nothing
    if (d && d->source == Def::input && !d->listed) fail("an input is not among arg_nodes", d->name);
  if (go(at[outputs])) ports();
  go(end);
  g = graph->parent;
  return graph;
}

}  // namespace

Status parse_graph(Model& model) {
  Reader r(model);
  r.graph();
  if (r.peek()) r.fail("more text after the graph");
  if (r.status != Status::ok || !r.missing.size) return r.status;
  char names[1536];
  Writer w{names, sizeof names};
  for (const Reader::Missing& m : r.missing) {
    if (w.size) w.put(", ");
    w.put(m.domain);
    if (m.domain.size) w.put(".");
    w.put(m.name);
    w.put(" (");
    w.put(int64_t(m.count));
    w.put(m.count == 1 ? " node)" : " nodes)");
  }
  return model.fail(Status::unknown_operators, {}, names);
}

}  // namespace mote
