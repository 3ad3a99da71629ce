#include "model.h"

namespace mote::compiler {

int64_t element_count(const std::vector<int64_t>& dims) {
  int64_t n = 1;
  bool empty = false, fits = true;
  for (const int64_t d : dims) {
    if (d < 0) return -1;
    if (!d) empty = true;
    else fits = fits && mul(n, d, n);
  }
  return empty ? 0 : fits ? n : -1;
}

const Attribute* Node::find(const char* attribute) const {
  for (const Attribute& a : attrs)
    if (a.name == attribute) return &a;
  return nullptr;
}

int64_t Node::integer(const char* attribute, int64_t otherwise) const {
  const Attribute* a = find(attribute);
  return a && a->tag == Attribute::integer ? a->i : otherwise;
}

float Node::real(const char* attribute, float otherwise) const {
  const Attribute* a = find(attribute);
  return a && a->tag == Attribute::real ? a->f : otherwise;
}

void Node::drop(const char* attribute) {
  for (size_t i = 0; i < attrs.size(); ++i)
    if (attrs[i].name == attribute) { attrs.erase(attrs.begin() + ptrdiff_t(i)); return; }
}

namespace {

Attribute& fresh(Node& n, const char* name, Attribute::Tag tag) {
  n.drop(name);
  Attribute& a = n.attrs.emplace_back();
  a.name = name;
  a.tag = tag;
  return a;
}

}  // namespace

void Node::set(const char* name, int64_t v) { fresh(*this, name, Attribute::integer).i = v; }
void Node::set(const char* name, float v) { fresh(*this, name, Attribute::real).f = v; }
void Node::set(const char* name, const char* v) { fresh(*this, name, Attribute::text).s = v; }
void Node::set(const char* name, std::vector<int64_t> v) {
  fresh(*this, name, Attribute::integers).ints = std::move(v);
}
void Node::set(const char* name, std::vector<float> v) {
  fresh(*this, name, Attribute::reals).floats = std::move(v);
}

Value* Model::value(Graph* g, std::string name) {
  Value& v = values.emplace_back();
  v.graph = g;
  v.name = std::move(name);
  return &v;
}

Node* Model::node(Graph* g, const char* op) {
  Node& n = nodes.emplace_back();
  n.graph = g;
  n.op = op;
  return &n;
}

}  // namespace mote::compiler
