#include "builder.h"

#include <cstring>

#include "../runtime/element.h"

namespace mote::compiler {

Value* constant(Model& model, Graph* g, std::string name, Type type, std::vector<int64_t> dims,
                std::string bytes) {
  auto t = std::make_shared<Tensor>();
  t->type = type;
  t->dims = std::move(dims);
  t->held = true;
  t->bytes = std::move(bytes);
  Value* v = model.value(g, std::move(name));
  v->constant = std::move(t);
  return v;
}

Node* Builder::node(const char* op, std::vector<Value*> in, const char* domain) {
  Node* n = model.node(graph, op);
  n->domain = domain;
  n->name = name + "/" + op;
  n->in = std::move(in);
  Value* y = model.value(graph, n->name);
  y->producer = n;
  n->out.push_back(y);
  list.push_back(n);
  return n;
}

Value* Builder::ints(const std::vector<int64_t>& v) {
  return constant(model, graph, name + "/ints", Type::i64, {int64_t(v.size())},
                  std::string(reinterpret_cast<const char*>(v.data()), v.size() * 8));
}

Value* Builder::scalar(int64_t v) {
  return constant(model, graph, name + "/int", Type::i64, {},
                  std::string(reinterpret_cast<const char*>(&v), 8));
}

Value* Builder::real(Type type, double v) {
  std::string bytes(size_of(type), '\0');
  store_reals(type, bytes.data(), 1, 1, &v);
  return constant(model, graph, name + "/real", type, {}, std::move(bytes));
}

Value* Builder::reals(const std::vector<float>& v) {
  return constant(model, graph, name + "/reals", Type::f32, {int64_t(v.size())},
                  std::string(reinterpret_cast<const char*>(v.data()), v.size() * 4));
}

Type type_of(const Value* v) {
  for (int steps = 0; v && steps < 10000; ++steps) {
    if (v->constant) return v->constant->type;
    if (!v->producer) {
      const int64_t declared = v->type ? v->type->element : 0;
      return declared > 0 && declared < int64_t(type_count) ? Type(declared) : Type::f32;
    }
    const Node& n = *v->producer;
    struct Row { const char* op; Type type; };
    static constexpr Row rows[] = {
      {"Shape", Type::i64}, {"Size", Type::i64}, {"ArgMax", Type::i64}, {"ArgMin", Type::i64}, {"NonZero", Type::i64},
      {"Equal", Type::boolean}, {"Less", Type::boolean}, {"Greater", Type::boolean}, {"LessOrEqual", Type::boolean},
      {"GreaterOrEqual", Type::boolean}, {"Not", Type::boolean}, {"And", Type::boolean}, {"Or", Type::boolean}, {"Xor", Type::boolean},
      {"IsNaN", Type::boolean}, {"IsInf", Type::boolean}, {"NonMaxSuppression", Type::i64}, {"MatMulInteger", Type::i32},
      {"ConvInteger", Type::i32},
    };
    for (const Row& r : rows)
      if (n.op == r.op) return r.type;
    if (n.op == "Cast") return Type(n.integer("to", 1));
    if (n.op == "ConstantOfShape") {
      const Attribute* a = n.find("value");
      return a && a->t ? a->t->type : Type::f32;
    }
    const bool second =
        n.op == "Where" || n.op == "DequantizeLinear" || n.op == "CastLike" || n.op == "If" || n.op == "Loop";
    v = n.input(second ? 1 : 0);
  }
  return Type::f32;
}

bool held_reals(const Value* v, std::vector<double>& out) {
  if (!v || !v->constant || !v->constant->held || !has(float_types, v->constant->type)) return false;
  out.resize(size_t(element_count(v->constant->dims)));
  load_reals(v->constant->type, v->constant->bytes.data(), 1, out.size(), out.data());
  return true;
}

bool held_ints(const Value* v, std::vector<int64_t>& out) {
  if (!v || !v->constant || !v->constant->held || !has(int_types, v->constant->type)) return false;
  out.resize(size_t(element_count(v->constant->dims)));
  load_ints(v->constant->type, v->constant->bytes.data(), 1, out.size(), out.data());
  return true;
}

}  // namespace mote::compiler
