// Two nodes of one operator with the same attributes and inputs are one: exporters ask for a shape again at
// every use. Not: random operators, nodes with subgraphs, and outputs of the graph.
#include "../rewriter.h"

namespace mote::compiler {
namespace {

template <class T> void put(std::string& key, const std::vector<T>& v) {
  key += text_of(v.size()) + ':';
  key.append(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(T));
}

bool put(std::string& key, const Tensor& t) {
  if (!t.held || t.type == Type::str) return false;
  key += char(t.type);
  put(key, t.dims);
  key += text_of(t.bytes.size()) + ':' + t.bytes;
  return true;
}

}  // namespace

std::string key_of(const Node& n) {
  const OpRow* row = find_op(Text(n.op.c_str(), n.op.size()), Text(n.domain.c_str(), n.domain.size()));
  if (!row || (row->op->flags & (random | holds)) || row->op->control || n.out.size() != 1 || !n.out[0])
    return {};
  std::string key = n.domain + ' ' + n.op;
  for (const Value* v : n.in) {
    key += '|';
    if (v && v->constant && put(key, *v->constant)) continue;
    key.append(reinterpret_cast<const char*>(&v), sizeof v);
  }
  for (const Attribute& a : n.attrs) {
    key += '|' + a.name + char(a.tag) + text_of(a.i) + ' ' + text_of(bits_as<int32_t>(a.f)) + ' ' +
           text_of(a.s.size()) + ':' + a.s;
    put(key, a.floats);
    put(key, a.ints);
    const bool plain = a.tag == Attribute::tensor
                           ? put(key, *a.t)
                           : a.tag < Attribute::sparse && a.tag != Attribute::graph && a.strings.empty();
    if (!plain) return {};
  }
  return key;
}

bool rewrite_same_node(Rewriter& r, Node& n) {
  // what is computed of constants is left to the runtime, which may transform a weight for its one reader
  bool fed = false;
  for (const Value* v : n.in) fed = fed || (v && !r.is_weight(v));
  if (!fed || n.out[0]->is_output) return false;
  const std::string key = key_of(n);
  if (key.empty()) return false;
  const auto it = r.seen.find(key);
  return it != r.seen.end() && it->second != &n && it->second->live && !it->second->out[0]->replaced &&
         r.forward(n, it->second->out[0]);
}

}  // namespace mote::compiler
