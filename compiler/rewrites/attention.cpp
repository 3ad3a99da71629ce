// Scaled dot product attention as exporters write it, of rank 3 or 4: softmax(q k^T scale + mask) v, the
// scale on q, k (shared by square roots too) or the scores, as Mul or Div; any number of added masks;
// PyTorch's guard Where(IsNaN(p), 0, p); heads moved to the front by Transpose before and back after. Becomes
// mote.Attention (ops/fused_attention.cpp), whose scores never reach memory as a whole and which reads heads
// where they lie. The scale is applied in another place: an ulp or two of a score.
#include "../rewriter.h"

namespace mote::compiler {
namespace {

struct Operand {
  Value* value;
  double scale = 1;
  Value* factors[2] = {};  // numbers that are only known at run time
  int found = 0;
};

// Takes off factors: numbers go into scale, tensors of one element into factors.
void peel(const Rewriter& r, Operand& o) {
  for (;;) {
    const Node* n = r.step(o.value, "Mul");
    const bool div = !n && (n = r.step(o.value, "Div"));
    double c;
    Value* x;
    if (!n || n->in.size() != 2) return;
    if (r.with_number(*n, c, x) && x && (!div || n->in[0] == x)) {
      o.scale = div ? o.scale / c : o.scale * c;
      o.value = x;
      continue;
    }
    bool taken = false;
    for (size_t i = 0; i < 2 && !div && !taken && o.found < 2; ++i) {
      Value* f = n->in[i];
      const int rank = r.rank(f);
      bool one = rank >= 0 && rank <= r.rank(n->in[1 - i]);
      for (int k = 0; k < rank; ++k) one = one && r.dim(f, k) == 1;
      if (!one || r.rank(n->in[1 - i]) < 3) continue;
      o.factors[o.found++] = f;
      o.value = n->in[1 - i];
      taken = true;
    }
    if (!taken) return;
  }
}

const Node* transpose(const Rewriter& r, const Value* v, std::initializer_list<int64_t> perm) {
  const Node* n = r.maker(v, "Transpose");
  return n && is_perm(*n, perm) ? n : nullptr;
}

}  // namespace

bool rewrite_attention(Rewriter& r, Node& n) {
  if (!n.is("MatMul") || n.in.size() != 2 || !r.is_f32(n.out[0]) || !find_op("Attention", "mote"))
    return false;
  Value *p = n.in[0], *v = n.in[1];
  bool guard = false;
  if (const Node* where = r.step(p, "Where"); where && where->in.size() == 3) {
    const Node* nan = r.step(where->in[0], "IsNaN");
    double zero;
    if (!nan || nan->in[0] != where->in[2] || !r.number(where->in[1], where->in[2], zero) || zero != 0)
      return false;
    guard = true;
    p = where->in[2];
  }
  const Node* softmax = r.step(p, "Softmax", guard ? 2 : 1);
  if (!softmax) return false;
  const int rank = r.rank(p);
  const int64_t axis = softmax->integer("axis", -1);
  if ((rank != 3 && rank != 4) || (axis != -1 && axis != rank - 1)) return false;

  // masks, then the scale of the scores, then the product
  Operand score{softmax->in[0]};
  Value* mask = nullptr;
  std::vector<Value*> masks;
  const Node* product = nullptr;
  for (int steps = 0; steps < 4 && !product; ++steps) {
    if (score.scale == 1 && !score.found)
      if (const Node* add = r.step(score.value, "Add")) {
        size_t at = 2;
        for (size_t i = 0; i < 2; ++i) {
          Operand inner{add->in[i]};
          peel(r, inner);
          if (r.step(inner.value, "MatMul") || r.step(add->in[i], "Add")) at = i;
        }
        if (at == 2 || r.rank(add->in[1 - at]) < 0 || r.rank(add->in[1 - at]) > rank ||
            !r.is_f32(add->in[1 - at]))
          return false;
        masks.push_back(add->in[1 - at]);
        score.value = add->in[at];
        continue;
      }
    peel(r, score);
    product = r.step(score.value, "MatMul");
    if (!product) return false;
  }
  if (!product || masks.size() > 2 || product->in.size() != 2) return false;
  Operand q{product->in[0]}, k{product->in[1]};
  if (r.rank(q.value) != rank || r.rank(k.value) != rank || r.rank(v) != rank) return false;
  if (q.value->constant || k.value->constant || v->constant) return false;  // a layer's weights are no keys
  peel(r, q);
  peel(r, k);
  int64_t turned = 0;  // bits: q, k, v whose heads stand behind the rows
  if (rank == 4) {
    if (const Node* t = transpose(r, k.value, {0, 2, 3, 1})) {
      turned |= 2;
      k.value = t->in[0];
    } else if (const Node* last = transpose(r, k.value, {0, 1, 3, 2})) {
      k.value = last->in[0];
      peel(r, k);
    } else {
      return false;
    }
    const auto turn = [&](Value*& x, int64_t bit) {
      const Node* t = transpose(r, x, {0, 2, 1, 3});
      if (!t || turned & bit) return;
      turned |= bit;
      x = t->in[0];
    };
    turn(q.value, 1);
    turn(k.value, 2);
    turn(v, 4);
  } else {
    const Node* last = transpose(r, k.value, {0, 2, 1});
    if (!last) return false;
    k.value = last->in[0];
    peel(r, k);
  }
  if (r.rank(q.value) != rank || r.rank(k.value) != rank || !r.is_f32(q.value) || !r.is_f32(k.value) ||
      !r.is_f32(v))
    return false;

  const double scale = score.scale * q.scale * k.scale;
  for (Operand* o : {&score, &q, &k})
    for (int i = 0; i < o->found; ++i) q.value = r.make(n, "Mul", {q.value, o->factors[i]});
  for (Value* m : masks) mask = mask ? r.make(n, "Add", {m, mask}) : m;
  std::vector<Value*> in = {q.value, k.value, v};
  if (mask) in.push_back(mask);
  r.become(n, "Attention", std::move(in), "mote");
  n.set("scale", float(scale));
  if (turned) n.set("turned", turned);
  if (guard) n.set("guard", int64_t(1));
  return true;
}

}  // namespace mote::compiler
