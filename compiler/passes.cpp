// Order, dead nodes and identities.
#include "passes.h"

namespace mote::compiler {
namespace {

// Depth first over an explicit stack; nodes keep their order as far as it is one.
Status sort(Model& m, Graph& g) {
  struct Visit { Node* node; std::vector<Node*> needs; size_t next; };
  std::vector<Node*> sorted;
  std::vector<Visit> stack;
  sorted.reserve(g.nodes.size());
  for (Node* n : g.nodes) n->mark = 0;
  const auto enter = [&](Node* n) {
    Visit& v = stack.emplace_back(Visit{n, {}, 0});
    n->mark = 1;
    const auto need = [&](Value* value) {
      if (value->graph == &g && value->producer) v.needs.push_back(value->producer);
    };
    each_read(*n, need);
  };
  for (Node* root : g.nodes) {
    if (!root->mark) enter(root);
    while (!stack.empty()) {
      Visit& v = stack.back();
      if (v.next == v.needs.size()) {
        v.node->mark = 2;
        sorted.push_back(v.node);
        stack.pop_back();
        continue;
      }
      Node* need = v.needs[v.next++];
      if (need->mark == 1)
        return fail(*m.error, code::cyclic_graph, {need->name.empty() ? need->op : need->name}, need->name);
      if (!need->mark) enter(need);
    }
  }
  g.nodes = std::move(sorted);
  return Status::ok;
}

}  // namespace

Status sort(Model& m) {
  for (Graph& g : m.graphs) TRY(sort(m, g));
  return Status::ok;
}

void remove_dead(Model& m) {
  std::vector<Node*> work;
  for (Node& n : m.nodes) n.live = false;
  for (Value& v : m.values) {
    v.uses = 0;
    v.is_output = false;
  }
  const auto use = [&](Value* v) {
    ++v->uses;
    if (!v->producer || v->producer->live) return;
    v->producer->live = true;
    work.push_back(v->producer);
  };
  const auto use_outputs = [&](Graph& g) {
    for (Value* v : g.outputs) {
      v->is_output = true;
      use(v);
    }
  };
  use_outputs(m.graphs[0]);
  while (!work.empty()) {
    Node* n = work.back();
    work.pop_back();
    for (Value* v : n->in)
      if (v) use(v);
    for (const Attribute& a : n->attrs)
      if (a.g) use_outputs(*a.g);
  }
  for (Graph& g : m.graphs) {
    size_t kept = 0;
    for (Node* n : g.nodes)
      if (n->live) g.nodes[kept++] = n;
    g.nodes.resize(kept);
  }
}

// An output of a graph keeps its name, and is always computed by a node of that graph: an Identity stays
// where nothing else does that.
void remove_identities(Model& m) {
  for (Value& v : m.values) v.replaced = nullptr;
  for (Node& n : m.nodes) {
    const bool dropout = n.is("Dropout") && !n.input(2) && !(n.out.size() > 1 && n.out[1] && n.out[1]->uses);
    if (!n.live || n.out.empty() || !n.out[0] || !n.input(0) || !(n.is("Identity") || dropout)) continue;
    Value* x = n.in[0];
    while (x->replaced) x = x->replaced;
    Value* y = n.out[0];
    if (!y->is_output) {
      y->replaced = x;
    } else if (!x->is_output && x->producer && x->graph == y->graph && !x->replaced) {
      // The node in front computes the output itself. x and y change places, so that heads still name y.
      for (Value*& o : x->producer->out)
        if (o == x) o = y;
      y->producer = x->producer;
      x->producer = nullptr;
      x->replaced = y;
    }
  }
  const auto follow = [](Value*& v) {
    while (v && v->replaced) v = v->replaced;
  };
  for (Node& n : m.nodes)
    for (Value*& v : n.in) follow(v);
  for (Graph& g : m.graphs) {
    for (Value*& v : g.outputs) follow(v);
    size_t kept = 0;
    for (Node* n : g.nodes) {
      const bool gone = !n->out.empty() && n->out[0] && (n->out[0]->replaced || n->out[0]->producer != n);
      if (!gone) g.nodes[kept++] = n;
    }
    g.nodes.resize(kept);
  }
  remove_dead(m);
}

void anchor_outputs(Model& m) {
  for (Graph& g : m.graphs) {
    for (size_t i = 0; i < g.outputs.size(); ++i) {
      Value* v = g.outputs[i];
      bool again = false;
      for (size_t k = 0; k < i; ++k) again = again || g.outputs[k] == v;
      if (v->producer && v->graph == &g && !again) continue;
      Node* n = m.node(&g, "Identity");
      n->name = g.output_names[i];
      n->in = {v};
      Value* y = m.value(&g, g.output_names[i]);
      y->producer = n;
      y->uses = 1;
      y->is_output = true;
      n->out = {y};
      g.nodes.push_back(n);
      g.outputs[i] = y;
    }
  }
}

}  // namespace mote::compiler
