#include "float_of_ints.h"

namespace mote {
namespace {

struct Target {
  const Batches& q;
  Value& y;
  size_t first;  // element
  const Value &a_scale, &b_scale;
  const Value* bias;
};

void store(const void* target, size_t i, size_t j, const double* sums, size_t n) {
  const Target& t = *static_cast<const Target*>(target);
  const auto number = [](const Value& v, size_t at) { return float(load_real(v.type, v.data, at)); };
  const float a = number(t.a_scale, along(&t.a_scale, t.q.a, i, t.q.m));
  double part[512];
  for (size_t e = 0; e < n; ++e) {
    const float v = float(sums[e]) * (a * number(t.b_scale, along(&t.b_scale, t.q.b, j + e, t.q.n)));
    part[e] = double(t.bias ? v + number(*t.bias, j + e) : v);
  }
  store_reals(t.y.type, element(t.y, t.first + i * t.q.n + j), 1, n, part);
}

}  // namespace

Status float_of_ints(Call& c, const Batches& q, size_t t, const WideMatrix& a, const WideMatrix& b,
                     const Value& a_scale, const Value& b_scale, const Value* bias) {
  const Target target = {q, c.out(0), t * q.m * q.n, a_scale, b_scale, bias};
  return product_wide(c, a, b, q.m, q.k, q.n, store, &target);
}

}  // namespace mote
