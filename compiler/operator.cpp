#include "operator.h"

namespace mote::compiler {

bool plain_memory(Type t) { return t != Type::str && type_info[unsigned(t)].bits >= 8; }

mote::Value view_of(const Tensor& t) {
  mote::Value v;
  v.type = t.type;
  v.rank = int8_t(t.dims.size());
  for (size_t i = 0; i < t.dims.size(); ++i) v.dims[i] = t.dims[i];
  if (t.held && plain_memory(t.type)) v.data = const_cast<char*>(t.bytes.data());
  v.bytes = t.bytes.size();
  return v;
}

// Decodes attributes into the operator's struct, as the runtime's graph reader does.
const OpRow* Operators::bind(const Node& n) {
  row_ = find_op(Text(n.op.c_str(), n.op.size()), Text(n.domain.c_str(), n.domain.size()));
  if (!row_) return nullptr;
  const Op& op = *row_->op;
  if (n.in.size() < op.in.min || n.in.size() > op.in.max || n.out.size() > op.out.max) return nullptr;
  for (size_t i = 0; i < op.in.min; ++i)
    if (!n.in[i]) return nullptr;
  tensors_.clear();
  attrs_.assign((op.attr_bytes + 7) / 8 + 1, 0);
  size_t found = 0;
  for (const Attr& row : op.attrs) {
    char* at = reinterpret_cast<char*>(attrs_.data()) + row.offset;
    const Attribute* a = n.find(row.name);
    static constexpr Attribute::Tag same[] = {Attribute::integer, Attribute::real, Attribute::text, Attribute::integers,
                                              Attribute::reals, Attribute::texts, Attribute::tensor, Attribute::graph};
    if (a ? a->tag != same[row.tag] : row.required) return nullptr;
    if (a) ++found;
    switch (row.tag) {
      case Attr::integer: new (Place{at}) int64_t(a ? a->i : row.integer_default); break;
      case Attr::real: new (Place{at}) float(a ? a->f : row.real_default); break;
      case Attr::text: new (Place{at}) Text(a ? Text(a->s.c_str(), a->s.size()) : Text(row.text_default)); break;
      case Attr::integers:
        if (a) new (Place{at}) Span<const int64_t>{a->ints.empty() ? &int64_max : a->ints.data(), uint32_t(a->ints.size())};
        break;
      case Attr::reals:
        if (a) new (Place{at}) Span<const float>{a->floats.empty() ? &a->f : a->floats.data(), uint32_t(a->floats.size())};
        break;
      case Attr::tensor:
        if (!a) break;
        if (!a->t || !a->t->held || !plain_memory(a->t->type)) return nullptr;
        new (Place{at}) const mote::Value*(&tensors_.emplace_back(view_of(*a->t)));
        break;
      default:
        if (a) return nullptr;
    }
  }
  return found == n.attrs.size() ? row_ : nullptr;
}

Status Operators::call(const Node& n, std::vector<mote::Value*>& in, std::vector<mote::Value*>& out, Status (*f)(Call&)) {
  Env env;
  env.error = &error_;
  env.scratch = &scratch_;
  env.strings = &scratch_;
  env.symbols = symbols_;
  Call c{env, Text(n.op.c_str(), n.op.size()), Text(n.name.c_str(), n.name.size()), nullptr, nullptr, attrs_.data(), in.data(),
         out.data(), unsigned(in.size()), unsigned(out.size())};
  const Status s = f(c);
  symbols_ = env.symbols;
  scratch_.reset();
  return s;
}

Status Operators::shape(const Node& n, std::vector<mote::Value*>& in, std::vector<mote::Value*>& out) {
  return call(n, in, out, row_->op->shape);
}

Status Operators::run(const Node& n, std::vector<mote::Value*>& in, std::vector<mote::Value*>& out) {
  return call(n, in, out, row_->run);
}

void infer(Operators& operators, const Graph& g, Shapes& shapes) {
  int64_t symbols = -1000000000;  // of inputs; those that shape() gives out count from -1
  for (const Value* v : g.inputs) {
    mote::Value& s = shapes[v];
    if (!v->type || v->type->kind != Kind::tensor || v->type->optional) continue;
    if (v->type->element > 0 && v->type->element < int64_t(type_count)) s.type = Type(v->type->element);
    if (!v->type->known_shape || v->type->shape.size() > size_t(max_rank)) continue;
    s.rank = int8_t(v->type->shape.size());
    for (int i = 0; i < s.rank; ++i) {
      const int64_t d = v->type->shape[size_t(i)].number;
      s.dims[i] = d >= 0 ? d : --symbols;
    }
  }
  std::vector<mote::Value*> in, out;
  for (const Node* n : g.nodes) {
    in.clear();
    out.clear();
    bool typed = true;
    for (const Value* v : n->in) {
      if (v && v->constant && !shapes.count(v)) shapes[v] = view_of(*v->constant);
      in.push_back(v ? &shapes[v] : nullptr);
      typed = typed && (!v || shapes[v].type != Type::none);
    }
    for (const Value* v : n->out)
      if (v) shapes[v];
    for (size_t i = 0; i < in.size(); ++i)  // the map may have moved nothing, but be sure of the addresses
      if (in[i]) in[i] = &shapes[n->in[i]];
    for (const Value* v : n->out) out.push_back(v ? &shapes[v] : nullptr);
    const OpRow* row = typed ? operators.bind(*n) : nullptr;
    if (!row || (row->op->flags & holds) || operators.shape(*n, in, out) != Status::ok)
      for (mote::Value* v : out)
        if (v) *v = mote::Value();
  }
}

}  // namespace mote::compiler
