#include "import.h"

#include <cstring>
#include <unordered_map>

#include "builder.h"
#include "gradient.h"
#include "passes.h"

namespace mote::compiler {
namespace {

constexpr int64_t newest_opset = 28, newest_ml_opset = 6;

// Names that a graph or a function body can see. A null value is an absent optional argument of a function.
struct Scope {
  std::unordered_map<std::string, Value*> names;
  const Scope* parent = nullptr;
  std::unordered_map<std::string, Value*> bound;  // outputs of a function body: the values of the call

  const Value* const* find(const std::string& name) const {
    for (const Scope* s = this; s; s = s->parent)
      if (const auto it = s->names.find(name); it != s->names.end()) return &it->second;
    return nullptr;
  }
};

// What surrounds a node besides its scope: the function it stands in.
struct Context {
  const onnx::Function* function = nullptr;
  const Context* caller = nullptr;
  std::vector<Attribute> attrs;   // of the call
  std::string prefix;             // of names
  int depth = 0;                  // of calls
};

class Importer {
 public:
  Importer(const onnx::Model& from, Model& to) : from_(from), m_(to), error_(*to.error) {
    for (const onnx::Function& f : from.functions) functions_.emplace(key(f.domain, f.name, f.overload), &f);
  }
  Status run() {
    Context context;
    m_.graphs.emplace_back();
    return graph(from_.graph, m_.graphs[0], nullptr, context);
  }

 private:
  static const std::string& plain(const std::string& domain) {
    static const std::string none;
    return domain == "ai.onnx" ? none : domain;
  }
  static std::string key(const std::string& domain, const std::string& name, const std::string& overload) {
    return plain(domain) + '\n' + name + '\n' + overload;
  }
  Status fail(Status status, const std::vector<std::string>& args, const std::string& node = {}) {
    return compiler::fail(error_, status, args, node);
  }

  Status graph(const onnx::Graph& g, Graph& out, const Scope* outer, const Context& c);
  Status nodes(const std::vector<onnx::Node>& list, Scope& scope, Graph& g, const Context& c);
  Status node(const onnx::Node& n, Scope& scope, Graph& g, const Context& c,
              std::vector<Gradient>& gradients);
  Status gradient(Node& n, const Scope& scope, std::vector<Gradient>& gradients);
  Status attributes(const onnx::Node& n, const Scope& scope, Graph& g, const Context& c,
                    std::vector<Attribute>& out);
  Status call(const onnx::Function& f, Node& n, Graph& g, const Context& c);
  Status constant_node(Node& n, Graph& g);
  Status sparse(const onnx::Sparse& s, Value* out, Graph& g);
  Status version(const std::string& domain, const Context& c, int64_t& out);
  Status define(Scope& scope, const std::string& name, Value* v) {
    if (!scope.names.emplace(name, v).second) return fail(code::duplicate_value, {name});
    return Status::ok;
  }

