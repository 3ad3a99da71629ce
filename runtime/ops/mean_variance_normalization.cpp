// MeanVarianceNormalization: y = (x - mean) / (sqrt(variance) + 1e-9), over a set of axes.
//   in   x  f32 f64 f16 bf16        out  y  shape and type of x
//   axes ints = [0, 2, 3]; negative ones count from the end
// Through double; the variance is the mean of (x - mean)^2. May run in place.
// Errors: bad_type, bad_axis.            Source: ONNX MeanVarianceNormalization-13.
#include "../element.h"
#include "reduce.h"

namespace mote {
namespace {

struct Attrs { Span<const int64_t> axes; };
constexpr Attr attrs[] = {ATTR(Attrs, axes)};

Status reduced_axes(const Call& c, int rank, uint32_t& mask) {
  static constexpr int64_t usual[] = {0, 2, 3};
  const Span<const int64_t> axes = c.attrs<Attrs>().axes;
  mask = 0;
  for (unsigned i = 0; i < (axes ? axes.size : 3); ++i) {
    int axis;
    TRY(normalize_axis(c, axes ? axes[i] : usual[i], rank, axis));
    mask |= 1u << axis;
  }
  return Status::ok;
}

Status shape(Call& c) {
  TRY(c.want_type(0, float_types));
  uint32_t mask;
  if (known_rank(c.in(0))) TRY(reduced_axes(c, c.in(0).rank, mask));
  c.like(0, c.in(0));
  return Status::ok;
}

}  // namespace

constinit const Op op_mean_variance_normalization = {ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};

Status run_mean_variance_normalization(Call& c) {
  const Value& x = c.in(0);
  uint32_t mask;
  TRY(reduced_axes(c, x.rank, mask));
  const size_t n = count(x);
  Value all = x, squares = x, part = x;  // float64: x, its squares, one element a group
  all.type = squares.type = part.type = Type::f64;
  for (int i = 0; i < x.rank; ++i)
    if (mask >> i & 1) part.dims[i] = 1;
  const size_t groups = count(part);
  all.data = c.scratch_of<double>(n);
  squares.data = c.scratch_of<double>(n);
  part.data = c.scratch_of<double>(groups);
  if (!all.data || !squares.data || !part.data) return c.no_memory(n * 8);
  constexpr Reduction mean = {.combine = &binary_add, .end = End::mean};
  load_reals(x.type, x.data, 1, n, all.as<double>());
  TRY(reduce_apply(c, mean, mask, part, all));
  TRY(binary_apply(c, binary_sub, all, all, part));
  TRY(binary_apply(c, binary_mul, squares, all, all));
  TRY(reduce_apply(c, mean, mask, part, squares));
  for (size_t i = 0; i < groups; ++i) part.as<double>()[i] = __builtin_sqrt(part.as<double>()[i]) + 1e-9;
  TRY(binary_apply(c, binary_div, all, all, part));
  store_reals(x.type, c.out(0).data, 1, n, all.as<double>());
  return Status::ok;
}

}  // namespace mote
