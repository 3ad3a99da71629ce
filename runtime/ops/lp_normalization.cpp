// LpNormalization: y = x / norm of x along `axis`; 0 where the norm is 0.
//   in   x [d0, ..., dn-1]  f32 f64 f16 bf16        out  y  same shape and type
//   axis int = -1, in [-n, n); p int = 2: the root of the sum of squares, or 1: the sum of |x|
// Through double. May run in place.
// Errors: bad_type, bad_axis, bad_attribute.            Source: ONNX LpNormalization-22.
#include "axis_rows.h"

namespace mote {
namespace {

struct Attrs { int64_t axis, p; };  // begins as AxisAttrs
constexpr Attr attrs[] = {ATTR(Attrs, axis, -1), ATTR(Attrs, p, 2)};

Status shape(Call& c) {
  const int64_t p = c.attrs<Attrs>().p;
  return p == 1 || p == 2 ? axis_shape(c) : c.bad_attr("p", p, "1 or 2");
}

void normalize_row(double* row, size_t n, const void* context) {
  const bool squares = static_cast<const Attrs*>(context)->p == 2;
  double norm = 0;
  for (size_t i = 0; i < n; ++i) norm += squares ? row[i] * row[i] : __builtin_fabs(row[i]);
  if (squares) norm = __builtin_sqrt(norm);
  for (size_t i = 0; i < n; ++i) row[i] = norm == 0 ? 0 : row[i] / norm;
}

}  // namespace

constinit const Op op_lp_normalization = {ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};

Status run_lp_normalization(Call& c) {
  int axis;
  TRY(axis_of(c, c.attrs<Attrs>().axis, axis));
  return axis_rows(c, c.out(0), c.in(0), axis, normalize_row, &c.attrs<Attrs>());
}

}  // namespace mote
