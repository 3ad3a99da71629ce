// Fusions around convolutions and matrix products:
//   Conv, ConvTranspose   then BatchNormalization, or Mul / Div / Add / Sub with one constant a channel: into weight and bias
//   Mul, Add of a number  then a Conv of one point without padding: into its weight and bias
//   MatMul                then Add of a constant [N]: its bias (domain mote)
//   Conv, Gemm, MatMul    then an activation: its `activation` (domain mote)
// What becomes of weights is written as ordinary nodes on constants: fold() computes the small ones now, the runtime the large ones
// once, when they are loaded. A value is only fused away if nothing else reads it.
#include <cmath>

#include "builder.h"
#include "operator.h"
#include "passes.h"

namespace mote::compiler {
namespace {

using Readers = std::unordered_map<const Value*, std::vector<Node*>>;

class Fuser {
 public:
  Fuser(Model& m, Graph& g, Operators& operators) : m_(m), g_(g) {
    infer(operators, g, shapes_);
    for (Node* n : g.nodes)
      for (const Value* v : n->in)
        if (v) readers_[v].push_back(n);
  }
  void run() {
    for (Node* n : g_.nodes) {
      if (n->domain.empty() && !gone(n)) {
        if (n->op == "Conv") affine_input(*n);
        if (n->op == "Conv" || n->op == "ConvTranspose") channels(*n);
        if (n->op == "MatMul" && has_fused(*n)) bias(*n);
        if ((n->op == "Conv" || n->op == "Gemm" || n->op == "MatMul") && has_fused(*n)) activation(*n);
      }
      list_.push_back(n);
    }
    g_.nodes = std::move(list_);
  }

 private:
  struct Affine { Value* scale = nullptr; Value* shift = nullptr; };  // one number, or one a channel

  static bool gone(const Node* n) { return n->out.empty() || !n->out[0] || n->out[0]->producer != n; }
  // The readers of `v` if there are just `n` and nothing else needs it.
  const std::vector<Node*>* only(const Value* v, size_t n) const {
    const auto it = readers_.find(v);
    return !v->is_output && it != readers_.end() && it->second.size() == n && v->uses == n ? &it->second : nullptr;
  }
  Node* single(const Value* v) const {
    const auto* r = only(v, 1);
    return r ? (*r)[0] : nullptr;
  }
  int rank(const Value* v) const {
    const auto it = shapes_.find(v);
    return it == shapes_.end() ? -1 : it->second.rank;
  }
  static bool is_f32(const Value* v) { return v && v->constant && v->constant->type == Type::f32; }
  // The table may be a shorter one.
  static bool has_fused(const Node& n) { return find_op(Text(n.op.c_str(), n.op.size()), "mote"); }
  // n computes what `last` computed.
  void replace(Node& n, Node& last) {
    n.out.resize(1);
    n.out[0] = last.out[0];
    n.out[0]->producer = &n;
  }
  Value* reshaped(const Value* v, std::vector<int64_t> dims) {
    Value* copy = m_.value(&g_, v->name);
    copy->constant = std::make_shared<Tensor>(*v->constant);
    copy->constant->dims = std::move(dims);
    return copy;
  }

  void affine_input(Node& n);
  void channels(Node& n);
  bool absorb(Node& next, const Value* x, int64_t channels, size_t rank, Builder& b, Affine& a);
  Value* per_channel(const Value* v, int64_t channels, size_t rank);
  void bias(Node& n);
  void activation(Node& n);
  Node* hard_swish(const Value* x) const;

