// LinearRegressor: y = x coefficients^T + intercepts.
//   in   f32 f64 i64 i32 [N, F] or [F]        out  f32 [N, targets]
//   coefficients floats [targets, F], intercepts floats [targets] (absent: 0); targets int = 1;
//     post_transform. Sums in float64.
// Errors: bad_attribute, bad_type, bad_rank.            Source: ai.onnx.ml LinearRegressor-1.
#include "ml.h"

namespace mote { namespace {

struct Attrs {
  Span<const float> coefficients, intercepts;
  Text post_transform;
  int64_t targets;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, coefficients), ATTR(Attrs, intercepts),
                          ATTR(Attrs, post_transform, "NONE"), ATTR(Attrs, targets, 1)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  Transform t;
  TRY(want_rows(c));
  TRY(read_transform(c, a.post_transform, t));
  if (a.targets < 1) return c.bad_attr("targets", a.targets, "a positive number");
  if (a.intercepts && a.intercepts.size != a.targets)
    return c.bad_attr("intercepts", a.intercepts.size, a.targets);
  int64_t all;
  if (const int64_t f = feature_dim(c); f >= 0 && (!mul(f, a.targets, all) || all != a.coefficients.size))
    return c.bad_attr("coefficients", a.coefficients.size, "targets times features");
  const int64_t dims[] = {row_dim(c), a.targets};
  return c.set_dims(0, Type::f32, dims, 2);
}

}  // namespace
constinit const Op op_linear_regressor = {ATTRS(Attrs, attrs), .shape = shape};

Status run_linear_regressor(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  const Rows rows = rows_of(x);
  const size_t n = size_t(a.targets);
  Transform t;
  TRY(read_transform(c, a.post_transform, t));
  auto* s = c.scratch_of<double>(n);
  if (!s) return c.no_memory(n * 8);
  for (size_t r = 0; r < rows.n; ++r) {
    for (size_t e = 0; e < n; ++e) {
      s[e] = a.intercepts ? double(a.intercepts[e]) : 0;
      for (size_t k = 0; k < rows.features; ++k)
        s[e] +=
            load_real(x.type, x.data, r * rows.features + k) * double(a.coefficients[e * rows.features + k]);
    }
    transform(t, s, n);
    store_reals(Type::f32, c.out(0).as<float>() + r * n, 1, n, s);
  }
  return Status::ok;
}

}  // namespace mote
