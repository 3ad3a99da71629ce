// Rewrites: one file each in rewrites/, one row each in fusions.def. A rewrite is given a node, looks back
// through its inputs for a pattern that ends there, and makes the node compute the same at once. What only
// the pattern read is dropped.
#pragma once
#include <unordered_map>
#include <unordered_set>

#include "builder.h"
#include "operator.h"

namespace mote::compiler {

class Rewriter {
 public:
  Rewriter(Model& m, Graph& g, Operators& operators, Shapes& known)
      : model(m), graph(&g), shapes(known), operators_(operators) {
    infer(operators, g, shapes);
  }

  Model& model;
  Graph* graph;
  Shapes& shapes;           // of this graph and those around it
  // of the graph's nodes so far: new ones go here, in front of the node that is rewritten
  std::vector<Node*> list;

  std::unordered_map<std::string, Node*> seen;  // by key_of: nodes of the list, for same_node

  // ---- matching

  // The node that computes `v` as its output 0, if it is such a one of this graph and `v` has just `uses`
  // readers; else null.
  Node* step(const Value* v, const char* op, uint32_t uses = 1, const char* domain = "") const;
  // The same, however many read it.
  Node* maker(const Value* v, const char* op, const char* domain = "") const;
  Type type(const Value* v) const;                 // none where it is not known
  bool is_real(const Value* v) const { return type(v) == Type::f32 || type(v) == Type::f16; }
  bool is_f32(const Value* v) const { return v && type(v) == Type::f32; }
  int rank(const Value* v) const;                  // -1: not known
  const mote::Value* shape(const Value* v) const;  // null where the rank is not known
  bool same_shape(const Value* a, const Value* b) const;  // proven
  // from the end where negative; a negative symbol or 0 where it is not a known number
  int64_t dim(const Value* v, int axis) const;
  // One constant number that does not change the shape of what `x` is combined with.
  bool number(const Value* c, const Value* x, double& out) const;
  bool number_is(const Value* c, const Value* x, double want) const;
  // A node of two inputs of which one is a number: the number and the other input.
  bool with_number(const Node& n, double& c, Value*& x) const;
  // A constant, or what comes of constants alone.
  bool is_weight(const Value* v) const { return v && (v->constant || made_.count(v)); }

  // ---- rewriting

  // A node in front of `n`; its shape is inferred.
  Node* add(const Node& n, const char* op, std::vector<Value*> in, const char* domain = "");
  Value* make(const Node& n, const char* op, std::vector<Value*> in) {
    return add(n, op, std::move(in))->out[0];
  }
  Builder build(const Node& n) { return {model, graph, list, n.name}; }
  Value* reshaped(const Value* constant, std::vector<int64_t> dims);  // the same elements
  // n computes its output from `in`, by another operator without attributes.
  void become(Node& n, const char* op, std::vector<Value*> in, const char* domain = "");
  // The readers of n's output read x; false where the output has to stay.
  bool forward(Node& n, Value* x);
  void infer_node(const Node& n) { infer(operators_, n, shapes); }

 private:
  void use(Value* v) { if (v) ++v->uses; }
  void release(Value* v);

  Operators& operators_;
  std::unordered_set<const Value*> made_;
};

struct RewriteRow {  // of fusions.def
  const char* name;
  bool (*apply)(Rewriter& r, Node& n);  // true: n, or what its readers read, is another now
};
extern const RewriteRow rewrites[];
extern const unsigned rewrite_count;

#define REWRITE(name) bool rewrite_##name(Rewriter& r, Node& n);
#include "fusions.def"
#undef REWRITE

// ---- what several rewrites look for

// The other input of a two-input node of which one is x; null if x is none of them.
Value* other(const Node& n, const Value* x);
// The factors of a product: numbers multiplied up in `number`, at most 4 others in `terms`. n is a Mul or
// Div; inner products that others read are terms. False where n is neither, or there are more.
struct Product {
  double number = 1;
  std::vector<Value*> terms;
  Value* partner(const Value* x) const;  // of two terms, the other one
};
bool product_of(const Rewriter& r, const Node& n, Product& p);
// v = x ^ power, as Pow or by multiplication.
bool is_power(const Rewriter& r, const Value* v, const Value* x, int power);
// The one table of functions that fused operators apply: name and numbers; false where n is none.
bool activation_of(const Rewriter& r, const Node& n, const char*& name, std::vector<float>& params);
std::string key_of(const Node& n);  // equal where two nodes compute the same; empty where that cannot be said
bool is_perm(const Node& n, std::initializer_list<int64_t> perm);

}  // namespace mote::compiler