  const onnx::Model& from_;
  Model& m_;
  ErrorRecord& error_;
  std::unordered_map<std::string, const onnx::Function*> functions_;
};

Status Importer::graph(const onnx::Graph& g, Graph& out, const Scope* outer, const Context& c) {
  int depth = 0;
  for (const Graph* p = out.parent; p; p = p->parent) ++depth;
  if (depth >= max_depth) return fail(code::graph_too_deep, {text_of(max_depth)});
  Scope scope;
  scope.parent = outer;
  for (const Tensor& t : g.initializers) {
    Value* v = m_.value(&out, c.prefix + t.name);
    v->constant = std::make_shared<Tensor>(t);
    TRY(define(scope, t.name, v));
  }
  for (const onnx::Sparse& s : g.sparse) {
    Value* v = m_.value(&out, c.prefix + s.values.name);
    TRY(sparse(s, v, out));
    TRY(define(scope, s.values.name, v));
  }
  for (const onnx::Port& p : g.inputs) {
    if (scope.names.count(p.name)) continue;  // an initializer that is also an input is a weight
    Value* v = m_.value(&out, p.name);
    v->type = std::make_shared<TypeInfo>(p.type);
    out.inputs.push_back(v);
    TRY(define(scope, p.name, v));
  }
  TRY(nodes(g.nodes, scope, out, c));
  for (const onnx::Port& p : g.outputs) {
    const Value* const* v = scope.find(p.name);
    if (!v || !*v) return fail(code::undefined_output, {p.name});
    out.outputs.push_back(const_cast<Value*>(*v));
    out.output_names.push_back(p.name);
    out.output_types.push_back(p.type);
  }
  return Status::ok;
}

// Defines what the nodes compute before any of them is read, so that they may stand in any order; sort() puts
// them right.
Status Importer::nodes(const std::vector<onnx::Node>& list, Scope& scope, Graph& g, const Context& c) {
  for (const onnx::Node& n : list) {
    for (const std::string& name : n.out) {
      if (name.empty()) continue;
      const auto it = scope.bound.find(name);
      TRY(define(scope, name, it != scope.bound.end() ? it->second : m_.value(&g, c.prefix + name)));
    }
  }
  std::vector<Gradient> gradients;
  for (const onnx::Node& n : list) TRY(node(n, scope, g, c, gradients));
  for (const Gradient& d : gradients) {
    TRY(differentiate(m_, g, d));
    if (m_.nodes.size() >= max_nodes) return fail(code::graph_too_large, {text_of(max_nodes), "nodes"});
  }
  return Status::ok;
}

Status Importer::node(const onnx::Node& n, Scope& scope, Graph& g, const Context& c,
                      std::vector<Gradient>& gradients) {
  if (m_.nodes.size() >= max_nodes) return fail(code::graph_too_large, {text_of(max_nodes), "nodes"});
  Node& to = *m_.node(&g, n.op.c_str());
  to.domain = plain(n.domain);
  to.name = c.prefix + (!n.name.empty() || n.out.empty() ? n.name : n.out[0]);
  for (const std::string& name : n.in) {
    if (name.empty()) {
      to.in.push_back(nullptr);
      continue;
    }
    const Value* const* v = scope.find(name);
    if (!v) return fail(code::undefined_value, {to.name.empty() ? n.op : to.name, name}, to.name);
    to.in.push_back(const_cast<Value*>(*v));
  }
  while (!to.in.empty() && !to.in.back()) to.in.pop_back();
  for (const std::string& name : n.out) {
    Value* v = name.empty() ? nullptr : scope.names[name];
    if (v) v->producer = &to;
    to.out.push_back(v);
  }
  while (!to.out.empty() && !to.out.back()) to.out.pop_back();
  TRY(attributes(n, scope, g, c, to.attrs));
  if (const auto f = functions_.find(key(n.domain, n.op, n.overload)); f != functions_.end())
    return call(*f->second, to, g, c);
  if (to.is("Constant")) return constant_node(to, g);
  if (to.is("Gradient", "ai.onnx.preview.training")) return gradient(to, scope, gradients);
  int64_t opset = 1;
  TRY(version(to.domain, c, opset));
  return upgrade(m_, g.nodes, &to, opset);
}

// Its attributes name values: they are looked up while names are known, and differentiated once every node is
// there.
Status Importer::gradient(Node& n, const Scope& scope, std::vector<Gradient>& gradients) {
  Gradient d{&n, {}, {}, nullptr};
  const auto find = [&](const std::string& name, Value*& v) {
    const Value* const* found = scope.find(name);
    if (!found || !*found) return fail(code::undefined_value, {n.name, name}, n.name);
    v = const_cast<Value*>(*found);
    return Status::ok;
  };
  for (const char* list : {"xs", "zs"}) {
    const Attribute* a = n.find(list);
    std::vector<Value*>& to = *list == 'x' ? d.xs : d.zs;
    if (a)
      for (const std::string& name : a->strings) TRY(find(name, to.emplace_back()));
  }
  const Attribute* y = n.find("y");
  TRY(find(y ? y->s : "", d.y));
  bool whole = n.in.size() == d.xs.size() + d.zs.size() && n.out.size() <= d.xs.size() && !d.xs.empty();
  for (const Value* v : n.in) whole = whole && v;
  if (!whole) return fail(code::bad_gradient, {n.name}, n.name);
  gradients.push_back(std::move(d));
  return Status::ok;
}

Status Importer::attributes(const onnx::Node& n, const Scope& scope, Graph& g, const Context& c,
                            std::vector<Attribute>& out) {
  for (const Attribute& given : n.attrs) {
    const Attribute* a = &given;
    if (!given.reference.empty()) {
      if (!c.function) return fail(code::bad_reference, {given.name, n.name, given.reference});
      a = nullptr;
      for (const Attribute& b : c.attrs)
        if (b.name == given.reference) a = &b;
      if (!a) continue;  // an attribute of the call that was not given
    }
    Attribute& copy = out.emplace_back(*a);
    copy.name = given.name;
    copy.reference.clear();
    const bool good = copy.tag == Attribute::tensor  ? copy.t != nullptr
                      : copy.tag == Attribute::graph ? copy.body || copy.g
                      : copy.tag == Attribute::sparse
                          ? n.op == "Constant"
                          : copy.tag != Attribute::other && copy.tag != Attribute::none;
    if (!good)
      return fail(code::bad_attribute_value, {n.name, copy.name}, n.name);
    if (copy.tag != Attribute::graph || copy.g) continue;
    const std::shared_ptr<onnx::Graph> body = std::move(copy.body);
    const size_t index = out.size() - 1;
    Graph& inner = m_.graphs.emplace_back();
    inner.parent = &g;
    TRY(graph(*body, inner, &scope, c));
    out[index].g = &inner;
  }
  return Status::ok;
}

Status Importer::version(const std::string& domain, const Context& c, int64_t& out) {
  const onnx::Opset* found = nullptr;
  if (c.function)
    for (const onnx::Opset& o : c.function->opsets)
      if (plain(o.domain) == domain) found = &o;
  if (!found)
    for (const onnx::Opset& o : from_.opsets)
      if (plain(o.domain) == domain) found = &o;
  const bool known = domain.empty() || domain == "ai.onnx.ml";
  const std::string shown = domain.empty() ? "ai.onnx" : domain;
  // or the file is cut
  if (!found && known && from_.ir_version >= 3) return fail(code::missing_opset, {shown});
  out = found ? found->version : 1;
  const int64_t newest = domain.empty() ? newest_opset : domain == "ai.onnx.ml" ? newest_ml_opset : int64_max;
  if (out > newest || out < 1) return fail(code::bad_opset, {text_of(out), shown, text_of(newest)});
  return Status::ok;
}

// Puts the body of a function where it is called.
Status Importer::call(const onnx::Function& f, Node& n, Graph& g, const Context& c) {
  for (const Context* up = &c; up; up = up->caller) {
    if (up->function != &f) continue;
    std::string path = f.name;
    for (const Context* p = &c; p != up; p = p->caller) path = p->function->name + " -> " + path;
    return fail(code::cyclic_function, {f.name + " -> " + path});
  }
  if (c.depth >= max_depth) return fail(code::graph_too_deep, {text_of(max_depth)});
  Context inner;
  inner.function = &f;
  inner.caller = &c;
  inner.depth = c.depth + 1;
  inner.prefix = (n.name.empty() ? f.name : n.name) + "/";
  inner.attrs = std::move(n.attrs);
  for (const Attribute& a : f.defaults) {
    bool given = false;
    for (const Attribute& b : inner.attrs) given = given || b.name == a.name;
    if (!given) inner.attrs.push_back(a);
  }
  Scope scope;
  for (size_t i = 0; i < f.in.size(); ++i) TRY(define(scope, f.in[i], n.input(i)));
  Builder b{m_, &g, g.nodes, n.name};
  for (size_t i = 0; i < f.out.size() && i < n.out.size(); ++i) {
    if (!n.out[i]) continue;
    n.out[i]->producer = nullptr;
    const auto passed = scope.names.find(f.out[i]);
    // an input is the output
    if (passed != scope.names.end() || !scope.bound.emplace(f.out[i], n.out[i]).second) {
      if (passed == scope.names.end() || !passed->second)
        return fail(code::undefined_output, {f.out[i]}, n.name);
      Node* copy = b.node("Identity", {passed->second});
      copy->out[0] = n.out[i];
      n.out[i]->producer = copy;
    }
  }
  TRY(nodes(f.nodes, scope, g, inner));
  for (const auto& [name, v] : scope.bound)
    if (!v->producer && !v->constant) return fail(code::undefined_output, {name}, n.name);
  return Status::ok;
}

// Constant in all its forms becomes a value without a node.
Status Importer::constant_node(Node& n, Graph& g) {
  if (n.out.empty()) return Status::ok;
  Value* out = n.out[0];
  out->producer = nullptr;
  auto t = std::make_shared<Tensor>();
  t->held = true;
  for (const Attribute& a : n.attrs) {
    switch (a.tag) {
      case Attribute::tensor:
        if (!a.t) break;
        out->constant = a.t;
        return Status::ok;
      case Attribute::sparse:
        if (!a.sparse_tensor) break;
        return sparse(*a.sparse_tensor, out, g);
      case Attribute::real: case Attribute::reals:
        t->type = Type::f32;
        if (a.tag == Attribute::reals) t->dims = {int64_t(a.floats.size())};
        t->bytes.assign(reinterpret_cast<const char*>(a.tag == Attribute::real ? &a.f : a.floats.data()),
                        a.tag == Attribute::real ? 4 : a.floats.size() * 4);
        break;
      case Attribute::integer: case Attribute::integers:
        t->type = Type::i64;
        if (a.tag == Attribute::integers) t->dims = {int64_t(a.ints.size())};
        t->bytes.assign(reinterpret_cast<const char*>(a.tag == Attribute::integer ? &a.i : a.ints.data()),
                        a.tag == Attribute::integer ? 8 : a.ints.size() * 8);
        break;
      case Attribute::text: case Attribute::texts:
        t->type = Type::str;
        if (a.tag == Attribute::texts) t->dims = {int64_t(a.strings.size())};
        t->strings = a.tag == Attribute::text ? std::vector<std::string>{a.s} : a.strings;
        break;
      default: break;
    }
  }
  if (t->type == Type::none) return fail(code::bad_constant, {n.name}, n.name);
  out->constant = std::move(t);
  return Status::ok;
}

// A sparse tensor becomes a dense constant if it is small, otherwise nodes that make it: its values are
// weights then.
Status Importer::sparse(const onnx::Sparse& s, Value* out, Graph& g) {
  const auto bad = [&](const char* what) { return fail(code::bad_tensor, {s.values.name, what}); };
  const int64_t count = element_count(s.dims), n = element_count(s.values.dims);
  if (count < 0 || s.dims.size() > size_t(max_rank)) return bad("its size overflows");
  const size_t width = size_of(s.values.type), rank = s.dims.size();
  const bool linear = s.indices.dims.size() == 1;
  const bool fits = s.values.dims.size() == 1 && s.indices.type == Type::i64 && !s.indices.dims.empty() &&
                    s.indices.dims[0] == n &&
                    (linear || (s.indices.dims.size() == 2 && s.indices.dims[1] == int64_t(rank)));
  if (!fits || s.values.type == Type::str || type_info[unsigned(s.values.type)].bits < 8)
    return bad("its values and indices do not fit a sparse tensor");
  const auto values = std::make_shared<Tensor>(s.values), indices = std::make_shared<Tensor>(s.indices);
  if (values->held && indices->held && uint64_t(count) * width <= small_bytes) {
    auto t = std::make_shared<Tensor>();
    t->type = s.values.type;
    t->dims = s.dims;
    t->held = true;
    t->bytes.assign(size_t(count) * width, '\0');
    for (int64_t i = 0; i < n; ++i) {
      int64_t at = 0;
      for (size_t d = 0; d < (linear ? 1 : rank); ++d) {
        int64_t index;
        memcpy(&index, indices->bytes.data() + (size_t(i) * (linear ? 1 : rank) + d) * 8, 8);
        const int64_t dim = linear ? count : s.dims[d];
        if (index < 0 || index >= dim) return bad("an index is out of range");
        at = at * dim + index;
      }
      memcpy(t->bytes.data() + size_t(at) * width, values->bytes.data() + size_t(i) * width, width);
    }
    out->constant = std::move(t);
    return Status::ok;
  }
  Builder b{m_, &g, g.nodes, s.values.name};
  Value* v = m_.value(&g, b.name + "/values");
  Value* at = m_.value(&g, b.name + "/indices");
  v->constant = values;
  at->constant = indices;
  if (linear) indices->dims = {n, 1};
  Node* zeros = b.node("ConstantOfShape", {b.ints(linear ? std::vector<int64_t>{count} : s.dims)});
  Attribute& zero = zeros->attrs.emplace_back();
  zero.name = "value";
  zero.tag = Attribute::tensor;
  zero.t = std::make_shared<Tensor>();
  zero.t->type = values->type;
  zero.t->dims = {1};
  zero.t->held = true;
  zero.t->bytes.assign(width, '\0');
  Node* last = b.node("ScatterND", {zeros->out[0], at, v});
  if (linear) last = b.node("Reshape", {last->out[0], b.ints(s.dims)});
  last->out[0] = out;
  out->producer = last;
  return Status::ok;
}

}  // namespace

Status import(const onnx::Model& from, Model& to) {
  TRY(Importer(from, to).run());
  return sort(to);
}

}  // namespace mote::compiler
