// Gelu by tanh: x (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3) or sqrt(2 / pi) x (1 + 0.044715
// x^2), powers as Pow or products. Eight passes become one. Differs by what Gelu's own error allows
// (ops/gelu.cpp).
#include <cmath>

#include "../rewriter.h"

namespace mote::compiler {
namespace {

bool near(double a, double b) { return std::fabs(a - b) <= 1e-4 * std::fabs(b); }

// v = 0.044715 x^power
bool is_cubic(const Rewriter& r, const Value* v, const Value* x, int power) {
  const Node* mul = r.step(v, "Mul");
  Product p;
  if (!mul || !product_of(r, *mul, p) || !near(p.number, 0.044715)) return false;
  if (p.terms.size() == 1) return is_power(r, p.terms[0], x, power);
  if (p.terms.size() == 2 && power == 3)  // x times what others make of x^2
    for (const Value* t : p.terms)
      if (t != x && p.partner(t) == x && is_power(r, t, x, 2)) return true;
  if (p.terms.size() != size_t(power)) return false;
  for (const Value* t : p.terms)
    if (t != x) return false;
  return true;
}

bool is_argument(const Rewriter& r, const Value* v, const Value* x) {
  const Node* mul = r.step(v, "Mul");
  Product p;
  if (!mul || !product_of(r, *mul, p) || !near(p.number, 0.7978845608)) return false;
  if (p.terms.size() == 1) {
    const Node* sum = r.step(p.terms[0], "Add");
    const Value* cube = sum ? other(*sum, x) : nullptr;
    return cube && is_cubic(r, cube, x, 3);
  }
  const Value* factor = p.partner(x);
  const Node* sum = factor ? r.step(factor, "Add") : nullptr;
  double one;
  Value* square;
  return sum && r.with_number(*sum, one, square) && one == 1 && is_cubic(r, square, x, 2);
}

}  // namespace

bool rewrite_gelu_tanh(Rewriter& r, Node& n) {
  Product p;
  if (!r.is_real(n.out[0]) || !find_op("Gelu", "") || !product_of(r, n, p) || p.number != 0.5) return false;
  for (Value* x : p.terms) {
    const Value* factor = p.partner(x);
    const Node* add = factor ? r.step(factor, "Add") : nullptr;
    double one;
    Value* t;
    if (!add || !r.with_number(*add, one, t) || one != 1) continue;
    const Node* tanh = r.step(t, "Tanh");
    if (!tanh || !is_argument(r, tanh->in[0], x)) continue;
    r.become(n, "Gelu", {x});
    n.set("approximate", "tanh");
    return true;
  }
  return false;
}

}  // namespace mote::compiler
