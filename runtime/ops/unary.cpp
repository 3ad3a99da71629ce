#include "unary.h"

#include "../parallel.h"

namespace mote {
namespace {

// Most elements that a kernel is given in one call: an engine tiers code up between calls, not inside one.
constexpr size_t part = 16384;

}  // namespace

Status unary_shape(Call& c, Types set) {
  TRY(c.want_type(0, set));
  c.like(0, c.in(0));
  return Status::ok;
}

Status float_shape(Call& c) { return unary_shape(c, float_types); }

// One thread's elements.
static void apply_part(const Function& f, float* y, const float* x, size_t n, float a, float b) {
  size_t i = 0;
  for (size_t m; (m = min(part, (n - i) & ~size_t(7))); i += m) f.f32(y + i, x + i, m, a, b);
  if (i == n) return;
  float rest[8] = {};
  for (size_t k = i; k < n; ++k) rest[k - i] = x[k];
  f.f32(rest, rest, 8, a, b);
  for (size_t k = i; k < n; ++k) y[k] = rest[k - i];
}

void apply(const Function& f, float* y, const float* x, size_t n, float a, float b) {
  constexpr size_t unit = 1024;
  parallel_for((n + unit - 1) / unit, n, [&](size_t from, size_t to, unsigned) {
    from *= unit;
    apply_part(f, y + from, x + from, min(n, to * unit) - from, a, b);
  });
}

void apply(const Function& f, Type type, double* t, size_t n, float a, float b) {
  if (type == Type::f64 || !f.f32) {
    for (size_t k = 0; k < n; ++k) t[k] = f.f64(t[k], double(a), double(b));
    return;
  }
  float s[block];
  s[0] = 0;  // g++ fears that n is 0
  for (size_t k = 0; k < n; ++k) s[k] = float(t[k]);
  apply(f, s, s, n, a, b);
  for (size_t k = 0; k < n; ++k) t[k] = double(s[k]);
}

void through_reals(Value& y, const Value& x, double (*f)(double x, double a, double b), float a, float b) {
  through_reals(y, x, [=](double v) { return f(v, double(a), double(b)); });
}

void through_ints(Value& y, const Value& x, int64_t (*f)(int64_t)) {
  through_ints<int64_t (*)(int64_t)>(y, x, f);
}

Status unary_run(Call& c, const Function& f, float a, float b) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const size_t n = count(x), size = size_of(x.type);
  if (x.type == Type::f32 && f.f32) return apply(f, y.as<float>(), x.as<float>(), n, a, b), Status::ok;
  if (has(half_float_types, x.type) && f.f32) {
    float s[block];
    for (size_t i = 0; i < n; i += block) {
      const size_t m = min(n - i, block);
      load_floats(x.type, x.as<char>() + i * size, 1, m, s);
      apply(f, s, s, m, a, b);
      store_floats(y.type, y.as<char>() + i * size, m, s);
    }
    return Status::ok;
  }
  double t[block];
  for (size_t i = 0; i < n; i += block) {
    const size_t m = min(n - i, block);
    load_reals(x.type, x.as<char>() + i * size, 1, m, t);
    apply(f, x.type, t, m, a, b);
    store_reals(y.type, y.as<char>() + i * size, 1, m, t);
  }
  return Status::ok;
}

}  // namespace mote
