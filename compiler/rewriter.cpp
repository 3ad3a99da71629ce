// Tries every rewrite on every node, in topological order, until none applies to it.
#include "rewriter.h"

#include <cmath>

#include "passes.h"

namespace mote::compiler {

const RewriteRow rewrites[] = {
#define REWRITE(name) {#name, rewrite_##name},
#include "fusions.def"
#undef REWRITE
};
const unsigned rewrite_count = sizeof rewrites / sizeof *rewrites;

Node* Rewriter::maker(const Value* v, const char* op, const char* domain) const {
  Node* n = v ? v->producer : nullptr;
  return n && n->live && n->graph == graph && n->is(op, domain) && !n->out.empty() && n->out[0] == v
             ? n
             : nullptr;
}

Node* Rewriter::step(const Value* v, const char* op, uint32_t uses, const char* domain) const {
  Node* n = maker(v, op, domain);
  if (!n || v->is_output || v->uses != uses) return nullptr;
  for (size_t i = 1; i < n->out.size(); ++i)
    if (n->out[i] && n->out[i]->uses) return nullptr;
  return n;
}

const mote::Value* Rewriter::shape(const Value* v) const {
  const auto it = shapes.find(v);
  return it == shapes.end() || it->second.rank < 0 ? nullptr : &it->second;
}

Type Rewriter::type(const Value* v) const {
  if (v && v->constant) return v->constant->type;
  const auto it = shapes.find(v);
  return it == shapes.end() ? Type::none : it->second.type;
}

int Rewriter::rank(const Value* v) const {
  if (v && v->constant) return int(v->constant->dims.size());
  const mote::Value* s = shape(v);
  return s ? s->rank : -1;
}

int64_t Rewriter::dim(const Value* v, int axis) const {
  const int r = rank(v);
  if (axis < 0) axis += r;
  if (axis < 0 || axis >= r) return 0;
  return v->constant ? v->constant->dims[size_t(axis)] : shape(v)->dims[axis];
}

bool Rewriter::same_shape(const Value* a, const Value* b) const {
  const int n = rank(a);
  bool same = n >= 0 && n == rank(b);
  for (int i = 0; i < n; ++i) same = same && dim(a, i) == dim(b, i);
  return same;
}

bool Rewriter::number(const Value* c, const Value* x, double& out) const {
  std::vector<double> held;
  if (!held_reals(c, held) || held.size() != 1) return false;
  out = held[0];
  return c->constant->dims.empty() || int(c->constant->dims.size()) <= rank(x);
}

bool Rewriter::number_is(const Value* c, const Value* x, double want) const {
  double got;
  const double slack = type(c) == Type::f16 ? 1e-3 : 1e-6;
  return number(c, x, got) && std::fabs(got - want) <= slack * std::fabs(want);
}

bool Rewriter::with_number(const Node& n, double& c, Value*& x) const {
  for (size_t i = 0; i < 2 && n.in.size() == 2; ++i)
    if (number(n.in[i], x = n.in[1 - i], c)) return true;
  return false;
}

// Drops a reader of v, and the nodes that nobody reads then.
void Rewriter::release(Value* v) {
  std::vector<Value*> work(1, v);
  while (!work.empty()) {
    Value* last = work.back();
    work.pop_back();
    if (!last || --last->uses || !last->producer || last->producer->graph != graph) continue;
    Node* n = last->producer;
    bool read = false, plain = true;
    for (const Value* y : n->out) read = read || (y && y->uses);
    for (const Attribute& a : n->attrs) plain = plain && !a.g;
    if (read || !plain || !n->live) continue;
    n->live = false;
    work.insert(work.end(), n->in.begin(), n->in.end());
  }
}

Node* Rewriter::add(const Node& at, const char* op, std::vector<Value*> in, const char* domain) {
  bool made = true;
  for (Value* v : in) {
    use(v);
    made = made && (!v || is_weight(v));
  }
  Node* n = build(at).node(op, std::move(in), domain);
  if (made) made_.insert(n->out[0]);
  infer_node(*n);
  return n;
}

Value* Rewriter::reshaped(const Value* v, std::vector<int64_t> dims) {
  Value* copy = model.value(graph, v->name);
  copy->constant = std::make_shared<Tensor>(*v->constant);
  copy->constant->dims = std::move(dims);
  return copy;
}

void Rewriter::become(Node& n, const char* op, std::vector<Value*> in, const char* domain) {
  for (Value* v : in) use(v);
  std::swap(n.in, in);
  for (Value* v : in) release(v);
  n.op = op;
  n.domain = domain;
  n.attrs.clear();
}

bool Rewriter::forward(Node& n, Value* x) {
  Value* y = n.out[0];
  if (y->is_output || y == x) return false;
  y->replaced = x;
  x->uses += y->uses;
  y->uses = 0;
  n.live = false;
  for (Value* v : n.in) release(v);
  return true;
}

Value* other(const Node& n, const Value* x) {
  if (n.in.size() != 2) return nullptr;
  return n.in[0] == x ? n.in[1] : n.in[1] == x ? n.in[0] : nullptr;
}

Value* Product::partner(const Value* x) const {
  return terms.size() != 2 ? nullptr : terms[0] == x ? terms[1] : terms[1] == x ? terms[0] : nullptr;
}

bool product_of(const Rewriter& r, const Node& n, Product& p) {
  std::vector<const Node*> work(1, &n);
  for (int steps = 0; !work.empty(); ++steps) {
    const Node& at = *work.back();
    work.pop_back();
    const bool div = at.is("Div");
    if (steps > 5 || !(div || at.is("Mul")) || at.in.size() != 2 || at.out.empty()) return false;
    for (size_t i = 0; i < 2; ++i) {
      Value* v = at.in[i];
      double c;
      if (r.number(v, at.out[0], c)) {
        p.number = div && i ? p.number / c : p.number * c;
        if (div && !i) return false;
        continue;
      }
      if (div && i) return false;
      const Node* inner = r.step(v, "Mul");
      if (!inner) inner = r.step(v, "Div");
      double unused;
      if (inner && inner->is("Div") && !r.number(inner->in[1], v, unused)) inner = nullptr;
      if (inner) work.push_back(inner);
      else p.terms.push_back(v);
      if (p.terms.size() > 4) return false;
    }
  }
  return true;
}

bool is_power(const Rewriter& r, const Value* v, const Value* x, int power) {
  if (const Node* pow = r.step(v, "Pow"))
    return pow->in.size() == 2 && pow->in[0] == x && r.number_is(pow->in[1], x, power);
  const Node* mul = r.step(v, "Mul");
  Product p;
  if (!mul || !product_of(r, *mul, p) || p.number != 1 || p.terms.size() != size_t(power)) return false;
  for (const Value* t : p.terms)
    if (t != x) return false;
  return true;
}

bool is_perm(const Node& n, std::initializer_list<int64_t> perm) {
  const Attribute* a = n.find("perm");
  return a && a->ints == std::vector<int64_t>(perm);
}

namespace {

void follow(Value*& v) {
  while (v && v->replaced) v = v->replaced;
}

void rewrite(Model& m, Graph& g, Operators& operators, Shapes& shapes, const std::vector<bool>& off) {
  Rewriter r(m, g, operators, shapes);
  for (Node* n : g.nodes) {
    for (Value*& v : n->in) follow(v);
    for (unsigned i = 0; n->live && i < rewrite_count;) {
      const bool ready = !off[i] && !n->out.empty() && n->out[0];
      i = ready && rewrites[i].apply(r, *n) ? 0 : i + 1;
    }
    r.list.push_back(n);
    if (n->live) r.seen[key_of(*n)] = n;
  }
  g.nodes = std::move(r.list);
}

}  // namespace

void rewrite(Model& m, const std::vector<bool>& off) {
  Operators operators;
  Shapes shapes;
  remove_dead(m);
  for (Value& v : m.values) v.replaced = nullptr;
  for (Graph& g : m.graphs) rewrite(m, g, operators, shapes, off);
  for (Node& n : m.nodes)
    for (Value*& v : n.in) follow(v);
  for (Graph& g : m.graphs)
    for (Value*& v : g.outputs) follow(v);
  remove_dead(m);
  fold(m);
}

}  // namespace mote::compiler
