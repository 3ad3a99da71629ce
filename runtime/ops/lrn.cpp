// LRN: y = x / (bias + alpha / size * sum of x^2 over `size` neighbouring channels) ^ beta.
//   in   x [n, channels, d...]  f32 f64 f16 bf16        out  y  same shape and type
//   size int, at least 1: (size - 1) / 2 channels before, the rest after; alpha float = 1e-4; beta float =
//     0.75; bias float = 1
// Through double. May run in place.
// Errors: bad_type, bad_rank, bad_attribute.            Source: ONNX LRN-13.
#include "axis_rows.h"

namespace mote {
namespace {

struct Attrs { float alpha, beta, bias; int64_t size; };
constexpr Attr attrs[] = {ATTR(Attrs, alpha, 1e-4f), ATTR(Attrs, beta, 0.75f), ATTR(Attrs, bias, 1.0f),
                          REQUIRED(Attrs, size)};

Status shape(Call& c) {
  TRY(c.want_type(0, float_types));
  TRY(c.want_min_rank(0, 2));
  if (c.attrs<Attrs>().size < 1) return c.bad_attr("size", c.attrs<Attrs>().size, "at least 1");
  c.like(0, c.in(0));
  return Status::ok;
}

// The squares lie behind the row.
void normalize_row(double* row, size_t n, const void* context) {
  const Attrs& a = *static_cast<const Attrs*>(context);
  double* squares = row + n;
  const uint64_t before = uint64_t(a.size - 1) / 2, after = uint64_t(a.size) - 1 - before;
  for (size_t i = 0; i < n; ++i) squares[i] = row[i] * row[i];
  for (size_t i = 0; i < n; ++i) {
    const size_t end = n - i > after ? i + size_t(after) + 1 : n;
    double sum = 0;
    for (size_t k = i > before ? i - size_t(before) : 0; k < end; ++k) sum += squares[k];
    const double base = double(a.bias) + double(a.alpha) / double(a.size) * sum, root = __builtin_sqrt(base);
    row[i] /= a.beta == 0.75f ? root * __builtin_sqrt(root) : math::pow(base, double(a.beta));
  }
}

}  // namespace

constinit const Op op_lrn = {ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};

Status run_lrn(Call& c) {
  return axis_rows(c, c.out(0), c.in(0), 1, normalize_row, &c.attrs<Attrs>(), size_t(c.in(0).dims[1]));
}

}  // namespace mote
