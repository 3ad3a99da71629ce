// SVMRegressor: y = sum over support vectors of coefficient * kernel(x, vector), plus rho. Without vectors: x
// coefficients + rho.
//   in   f32 f64 i64 i32 [N, F] or [F]        out  f32 [N, 1]
//   n_supports int = 0; support_vectors floats [n_supports, F]; coefficients floats [n_supports], or [F]
//     without vectors; rho [1]
//   kernel_type string = "LINEAR", or POLY, RBF, SIGMOID; kernel_params [gamma, coef0, degree];
//     post_transform
//   one_class int = 0: y is 1 where the sum is above 0, else -1. Sums in float64.
// Errors: bad_attribute, bad_type, bad_rank.            Source: ai.onnx.ml SVMRegressor-1.
#include "svm.h"

namespace mote { namespace {

struct Attrs {
  Span<const float> support_vectors, coefficients, rho, kernel_params;
  Text kernel_type, post_transform;
  int64_t n_supports, one_class;
};
constexpr Attr attrs[] = {
    ATTR(Attrs, support_vectors), REQUIRED(Attrs, coefficients),      REQUIRED(Attrs, rho),
    ATTR(Attrs, kernel_params),   ATTR(Attrs, kernel_type, "LINEAR"), ATTR(Attrs, post_transform, "NONE"),
    ATTR(Attrs, n_supports, 0),   ATTR(Attrs, one_class, 0)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  Transform t;
  Kernel k;
  TRY(want_rows(c));
  TRY(read_transform(c, a.post_transform, t));
  TRY(read_kernel(c, a.kernel_type, a.kernel_params, k));
  const int64_t f = feature_dim(c), n = a.n_supports;
  if (!a.rho.size) return c.bad_attr("rho", 0, 1);
  if (n < 0 || (n && a.coefficients.size != n)) return c.bad_attr("coefficients", a.coefficients.size, n);
  if (f >= 0 && !n && a.coefficients.size != f) return c.bad_attr("coefficients", a.coefficients.size, f);
  int64_t all;
  if (f >= 0 && n && (!mul(f, n, all) || a.support_vectors.size != all))
    return c.bad_attr("support_vectors", a.support_vectors.size, "n_supports times features");
  const int64_t dims[] = {row_dim(c), 1};
  return c.set_dims(0, Type::f32, dims, 2);
}

}  // namespace
constinit const Op op_svm_regressor = {ATTRS(Attrs, attrs), .shape = shape};

Status run_svm_regressor(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  const Rows rows = rows_of(x);
  Transform t;
  Kernel k;
  TRY(read_transform(c, a.post_transform, t));
  TRY(read_kernel(c, a.kernel_type, a.kernel_params, k));
  auto* row = c.scratch_of<double>(rows.features);
  if (!row) return c.no_memory(rows.features * 8);
  for (size_t r = 0; r < rows.n; ++r) {
    load_reals(x.type, x.as<char>() + r * rows.features * size_of(x.type), 1, rows.features, row);
    double y = double(a.rho[0]);
    if (!a.n_supports) y += kernel({Kernel::linear, 0, 0, 0}, row, a.coefficients.data, rows.features);
    for (size_t i = 0; i < size_t(a.n_supports); ++i)
      y += double(a.coefficients[i]) *
           kernel(k, row, a.support_vectors.data + i * rows.features, rows.features);
    if (a.one_class) y = y > 0 ? 1 : -1;
    else transform(t, &y, 1);
    c.out(0).as<float>()[r] = float(y);
  }
  return Status::ok;
}

}  // namespace mote
