// What rewrites nodes while a model is imported: older opsets (upgrade.cpp), operators that others make up
// (rewrites.cpp).
#pragma once
#include "builder.h"

namespace mote::compiler {

struct Rewrite {
  Builder b;
  Node& n;
  int64_t version;
  std::vector<Node*> after;   // what follows the node

  Value* in(size_t i) const { return n.input(i); }
  void input(size_t i, Value* v) {
    if (n.in.size() <= i) n.in.resize(i + 1);
    n.in[i] = v;
  }
  // An integer-list attribute becomes input i; an absent or empty one leaves it out.
  void ints_to_input(const char* attribute, size_t i) {
    const Attribute* a = n.find(attribute);
    if (a && a->tag == Attribute::integers && !a->ints.empty()) input(i, b.ints(a->ints));
    n.drop(attribute);
  }
  void rename(const char* attribute, const char* to) {
    for (Attribute& a : n.attrs)
      if (a.name == attribute) a.name = to;
  }
  // The node computes output o into a new value, which `op` turns into what it computed before.
  Node* then(const char* op, std::vector<Value*> more, size_t o = 0) {
    Value* y = n.out[o];
    Value* inner = b.model.value(b.graph, y->name + "/before");
    inner->producer = &n;
    n.out[o] = inner;
    Node* last = b.model.node(b.graph, op);
    last->name = n.name;
    last->in = std::move(more);
    last->in.insert(last->in.begin(), inner);
    last->out = {y};
    y->producer = last;
    after.push_back(last);
    return last;
  }
  Status refuse(const char* why) const {
    return fail(*b.model.error, code::cannot_upgrade, {n.name, why}, n.name);
  }
};

// Rewrites r.n where it is an operator of rewrites.def.
Status rewrite_foreign(Rewrite& r);

}  // namespace mote::compiler
