// The derivatives of y, or of its sum, by xs: one rule an operator, applied from y backwards. Shapes are not
// known here, so rules emit what reads them (Shape, Expand, Reshape). Where inputs are not the tensors that
// xs and zs name, what computes y is copied with them in their places. At points where a function has no
// derivative (|x| at 0) it is that of one side, or 0.
#include "gradient.h"

#include <unordered_map>
#include <unordered_set>

#include "../runtime/op.h"
#include "builder.h"
#include "passes.h"

namespace mote::compiler {
namespace {

class Tape {
 public:
  Tape(Model& m, Graph& g, const std::string& name) : b_{m, &g, g.nodes, name}, graph_(&g) {}

  Status run(const Gradient& what);

 private:
  friend struct Rule;
  struct Rule {
    const char* ops;  // names between spaces
    void (*apply)(Tape& t, const Node& n, Value* g);
  };
  static const Rule rules[];

  // ---- nodes

  Value* op(const char* name, std::vector<Value*> in) { return b_.make(name, std::move(in)); }
  Value* with(const char* name, std::vector<Value*> in, const char* attribute, int64_t v) {
    Node* n = b_.node(name, std::move(in));
    n->set(attribute, v);
    return n->out[0];
  }
  Value* number(double v, Value* like) { return op("CastLike", {b_.real(Type::f64, v), like}); }
  Value* shape(Value* v) { return op("Shape", {v}); }
  Value* rank(Value* v) { return op("Size", {shape(v)}); }  // int64 []
  Value* part_of_shape(Value* v, int64_t axis) {            // int64 [1]
    Node* n = b_.node("Shape", {v});
    n->set("start", axis);
    if (axis != -1) n->set("end", axis + 1);
    return n->out[0];
  }
  Value* filled(double v, Value* like) { return op("Expand", {number(v, like), shape(like)}); }
  Value* reshaped(Value* v, Value* to) { return with("Reshape", {v, to}, "allowzero", 1); }
  Value* flat(Value* v) { return op("Reshape", {v, b_.ints({-1})}); }
  Value* concat(std::vector<Value*> parts) { return with("Concat", std::move(parts), "axis", 0); }
  Value* ones(Value* n) {  // int64 [n], of an int64 []
    return op("Expand", {b_.scalar(1), op("Reshape", {n, b_.ints({1})})});
  }
  Value* einsum(const char* equation, Value* x, Value* y) {
    Node* n = b_.node("Einsum", {x, y});
    n->set("equation", equation);
    return n->out[0];
  }
  Value* gemm(Value* x, Value* y, bool turn_x, bool turn_y, float alpha) {
    Node* n = b_.node("Gemm", {x, y});
    n->set("transA", int64_t(turn_x));
    n->set("transB", int64_t(turn_y));
    n->set("alpha", alpha);
    return n->out[0];
  }
  Value* times(Value* x, Value* y) { return op("Mul", {x, y}); }
  Value* minus(Value* x, Value* y) { return op("Sub", {x, y}); }
  Value* where(Value* c, Value* g) { return op("Where", {c, g, number(0, g)}); }
  // v summed over what broadcasting `to` made of it.
  Value* unbroadcast(Value* v, Value* to) {
    Value *want = shape(to), *have = shape(v);
    Value* padded = concat({ones(minus(rank(v), rank(to))), want});
    Value* axes = flat(op("NonZero", {op("Not", {op("Equal", {padded, have})})}));
    Node* sum = b_.node("ReduceSum", {v, axes});
    sum->set("noop_with_empty_axes", int64_t(1));
    return reshaped(sum->out[0], want);
  }

  // ---- rules

  Value* gradient(const Value* v) const {
    const auto it = gradients_.find(v);
    return it == gradients_.end() ? nullptr : it->second;
  }
  bool wants(const Node& n, size_t i) const { return n.input(i) && needed_.count(n.input(i)); }
  void give(const Node& n, size_t i, Value* g) {
    if (!wants(n, i)) return;
    Value*& sum = gradients_[n.input(i)];
    sum = sum ? op("Add", {sum, g}) : g;
  }
  void give_sum(const Node& n, size_t i, Value* g) {
    if (wants(n, i)) give(n, i, unbroadcast(g, n.input(i)));
  }
  void mat_mul(const Node& n, Value* g);
  void reduce(const Node& n, Value* g);
  void moved(const Node& n, Value* g);
  void split(const Node& n);
  void concatenated(const Node& n, Value* g);

  void walk(Value* y);
  void copy(const Gradient& what, std::vector<Value*>& xs, Value*& y);

