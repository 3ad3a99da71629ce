// Computes at compile time what depends on small constants alone, with the runtime's own operators: those that ops.def marks
// `fold`, and views by a copy of their bytes. Everything else that is constant is left to the runtime, which computes it once.
#include <cstring>

#include "../runtime/arena.h"
#include "../runtime/op.h"
#include "builder.h"
#include "passes.h"

namespace mote::compiler {
namespace {

using Tensors = std::vector<mote::Value>;

constexpr Flags flags_never = random | holds;

class Folder {
 public:
  Folder() { scratch_.pages = &pages_; }
  ~Folder() {
    scratch_.destroy();
    pages_.destroy();
  }
  bool fold(Node& n);

 private:
  bool attributes(const Node& n, const Op& op, std::vector<uint64_t>& memory);

  Pages pages_;
  Arena scratch_;
  ErrorRecord error_;                              // of operators that fail: then the runtime shall say so
  std::deque<mote::Value> tensors_;                // tensor attributes of the node
};

// Types whose memory is ONNX's raw layout.
bool foldable(Type t) { return t != Type::str && type_info[unsigned(t)].bits >= 8; }

mote::Value view_of(const Tensor& t) {
  mote::Value v;
  v.type = t.type;
  v.rank = int8_t(t.dims.size());
  for (size_t i = 0; i < t.dims.size(); ++i) v.dims[i] = t.dims[i];
  v.data = const_cast<char*>(t.bytes.data());
  v.bytes = t.bytes.size();
  return v;
}

// Decodes the node's attributes into the operator's struct, as the runtime's graph reader does. False where it would be an error.
bool Folder::attributes(const Node& n, const Op& op, std::vector<uint64_t>& memory) {
  memory.assign((op.attr_bytes + 7) / 8 + 1, 0);
  char* base = reinterpret_cast<char*>(memory.data());
  for (const Attr& row : op.attrs) {
    char* at = base + row.offset;
    const Attribute* a = n.find(row.name);
    if (!a && row.required) return false;
    switch (row.tag) {
      case Attr::integer: new (Place{at}) int64_t(a ? a->i : row.integer_default); break;
      case Attr::real: new (Place{at}) float(a ? (a->tag == Attribute::integer ? float(a->i) : a->f) : row.real_default); break;
      case Attr::text: new (Place{at}) Text(a ? Text(a->s.c_str(), a->s.size()) : Text(row.text_default)); break;
      case Attr::integers:
        if (a) new (Place{at}) Span<const int64_t>{a->ints.empty() ? &int64_max : a->ints.data(), uint32_t(a->ints.size())};
        break;
      case Attr::reals:
        if (a) new (Place{at}) Span<const float>{a->floats.data(), uint32_t(a->floats.size())};
        break;
      case Attr::tensor:
        if (!a) break;
        if (!a->t || !a->t->held || !foldable(a->t->type)) return false;
        new (Place{at}) const mote::Value*(&tensors_.emplace_back(view_of(*a->t)));
        break;
      default:
        if (a) return false;
    }
    static constexpr Attribute::Tag same[] = {Attribute::integer, Attribute::real, Attribute::text, Attribute::integers,
                                              Attribute::reals, Attribute::texts, Attribute::tensor, Attribute::graph};
    if (a && a->tag != same[row.tag] && row.tag != Attr::real) return false;
  }
  for (const Attribute& a : n.attrs) {
    bool known = false;
    for (const Attr& row : op.attrs) known = known || a.name == row.name;
    if (!known) return false;
  }
  return true;
}

bool Folder::fold(Node& n) {
  for (const Value* v : n.in)
    if (v && !(v->constant && v->constant->held && foldable(v->constant->type) && v->constant->bytes.size() <= small_bytes)) return false;
  const OpRow* row = find_op(Text(n.op.c_str(), n.op.size()), Text(n.domain.c_str(), n.domain.size()));
  if (!row) return false;
  const Op& op = *row->op;
  const bool view_only = op.flags & view;
  if ((!row->run && !view_only) || (op.flags & flags_never) || n.in.size() < op.in.min || n.in.size() > op.in.max || n.out.size() > op.out.max)
    return false;
  std::vector<uint64_t> attrs;
  tensors_.clear();
  if (!attributes(n, op, attrs)) return false;

  Tensors in(n.in.size()), out(n.out.size());
  std::vector<mote::Value*> ins, outs;
  for (size_t i = 0; i < n.in.size(); ++i) {
    if (n.in[i]) in[i] = view_of(*n.in[i]->constant);
    if (!n.in[i] && i < op.in.min) return false;
    ins.push_back(n.in[i] ? &in[i] : nullptr);
  }
  for (size_t i = 0; i < n.out.size(); ++i) outs.push_back(n.out[i] ? &out[i] : nullptr);
  Env env;
  env.error = &error_;
  env.scratch = &scratch_;
  env.strings = &scratch_;
  Call call{env, Text(n.op.c_str(), n.op.size()), Text(n.name.c_str(), n.name.size()), nullptr, nullptr, attrs.data(), ins.data(),
            outs.data(), unsigned(ins.size()), unsigned(outs.size())};
  if (op.shape(call) != Status::ok) return false;
  std::vector<std::string> bytes(out.size());
  for (size_t i = 0; i < out.size(); ++i) {
    if (!outs[i]) continue;
    if (!known_rank(out[i]) || !concrete(out[i]) || !foldable(out[i].type) || out[i].kind != Kind::tensor) return false;
    const int64_t count = element_count(std::vector<int64_t>(out[i].dims, out[i].dims + out[i].rank));
    if (count < 0 || uint64_t(count) > small_bytes || uint64_t(count) * size_of(out[i].type) > small_bytes) return false;
    bytes[i].assign(size_t(count) * size_of(out[i].type), '\0');
    out[i].data = bytes[i].data();
    out[i].bytes = bytes[i].size();
  }
  if (view_only) {
    if (!outs[0] || bytes[0].size() != in[0].bytes) return false;
    memcpy(bytes[0].data(), in[0].data, bytes[0].size());
  } else if (row->run(call) != Status::ok) {
    return false;
  }
  scratch_.reset();
  for (size_t i = 0; i < out.size(); ++i) {
    if (!outs[i]) continue;
    auto t = std::make_shared<Tensor>();
    t->type = out[i].type;
    t->dims.assign(out[i].dims, out[i].dims + out[i].rank);
    t->held = true;
    t->bytes = std::move(bytes[i]);
    n.out[i]->constant = std::move(t);
    n.out[i]->producer = nullptr;
  }
  return true;
}

}  // namespace

// Graphs around come before the graphs in them, so that captured constants are folded first.
void fold(Model& m) {
  Folder folder;
  for (Graph& g : m.graphs) {
    size_t kept = 0;
    for (Node* n : g.nodes)
      if (!folder.fold(*n)) g.nodes[kept++] = n;
    g.nodes.resize(kept);
  }
  remove_dead(m);
}

}  // namespace mote::compiler
