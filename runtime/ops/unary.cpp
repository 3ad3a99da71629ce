#include "unary.h"

namespace mote {

Status unary_shape(Call& c, Types set) {
  TRY(c.want_type(0, set));
  c.like(0, c.in(0));
  return Status::ok;
}

void unary_run(Call& c, unary_f32_fn* f32, double (*f64)(double)) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const size_t n = count(x);
  if (x.type == Type::f32) {
    for (size_t i = 0; i < n; i += part) f32(y.as<float>() + i, x.as<float>() + i, min(n - i, part));
    return;
  }
  if (x.type == Type::f64) return through_reals(y, x, f64);
  double t[block];
  float s[block];
  for (size_t i = 0; i < n; i += block) {
    const size_t m = min(n - i, block);
    load_reals(x.type, x.as<uint16_t>() + i, 1, m, t);
    for (size_t k = 0; k < m; ++k) s[k] = float(t[k]);
    f32(s, s, m);
    for (size_t k = 0; k < m; ++k) t[k] = s[k];
    store_reals(y.type, y.as<uint16_t>() + i, 1, m, t);
  }
}

}  // namespace mote
