#include "operator.h"

#include <cstring>

#include "builder.h"

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
    static constexpr Attribute::Tag same[] = {Attribute::integer,  Attribute::real,  Attribute::text,
                                              Attribute::integers, Attribute::reals, Attribute::texts,
                                              Attribute::tensor,   Attribute::graph};
    if (a ? a->tag != same[row.tag] : row.required) return nullptr;
    if (a) ++found;
    switch (row.tag) {
      case Attr::integer: new (Place{at}) int64_t(a ? a->i : row.integer_default); break;
      case Attr::real: new (Place{at}) float(a ? a->f : row.real_default); break;
      case Attr::text:
        new (Place{at}) Text(a ? Text(a->s.c_str(), a->s.size()) : Text(row.text_default));
        break;
      case Attr::integers:
        if (a)
          new (Place{at})
              Span<const int64_t>{a->ints.empty() ? &int64_max : a->ints.data(), uint32_t(a->ints.size())};
        break;
      case Attr::reals:
        if (a)
          new (Place{at})
              Span<const float>{a->floats.empty() ? &a->f : a->floats.data(), uint32_t(a->floats.size())};
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

Status Operators::call(const Node& n, std::vector<mote::Value*>& in, std::vector<mote::Value*>& out,
                       Status (*f)(Call&)) {
  Env env;
  env.error = &error_;
  env.scratch = &scratch_;
  env.strings = &scratch_;
  env.symbols = symbols_;
  Call c{{Text(n.op.c_str(), n.op.size()), Text(n.name.c_str(), n.name.size()), nullptr, nullptr,
          attrs_.data(), unsigned(in.size()), unsigned(out.size())},
         env,
         in.data(),
         out.data()};
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

namespace {

constexpr size_t most_elements = 16;

// The elements of v; null where they are not known.
const std::vector<Extent>* elements_of(Shapes& shapes, const Value* v) {
  if (!v) return nullptr;
  const auto it = shapes.elements.find(v);
  if (it != shapes.elements.end()) return &it->second;
  std::vector<int64_t> held;
  if (!v->constant || v->constant->dims.size() > 1 || v->constant->bytes.size() > 8 * most_elements ||
      !held_ints(v, held))
    return nullptr;
  std::vector<Extent>& e = shapes.elements[v];
  for (const int64_t n : held) e.push_back({n});
  return &e;
}

// One index in [-n, n], as slices have it, moved into [0, n].
int64_t into(int64_t i, int64_t n) { return i < -n ? 0 : i < 0 ? i + n : i > n ? n : i; }

// What the nodes that exporters compute shapes with give.
bool elements(const Node& n, Shapes& shapes, std::vector<Extent>& out) {
  if (!n.domain.empty() || n.in.empty()) return false;
  if (n.op == "Shape") {
    const auto it = shapes.find(n.in[0]);
    if (it == shapes.end() || it->second.rank < 0) return false;
    const int64_t rank = it->second.rank;
    for (int64_t i = into(n.integer("start", 0), rank), end = into(n.integer("end", rank), rank); i < end;
         ++i)
      out.push_back({it->second.dims[i], it->second.dims[i] < 0});
    return true;
  }
  std::vector<std::vector<Extent>> in;
  for (const Value* v : n.in) {
    const auto* e = elements_of(shapes, v);
    if (!e) return false;
    in.push_back(*e);
  }
  const auto plain = [](const std::vector<Extent>& e) {
    for (const Extent& x : e)
      if (x.symbol) return false;
    return true;
  };
  if (n.op == "Concat") {
    for (const auto& e : in) out.insert(out.end(), e.begin(), e.end());
  } else if (n.op == "Unsqueeze" || n.op == "Squeeze" || n.op == "Reshape" || n.op == "Identity" ||
             (n.op == "Cast" && n.integer("to", 0) == int64_t(Type::i64))) {
    out = in[0];
  } else if (n.op == "Gather" && in.size() == 2 && plain(in[1])) {
    for (const Extent& i : in[1]) {
      const int64_t size = int64_t(in[0].size()), at = i.n < 0 ? i.n + size : i.n;
      if (at < 0 || at >= size) return false;
      out.push_back(in[0][size_t(at)]);
    }
  } else if (n.op == "Slice" && in.size() >= 3 && in[1].size() == 1 && in[2].size() == 1) {
    for (size_t i = 1; i < in.size(); ++i)
      if (!plain(in[i]) || in[i].size() != 1) return false;
    if (in.size() > 4 && in[4][0].n != 1) return false;
    const int64_t size = int64_t(in[0].size());
    for (int64_t i = into(in[1][0].n, size), end = into(in[2][0].n, size); i < end; ++i)
      out.push_back(in[0][size_t(i)]);
  } else if (n.op == "ConstantOfShape" && in[0].size() == 1 && !in[0][0].symbol &&
             uint64_t(in[0][0].n) <= most_elements) {
    const Attribute* a = n.find("value");
    if (!a || !a->t || !a->t->held || a->t->type != Type::i64 || a->t->bytes.size() != 8) return false;
    int64_t v;
    memcpy(&v, a->t->bytes.data(), 8);
    out.assign(size_t(in[0][0].n), Extent{v});
  } else if ((n.op == "Mul" || n.op == "Add" || n.op == "Sub" || n.op == "Equal" || n.op == "Where") &&
             in.size() >= 2) {
    size_t size = 1;
    for (const auto& e : in)
      if (e.size() != 1) size = e.size();
    for (const auto& e : in)
      if (e.size() != 1 && e.size() != size) return false;
    for (size_t i = 0; i < size; ++i) {
      const auto at = [&](size_t k) { return in[k][in[k].size() == 1 ? 0 : i]; };
      const Extent a = at(0), b = at(1);
      int64_t v = 0;
      if (n.op == "Where") {
        if (a.symbol || in.size() != 3) return false;
        out.push_back(a.n ? b : at(2));
      } else if (n.op == "Equal") {  // a dimension is never negative
        if (a.symbol ? b.symbol || b.n >= 0 : b.symbol && a.n >= 0) return false;
        out.push_back({!a.symbol && !b.symbol && a.n == b.n});
      } else if (n.op == "Mul" && (!a.symbol ? a.n == 1 : false)) {
        out.push_back(b);
      } else if (n.op == "Mul" && (!b.symbol ? b.n == 1 : false)) {
        out.push_back(a);
      } else {
        if (a.symbol || b.symbol) return false;
        const bool fits = n.op == "Mul"   ? mul(a.n, b.n, v)
                          : n.op == "Add" ? add(a.n, b.n, v)
                                          : !__builtin_sub_overflow(a.n, b.n, &v);
        if (!fits) return false;
        out.push_back({v});
      }
    }
  } else {
    return false;
  }
  return out.size() <= most_elements;
}

// A Reshape's -1 where all other dimensions are those of x but for numbers: what is left of x's.
void rest_of(const mote::Value& x, mote::Value& y, int at) {
  int64_t left = 1, taken = 1, symbol = 0;
  bool used[max_rank] = {};
  for (int i = 0; i < y.rank; ++i) {
    if (i == at) continue;
    if (y.dims[i] >= 0) {
      if (!mul(taken, y.dims[i], taken)) return;
      continue;
    }
    int k = 0;
    while (k < x.rank && (used[k] || x.dims[k] != y.dims[i])) ++k;
    if (k == x.rank) return;
    used[k] = true;
  }
  for (int k = 0; k < x.rank; ++k) {
    if (used[k]) continue;
    if (x.dims[k] < 0) {
      if (symbol) return;
      symbol = x.dims[k];
    } else if (!mul(left, x.dims[k], left)) {
      return;
    }
  }
  if (!taken || left % taken) return;
  if (!symbol) y.dims[at] = left / taken;
  else if (left == taken) y.dims[at] = symbol;
}

// Symbols of y = Reshape(x, to) or Expand(x, to) that the elements of `to` tell.
void keep_symbols(const Node& n, Shapes& shapes) {
  const auto *to = elements_of(shapes, n.input(1));
  mote::Value& y = shapes[n.out[0]];
  const mote::Value& x = shapes[n.in[0]];
  if (!to) return;
  if (n.op == "Reshape") {
    if (y.rank != int(to->size())) return;
    int rest = -1;
    for (int i = 0; i < y.rank; ++i) {
      const Extent e = (*to)[size_t(i)];
      if (y.dims[i] >= 0) continue;
      if (e.symbol || e.n > 0) y.dims[i] = e.n;
      else if (!e.n && i < x.rank && !n.integer("allowzero", 0)) y.dims[i] = x.dims[i];
      else if (e.n == -1) rest = i;
    }
    if (rest >= 0 && x.rank >= 0) rest_of(x, y, rest);
    return;
  }
  if (x.rank < 0 || y.rank != max(x.rank, int8_t(to->size()))) return;
  for (int i = 0; i < y.rank; ++i) {
    const int from = i - (y.rank - x.rank), k = i - (y.rank - int(to->size()));
    const int64_t a = from < 0 ? 1 : x.dims[from];
    const Extent b = k < 0 ? Extent{1} : (*to)[size_t(k)];
    if (y.dims[i] >= 0) continue;
    if (a == 1) y.dims[i] = b.n;
    else if (!b.symbol && b.n == 1) y.dims[i] = a;
    else if (b.symbol && b.n == a) y.dims[i] = a;
  }
}

}  // namespace

void infer(Operators& operators, const Node& n, Shapes& shapes) {
  std::vector<mote::Value*> in, out;
  bool typed = true;
  for (const Value* v : n.in) {
    if (v && v->constant && !shapes.count(v)) shapes[v] = view_of(*v->constant);
    in.push_back(v ? &shapes[v] : nullptr);
    typed = typed && (!v || shapes[v].type != Type::none);
  }
  for (const Value* v : n.out) out.push_back(v ? &shapes[v] : nullptr);
  const OpRow* row = typed ? operators.bind(n) : nullptr;
  if (!row || (row->op->flags & holds) || operators.shape(n, in, out) != Status::ok) {
    for (mote::Value* v : out)
      if (v) *v = mote::Value();
    return;
  }
  if (n.out.empty() || !n.out[0]) return;
  if (n.is("Reshape") || n.is("Expand")) keep_symbols(n, shapes);
  std::vector<Extent> found;
  if (has(types(Type::i64, Type::i32, Type::boolean), shapes[n.out[0]].type) && shapes[n.out[0]].rank <= 1 &&
      elements(n, shapes, found))
    shapes.elements[n.out[0]] = std::move(found);
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
  for (const Node* n : g.nodes) infer(operators, *n, shapes);
}

}  // namespace mote::compiler