  Model& m_;
  Graph& g_;
  Shapes shapes_;
  Readers readers_;
  std::unordered_map<const Value*, std::vector<int64_t>> made_;  // dimensions of the weights that affine_input makes
  std::vector<Node*> list_;
};

// A constant that is one number, or one a channel of a tensor [N, channels, ...] of that rank; null otherwise.
Value* Fuser::per_channel(const Value* v, int64_t channels, size_t rank) {
  if (!is_f32(v)) return nullptr;
  const std::vector<int64_t>& d = v->constant->dims;
  const int64_t count = element_count(d);
  if (count == 1 && d.size() <= rank) return reshaped(v, {1});
  if (count != channels || d.size() + 1 < rank || d.size() > rank || d[d.size() + 1 - rank] != channels) return nullptr;
  return reshaped(v, {channels});
}

bool Fuser::absorb(Node& next, const Value* x, int64_t channels, size_t rank, Builder& b, Affine& a) {
  const auto times = [&](Value* v, Value* s) { return v ? b.make("Mul", {v, s}) : nullptr; };
  if (next.is("BatchNormalization")) {
    if (next.in.size() < 5 || next.in[0] != x || next.integer("training_mode", 0)) return false;
    for (size_t i = 1; i < 5; ++i)
      if (!is_f32(next.in[i]) || next.in[i]->constant->dims != std::vector<int64_t>{channels}) return false;
    for (size_t i = 1; i < next.out.size(); ++i)
      if (next.out[i] && next.out[i]->uses) return false;
    Value* variance = b.make("Add", {next.in[4], b.real(Type::f32, next.real("epsilon", 1e-5f))});
    Value* s = b.make("Div", {next.in[1], b.make("Sqrt", {variance})});
    Value* t = b.make("Sub", {next.in[2], b.make("Mul", {next.in[3], s})});
    a.shift = a.shift ? b.make("Add", {times(a.shift, s), t}) : t;
    a.scale = a.scale ? times(a.scale, s) : s;
    return true;
  }
  const bool mul = next.is("Mul"), div = next.is("Div"), add = next.is("Add"), sub = next.is("Sub");
  if (!(mul || div || add || sub) || next.in.size() != 2) return false;
  const bool first = next.in[0] == x;
  if (!first && (div || sub)) return false;
  Value* c = per_channel(next.in[first ? 1 : 0], channels, rank);
  if (!c) return false;
  if (div) c = b.make("Div", {b.real(Type::f32, 1), c});
  if (sub) c = b.make("Mul", {c, b.real(Type::f32, -1)});
  if (mul || div) {
    a.scale = a.scale ? times(a.scale, c) : c;
    a.shift = times(a.shift, c);
  } else {
    a.shift = a.shift ? b.make("Add", {a.shift, c}) : c;
  }
  return true;
}

// y = scale (w x + b) + shift  =  (scale w) x + (scale b + shift).
void Fuser::channels(Node& n) {
  const bool transposed = n.op == "ConvTranspose";
  const auto known = [&](const Value* v) { return is_f32(v) || made_.count(v); };
  if (n.in.size() < 2 || !known(n.in[1]) || (n.input(2) && !known(n.in[2]))) return;
  const std::vector<int64_t> w = n.in[1]->constant ? n.in[1]->constant->dims : made_[n.in[1]];
  if (w.size() < 3 || (transposed && n.integer("group", 1) != 1)) return;
  const int64_t channels = w[transposed ? 1 : 0];
  Builder b{m_, &g_, list_, n.name};
  Affine a;
  for (Node* next = single(n.out[0]); next; next = single(n.out[0])) {
    if (!absorb(*next, n.out[0], channels, w.size(), b, a)) break;
    replace(n, *next);
  }
  if (!a.scale && !a.shift) return;
  Value* old = n.input(2);
  n.in.resize(3);
  if (a.scale) {
    std::vector<int64_t> dims(w.size(), 1);
    dims[transposed ? 1 : 0] = -1;
    n.in[1] = b.make("Mul", {n.in[1], b.make("Reshape", {a.scale, b.ints(dims)})});
    if (old) old = b.make("Mul", {old, a.scale});
  }
  Value* sum = old && a.shift ? b.make("Add", {old, a.shift}) : old ? old : a.shift;
  if (sum && !old) sum = b.make("Expand", {sum, b.ints({channels})});
  n.in[2] = sum;
  if (!sum) n.in.pop_back();
}

// w (a x + b) + c  =  (a w) x + (c + b sum(w)), the sum over what makes one output channel.
void Fuser::affine_input(Node& n) {
  if (n.in.size() < 2 || !n.in[0] || !is_f32(n.in[1]) || !single(n.in[0])) return;
  const std::vector<int64_t>& w = n.in[1]->constant->dims;
  const Attribute* automatic = n.find("auto_pad");
  const Attribute* pads = n.find("pads");
  bool points = w.size() >= 3 && (!automatic || automatic->s == "NOTSET" || automatic->s == "VALID");
  for (size_t i = 2; i < w.size(); ++i) points = points && w[i] == 1;
  if (pads)
    for (const int64_t p : pads->ints) points = points && !p;
  Node* add = n.in[0]->producer;
  if (!points || !add || !add->is("Add") || add->graph != &g_ || !find_op("ReduceSum", "")) return;
  const auto number = [&](const Node& node, Value*& x) -> Value* {  // the constant number of x + number, x * number
    for (size_t i = 0; i < 2 && node.in.size() == 2; ++i) {
      x = node.in[1 - i];
      if (is_f32(node.in[i]) && element_count(node.in[i]->constant->dims) == 1) return per_channel(node.in[i], 1, w.size());
    }
    return nullptr;
  };
  Value *product = nullptr, *x = nullptr;
  Value* b = number(*add, product);
  if (!b || !product || product->constant) return;
  Node* mul = product->producer;
  Value* a = mul && mul->is("Mul") && mul->graph == &g_ && single(product) ? number(*mul, x) : nullptr;
  Builder build{m_, &g_, list_, n.name};
  std::vector<int64_t> axes;
  for (size_t i = 1; i < w.size(); ++i) axes.push_back(int64_t(i));
  Node* sum = build.node("ReduceSum", {n.in[1], build.ints(axes)});
  sum->set("keepdims", int64_t(0));
  Value* shift = build.make("Mul", {sum->out[0], b});
  Value* old = n.input(2);
  n.in.resize(3);
  n.in[2] = old ? build.make("Add", {old, shift}) : shift;
  const std::vector<int64_t> dims = w;
  made_[n.in[2]] = {dims[0]};
  if (a) made_[n.in[1] = build.make("Mul", {n.in[1], a})] = dims;
  n.in[0] = a ? x : product;
  auto& readers = readers_[n.in[0]];
  for (Node*& r : readers)
    if (r == (a ? mul : add)) r = &n;
}

void Fuser::bias(Node& n) {
  if (n.in.size() != 2 || !is_f32(n.in[1]) || n.in[1]->constant->dims.size() != 2) return;
  Node* add = single(n.out[0]);
  if (!add || !add->is("Add") || add->in.size() != 2) return;
  const Value* c = add->in[add->in[0] == n.out[0] ? 1 : 0];
  const int64_t columns = n.in[1]->constant->dims[1];
  if (!is_f32(c)) return;
  const std::vector<int64_t>& d = c->constant->dims;
  if (d.empty() || d.back() != columns || element_count(d) != columns) return;
  if (d.size() > 1 && int(d.size()) > rank(n.in[0])) return;  // the sum would have a higher rank
  n.domain = "mote";
  n.in.push_back(reshaped(c, {columns}));
  replace(n, *add);
}

bool is_number(const Value* v, double number) {
  std::vector<double> x;
  return held_reals(v, x) && x.size() == 1 && v->constant->dims.size() <= 1 && std::fabs(x[0] - number) <= 1e-6 * number;
}

// The other input of a two-input node of which one is x; null if x is none of them.
const Value* other(const Node* n, const Value* x) {
  if (n->in.size() != 2) return nullptr;
  return n->in[0] == x ? n->in[1] : n->in[1] == x ? n->in[0] : nullptr;
}

// The last node of x * clip(x + 3, 0, 6) / 6, or of x * HardSigmoid(x) with a slope of 1/6; null if x does not go there.
Node* Fuser::hard_swish(const Value* x) const {
  const auto* both = only(x, 2);
  if (!both) return nullptr;
  const auto sixth = [](const Node* n, const Value* v) {
    return n && ((n->is("Div") && n->in.size() == 2 && n->in[0] == v && is_number(n->in[1], 6)) ||
                 (n->is("Mul") && is_number(other(n, v), 1.0 / 6)));
  };
  for (int i = 0; i < 2; ++i) {
    Node* gate = (*both)[size_t(i)];
    Node* product = (*both)[size_t(1 - i)];
    if (!product->is("Mul") || gate->out.empty()) continue;
    if (gate->is("HardSigmoid")) {
      const bool slope = std::fabs(gate->real("alpha", 0.2f) - 1.0f / 6) < 1e-6f && gate->real("beta", 0.5f) == 0.5f;
      if (slope && other(product, x) == gate->out[0] && single(gate->out[0])) return product;
      continue;
    }
    if (!gate->is("Add") || !is_number(other(gate, x), 3)) continue;
    Node* clip = single(gate->out[0]);
    std::vector<double> low;
    if (!clip || !clip->is("Clip") || !held_reals(clip->input(1), low) || low.size() != 1 || low[0] != 0) continue;
    if (!is_number(clip->input(2), 6)) continue;
    Node* next = single(clip->out[0]);
    if (next == product) {
      Node* last = single(product->out[0]);
      return sixth(last, product->out[0]) ? last : nullptr;
    }
    if (sixth(next, clip->out[0]) && single(next->out[0]) == product && other(product, x) == next->out[0]) return product;
  }
  return nullptr;
}

void Fuser::activation(Node& n) {
  const Value* y = n.out[0];
  const Value* weight = n.input(1);
  if (!weight || type_of(weight) != Type::f32 || type_of(n.in[0]) != Type::f32) return;
  if (Node* last = hard_swish(y)) {
    n.domain = "mote";
    n.set("activation", "HardSwish");
    replace(n, *last);
    return;
  }
  Node* next = single(y);
  if (!next || !next->domain.empty() || next->input(0) != y) return;
  std::vector<float> params;
  if (next->op == "Clip") {
    for (size_t i = 1; i <= 2; ++i) {
      std::vector<double> bound(1, i == 1 ? -INFINITY : INFINITY);
      if (next->input(i) && (!held_reals(next->input(i), bound) || bound.size() != 1)) return;
      params.push_back(float(bound[0]));
    }
  } else if (next->op == "HardSigmoid") {
    params = {next->real("alpha", 0.2f), next->real("beta", 0.5f)};
  } else if (next->op != "Relu" && next->op != "Sigmoid" && next->op != "Tanh" && next->op != "HardSwish") {
    return;
  }
  n.domain = "mote";
  n.set("activation", next->op.c_str());
  if (!params.empty()) n.set("activation_params", std::move(params));
  replace(n, *next);
}

}  // namespace

void fuse(Model& m) {
  Operators operators;
  for (Graph& g : m.graphs) Fuser(m, g, operators).run();
  remove_dead(m);
  fold(m);
}

}  // namespace mote::compiler