  Builder b_;
  const Graph* graph_;
  std::vector<Node*> order_;  // what computes y, each node behind those that it reads
  std::unordered_set<const Value*> named_, needed_;
  std::unordered_map<const Value*, Value*> gradients_;
};

void Tape::mat_mul(const Node& n, Value* g) {
  // Vectors as matrices: a row on the left, a column on the right.
  Value* ranks[2] = {rank(n.in[0]), rank(n.in[1])};
  const auto lacking = [&](size_t i) { return op("Max", {minus(b_.scalar(2), ranks[i]), b_.scalar(0)}); };
  Value *rows = lacking(0), *columns = lacking(1);
  Value* x = reshaped(n.in[0], concat({ones(rows), shape(n.in[0])}));
  Value* y = reshaped(n.in[1], concat({shape(n.in[1]), ones(columns)}));
  const auto one = [&](Value* v) { return op("Reshape", {v, b_.ints({1})}); };
  Value* inner = minus(op("Add", {rank(g), op("Add", {rows, columns})}), b_.scalar(2));
  Value* batch = op("Slice", {shape(g), b_.ints({0}), one(inner)});
  Value* full = reshaped(g, concat({batch, part_of_shape(x, -2), part_of_shape(y, -1)}));
  if (wants(n, 0))
    give(n, 0, reshaped(unbroadcast(einsum("...ik,...jk->...ij", full, y), x), shape(n.in[0])));
  if (wants(n, 1))
    give(n, 1, reshaped(unbroadcast(einsum("...ki,...kj->...ij", x, full), y), shape(n.in[1])));
}

void Tape::reduce(const Node& n, Value* g) {
  Value *x = n.in[0], *y = n.out[0], *axes = n.input(1);
  if (!axes && n.integer("noop_with_empty_axes", 0)) axes = b_.ints({});
  // As if keepdims were 1; over all axes Expand does with a scalar.
  const auto kept = [&](Value* v) {
    return n.integer("keepdims", 1) || !axes ? v : op("Unsqueeze", {v, axes});
  };
  const auto wide = [&](Value* v) { return op("Expand", {kept(v), shape(x)}); };
  if (n.op == "ReduceMean")
    g = op("Div", {g, op("CastLike",
                         {op("Div", {op("Size", {x}), op("Max", {op("Size", {y}), b_.scalar(1)})}), g})});
  Value* all = wide(g);
  if (n.op == "ReduceSumSquare") all = times(all, times(x, number(2, x)));
  if (n.op == "ReduceL2") all = times(all, op("Div", {x, wide(y)}));
  if (n.op == "ReduceLogSumExp") all = times(all, op("Exp", {minus(x, wide(y))}));
  if (n.op == "ReduceLogSum") all = op("Div", {all, op("Exp", {wide(y)})});
  if (n.op == "ReduceL1") all = times(all, op("Sign", {x}));
  if (n.op == "ReduceMax" || n.op == "ReduceMin") all = where(op("Equal", {x, wide(y)}), all);
  give(n, 0, all);
}

// Operators that only move elements: moved in the same way, the numbers of the elements say where each one
// came from.
void Tape::moved(const Node& n, Value* g) {
  Value *x = n.in[0], *count = op("Size", {x});
  std::vector<Value*> in = n.in;
  in[0] = reshaped(op("Range", {b_.scalar(0), count, b_.scalar(1)}), shape(x));
  Node* from = b_.node(n.op.c_str(), std::move(in), n.domain.c_str());
  from->attrs = n.attrs;
  Node* sums = b_.node("ScatterElements", {flat(filled(0, x)), flat(from->out[0]), flat(g)});
  b_.list.pop_back();
  b_.list.push_back(sums);
  sums->set("axis", int64_t(0));
  sums->set("reduction", "add");
  give(n, 0, reshaped(sums->out[0], shape(x)));
}

void Tape::split(const Node& n) {
  std::vector<Value*> parts;
  for (Value* y : n.out) {
    Value* g = y ? gradient(y) : nullptr;
    if (!y) return;
    parts.push_back(g ? g : filled(0, y));
  }
  give(n, 0, with("Concat", std::move(parts), "axis", n.integer("axis", 0)));
}

void Tape::concatenated(const Node& n, Value* g) {
  const int64_t axis = n.integer("axis", 0);
  std::vector<Value*> sizes;
  for (Value* x : n.in) sizes.push_back(part_of_shape(x, axis));
  Node* parts = b_.node("Split", {g, concat(std::move(sizes))});
  b_.list.pop_back();
  b_.list.push_back(parts);
  parts->set("axis", axis);
  for (size_t i = 1; i < n.in.size(); ++i) {
    Value* v = b_.model.value(b_.graph, parts->name + "/" + std::to_string(i));
    v->producer = parts;
    parts->out.push_back(v);
  }
  for (size_t i = 0; i < n.in.size(); ++i) give(n, i, parts->out[i]);
}

// x: the input, y: the output, g: the derivative by y.
#define OF_ONE(...)                      \
  [](Tape& t, const Node& n, Value* g) { \
    Value *x = n.in[0], *y = n.out[0];   \
    (void)x;                             \
    (void)y;                             \
    t.give(n, 0, __VA_ARGS__);           \
  }
const Tape::Rule Tape::rules[] = {
  {" Identity Dropout ", OF_ONE(g)},
  {" Neg ", OF_ONE(t.op("Neg", {g}))},
  {" Exp ", OF_ONE(t.times(g, y))},
  {" Log ", OF_ONE(t.op("Div", {g, x}))},
  {" Sqrt ", OF_ONE(t.op("Div", {g, t.op("Add", {y, y})}))},
  {" Reciprocal ", OF_ONE(t.op("Neg", {t.times(g, t.times(y, y))}))},
  {" Abs ", OF_ONE(t.times(g, t.op("Sign", {x})))},
  {" Sin ", OF_ONE(t.times(g, t.op("Cos", {x})))},
  {" Cos ", OF_ONE(t.op("Neg", {t.times(g, t.op("Sin", {x}))}))},
  {" Tan ", OF_ONE(t.times(g, t.op("Add", {t.times(y, y), t.number(1, y)})))},
  {" Sinh ", OF_ONE(t.times(g, t.op("Cosh", {x})))},
  {" Cosh ", OF_ONE(t.times(g, t.op("Sinh", {x})))},
  {" Atan ", OF_ONE(t.op("Div", {g, t.op("Add", {t.times(x, x), t.number(1, x)})}))},
  {" Tanh ", OF_ONE(t.times(g, t.minus(t.number(1, y), t.times(y, y))))},
  {" Sigmoid ", OF_ONE(t.times(g, t.times(y, t.minus(t.number(1, y), y))))},
  {" Softplus ", OF_ONE(t.times(g, t.op("Sigmoid", {x})))},
  {" Erf ", OF_ONE(t.times(g, t.times(t.number(1.1283791670955126, x), t.op("Exp", {t.op("Neg", {t.times(x, x)})}))))},
  {" Relu ", OF_ONE(t.where(t.op("Greater", {x, t.number(0, x)}), g))},
  {" LeakyRelu ", OF_ONE(t.op("Where", {t.op("Less", {x, t.number(0, x)}), t.times(g, t.number(double(n.real("alpha", 0.01f)), g)), g}))},
  {" Elu ", OF_ONE(t.op("Where", {t.op("Less", {x, t.number(0, x)}), t.times(g, t.op("Add", {y, t.number(double(n.real("alpha", 1)), y)})), g}))},
  {" Clip ", OF_ONE(t.where(t.op("Equal", {x, y}), g))},
  {" Cast CastLike ", OF_ONE(t.op("CastLike", {g, x}))},
  {" Reshape Flatten Squeeze Unsqueeze ", OF_ONE(t.reshaped(g, t.shape(x)))},
  {" Expand ", OF_ONE(t.unbroadcast(g, x))},
  {" Slice Gather GatherElements GatherND Tile Compress DepthToSpace SpaceToDepth ReverseSequence ",
   [](Tape& t, const Node& n, Value* g) { t.moved(n, g); }},
  {" ReduceSum ReduceMean ReduceSumSquare ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMin ",
   [](Tape& t, const Node& n, Value* g) { t.reduce(n, g); }},
  {" MatMul ", [](Tape& t, const Node& n, Value* g) { t.mat_mul(n, g); }},
  {" Concat ", [](Tape& t, const Node& n, Value* g) { t.concatenated(n, g); }},
  {" Split ", [](Tape& t, const Node& n, Value*) { t.split(n); }},
  {" Add Sum ", [](Tape& t, const Node& n, Value* g) {
    for (size_t i = 0; i < n.in.size(); ++i) t.give_sum(n, i, g);
  }},
  {" Mean ", [](Tape& t, const Node& n, Value* g) {
    g = t.op("Div", {g, t.number(double(n.in.size()), g)});
    for (size_t i = 0; i < n.in.size(); ++i) t.give_sum(n, i, g);
  }},
  {" Max Min ", [](Tape& t, const Node& n, Value* g) {
    for (size_t i = 0; i < n.in.size(); ++i) t.give_sum(n, i, t.where(t.op("Equal", {n.in[i], n.out[0]}), g));
  }},
  {" Sub ", [](Tape& t, const Node& n, Value* g) {
    t.give_sum(n, 0, g);
    t.give_sum(n, 1, t.op("Neg", {g}));
  }},
  {" Mul ", [](Tape& t, const Node& n, Value* g) {
    t.give_sum(n, 0, t.times(g, n.in[1]));
    t.give_sum(n, 1, t.times(g, n.in[0]));
  }},
  {" Div ", [](Tape& t, const Node& n, Value* g) {
    Value* by = t.op("Div", {g, n.in[1]});
    t.give_sum(n, 0, by);
    t.give_sum(n, 1, t.op("Neg", {t.times(by, n.out[0])}));
  }},
  {" Pow ", [](Tape& t, const Node& n, Value* g) {
    Value *x = n.in[0], *p = t.op("CastLike", {n.in[1], x});
    t.give_sum(n, 0, t.times(g, t.times(p, t.op("Pow", {x, t.minus(p, t.number(1, p))}))));
    t.give_sum(n, 1, t.op("CastLike", {t.times(g, t.times(n.out[0], t.op("Log", {x}))), n.in[1]}));
  }},
  {" Where ", [](Tape& t, const Node& n, Value* g) {
    t.give_sum(n, 1, t.where(n.in[0], g));
    t.give_sum(n, 2, t.where(t.op("Not", {n.in[0]}), g));
  }},
  {" PRelu ", [](Tape& t, const Node& n, Value* g) {
    Value* low = t.op("Less", {n.in[0], t.number(0, n.in[0])});
    t.give(n, 0, t.op("Where", {low, t.times(g, n.in[1]), g}));
    t.give_sum(n, 1, t.where(low, t.times(g, n.in[0])));
  }},
  {" Gemm ", [](Tape& t, const Node& n, Value* g) {
    const bool turn_a = n.integer("transA", 0), turn_b = n.integer("transB", 0);
    const float alpha = n.real("alpha", 1), beta = n.real("beta", 1);
    Value *a = n.in[0], *b = n.in[1];
    t.give(n, 0, turn_a ? t.gemm(b, g, turn_b, true, alpha) : t.gemm(g, b, false, !turn_b, alpha));
    t.give(n, 1, turn_b ? t.gemm(g, a, true, turn_a, alpha) : t.gemm(a, g, !turn_a, false, alpha));
    t.give_sum(n, 2, beta == 1 ? g : t.times(g, t.number(double(beta), g)));
  }},
  {" Transpose ", [](Tape& t, const Node& n, Value* g) {
    Node* back = t.b_.node("Transpose", {g});
    if (const Attribute* perm = n.find("perm")) {
      std::vector<int64_t> order(perm->ints.size());
      for (size_t i = 0; i < order.size(); ++i)
        if (const int64_t to = perm->ints[i]; to >= 0 && size_t(to) < order.size()) order[size_t(to)] = int64_t(i);
      back->set("perm", std::move(order));
    }
    t.give(n, 0, back->out[0]);
  }},
  {" Softmax LogSoftmax ", [](Tape& t, const Node& n, Value* g) {
    Value *y = n.out[0], *axis = t.b_.ints({n.integer("axis", -1)});
    const auto sum = [&](Value* v) { return t.op("ReduceSum", {v, axis}); };
    if (n.op == "Softmax") t.give(n, 0, t.times(y, t.minus(g, sum(t.times(g, y)))));
    else t.give(n, 0, t.minus(g, t.times(t.op("Exp", {y}), sum(g))));
  }},
  // Constant between its steps, or about shapes.
  {" Sign Floor Ceil Round Shape Size ConstantOfShape Range ArgMax ArgMin NonZero Equal Less LessOrEqual Greater GreaterOrEqual"
   " Not And Or Xor IsNaN IsInf EyeLike ", [](Tape&, const Node&, Value*) {}},
};
#undef OF_ONE

// Whether a node has the inputs that its operator must have, which rules read.
bool whole(const Node& n) {
  const OpRow* row = find_op(Text(n.op.c_str(), n.op.size()), "");
  for (size_t i = 0; row && i < row->op->in.min; ++i)
    if (!n.input(i)) return false;
  return row;
}

// Nodes of this graph that y depends on, up to what is named.
void Tape::walk(Value* y) {
  struct Step {
    Node* node;
    std::vector<Value*> reads;
    size_t next = 0;
  };
  std::vector<Step> stack;
  std::unordered_set<const Node*> seen;
  const auto enter = [&](const Value* v) {
    Node* n = v->producer;
    if (!n || n->graph != graph_ || named_.count(v) || !seen.insert(n).second) return;
    Step s{n, {}};
    const auto read = [&](Value* x) {
      if (x->graph == graph_) s.reads.push_back(x);
    };
    each_read(*n, read);
    stack.push_back(std::move(s));
  };
  enter(y);
  while (!stack.empty()) {
    Step& s = stack.back();
    if (s.next < s.reads.size()) {
      enter(s.reads[s.next++]);
      continue;
    }
    order_.push_back(s.node);
    stack.pop_back();
  }
}

// The nodes between what is named and y once more, with the node's inputs in place of what is named.
void Tape::copy(const Gradient& what, std::vector<Value*>& xs, Value*& y) {
  std::unordered_map<const Value*, Value*> now;
  for (size_t i = 0; i < what.xs.size(); ++i) now[what.xs[i]] = xs[i] = what.node->in[i];
  for (size_t i = 0; i < what.zs.size(); ++i) now[what.zs[i]] = what.node->in[what.xs.size() + i];
  std::vector<Node*> order;
  for (Node* n : order_) {
    bool plain = true, other = false;
    for (const Attribute& a : n->attrs) plain = plain && !a.g;
    for (const Value* v : n->in) other = other || now.count(v);
    if (!other || !plain) {
      order.push_back(n);
      continue;
    }
    Node* again = b_.model.node(b_.graph, n->op.c_str());
    again->domain = n->domain;
    again->name = b_.name + "/" + n->name;
    again->attrs = n->attrs;
    for (Value* v : n->in) again->in.push_back(now.count(v) ? now[v] : v);
    for (Value* v : n->out) {
      again->out.push_back(v ? b_.model.value(b_.graph, b_.name + "/" + v->name) : nullptr);
      if (v) again->out.back()->producer = again, now[v] = again->out.back();
    }
    b_.list.push_back(again);
    order.push_back(again);
  }
  order_ = std::move(order);
  if (now.count(y)) y = now[y];
  named_.clear();
  for (const auto& [name, v] : now) named_.insert(v);
}

Status Tape::run(const Gradient& what) {
  Node& n = *what.node;
  std::vector<Value*> xs = what.xs;
  Value* y = what.y;
  named_.insert(xs.begin(), xs.end());
  named_.insert(what.zs.begin(), what.zs.end());
  walk(y);
  bool same = true;
  for (size_t i = 0; i < n.in.size(); ++i)
    same = same && n.in[i] == (i < xs.size() ? xs[i] : what.zs[i - xs.size()]);
  if (!same) copy(what, xs, y);
  needed_.insert(xs.begin(), xs.end());
  for (const Node* at : order_) {
    bool depends = false;
    const auto read = [&](const Value* v) { depends = depends || needed_.count(v); };
    each_read(*at, read);
    if (depends) needed_.insert(at->out.begin(), at->out.end());
  }
  needed_.erase(nullptr);
  gradients_[y] = filled(1, y);
  for (size_t i = order_.size(); i-- > 0;) {
    const Node& at = *order_[i];
    Value* g = nullptr;
    bool depends = false;
    for (const Value* v : at.out)
      if (v && needed_.count(v) && gradient(v)) depends = true, g = v == at.out[0] ? gradient(v) : g;
    if (!depends) continue;
    const Rule* found = nullptr;
    for (const Rule& r : rules)
      if (at.domain.empty() && std::string(r.ops).find(" " + at.op + " ") != std::string::npos) found = &r;
    const bool trains = at.op == "Dropout" && at.input(2), lone = g || at.op == "Split";
    if (!found || trains || !lone || !whole(at))
      return fail(*b_.model.error, code::no_derivative,
                  {n.name, at.domain.empty() ? at.op : at.domain + "." + at.op, at.name}, n.name);
    found->apply(*this, at, g);
  }
  for (size_t i = 0; i < n.out.size() && i < xs.size(); ++i) {
    if (!n.out[i]) continue;
    Value* g = gradient(xs[i]);
    Node* last = b_.node("Identity", {g ? g : filled(0, xs[i])});
    b_.list.pop_back();
    b_.list.push_back(last);
    last->out[0] = n.out[i];
    n.out[i]->producer = last;
  }
  return Status::ok;
}

}  // namespace

Status differentiate(Model& m, Graph& g, const Gradient& what) {
  return Tape(m, g, what.node->name).run(what);
}

}  // namespace mote::compiler
