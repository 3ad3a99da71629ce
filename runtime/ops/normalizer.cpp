// Normalizer: every row divided by its norm. Where that is 0 the row stays.
//   in   f32 f64 i64 i32 [N, C] or [C]        out  f32, same shape
//   norm string = "MAX": the largest value; "L1": sum |x|; "L2": sqrt sum x^2
// Errors: bad_attribute, bad_type, bad_rank.            Source: ai.onnx.ml Normalizer-1.
#include "ml.h"

namespace mote { namespace {

struct Attrs { Text norm; };
constexpr Attr attrs[] = {ATTR(Attrs, norm, "MAX")};

Status shape(Call& c) {
  const Text norm = c.attrs<Attrs>().norm;
  TRY(want_rows(c));
  if (!(norm == "MAX" || norm == "L1" || norm == "L2")) return c.bad_attr("norm", norm, "MAX, L1 or L2");
  c.like(0, c.in(0));
  if (c.has_out(0)) c.out(0).type = Type::f32;
  return Status::ok;
}

}  // namespace
constinit const Op op_normalizer = {ATTRS(Attrs, attrs), .shape = shape};

Status run_normalizer(Call& c) {
  const Value& x = c.in(0);
  const Text norm = c.attrs<Attrs>().norm;
  const Rows rows = rows_of(x);
  float* y = c.out(0).as<float>();
  for (size_t r = 0; r < rows.n; ++r) {
    double sum = 0;
    for (size_t k = 0; k < rows.features; ++k) {
      const double v = load_real(x.type, x.data, r * rows.features + k);
      if (norm == "MAX") sum = k && !(v > sum) ? sum : v;
      else sum += norm == "L2" ? v * v : __builtin_fabs(v);
    }
    if (norm == "L2") sum = __builtin_sqrt(sum);
    for (size_t k = 0; k < rows.features; ++k, ++y)
      *y = float(load_real(x.type, x.data, r * rows.features + k) / (sum != 0 ? sum : 1));
  }
  return Status::ok;
}

}  // namespace mote
