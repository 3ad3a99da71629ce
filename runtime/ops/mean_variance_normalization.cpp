// MeanVarianceNormalization: y = (x - mean) / (sqrt(variance) + 1e-9), over a set of axes.
//   in   x  f32 f64 f16 bf16        out  y  shape and type of x
//   axes ints = [0, 2, 3]; negative ones count from the end
// Through double; the variance is the mean of (x - mean)^2. May run in place.
// Errors: bad_type, bad_axis.            Source: ONNX MeanVarianceNormalization-13.
#include "../element.h"
#include "../walk.h"
#include "../op.h"

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

enum Pass { sum, moment, write };

void walk(Walk<2> w, Pass pass, const Value& x, const Value& y, double* means, double* variances) {
  double row[block];
  do {
    for (size_t i = 0; i < size_t(w.count); i += block) {
      const size_t m = min(size_t(w.count) - i, block), step = w.step[0] ? 1 : 0;
      const size_t at = (size_t(w.at[1]) + i) * size_of(x.type), to = size_t(w.at[0]) + i * step;
      load_reals(x.type, static_cast<const char*>(x.data) + at, 1, m, row);
      for (size_t k = 0; k < m; ++k) {
        double &mean = means[to + k * step], &variance = variances[to + k * step];
        if (pass == sum) mean += row[k];
        else if (pass == moment) variance += (row[k] - mean) * (row[k] - mean);
        else row[k] = (row[k] - mean) / (__builtin_sqrt(variance) + 1e-9);
      }
      if (pass == write) store_reals(x.type, static_cast<char*>(y.data) + at, 1, m, row);
    }
  } while (w.next());
}

}  // namespace

constinit const Op op_mean_variance_normalization = {ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};

Status run_mean_variance_normalization(Call& c) {
  const Value& x = c.in(0);
  uint32_t mask;
  TRY(reduced_axes(c, x.rank, mask));
  if (!count(x)) return Status::ok;
  int64_t from[max_rank], to[max_rank], groups = 1, n = 1;
  dense_strides(x.dims, x.rank, from);
  for (int i = x.rank - 1; i >= 0; --i) {
    to[i] = mask >> i & 1 ? 0 : groups;
    (mask >> i & 1 ? n : groups) *= x.dims[i];
  }
  auto* means = c.scratch_of<double>(size_t(groups));
  auto* variances = c.scratch_of<double>(size_t(groups));
  if (!means || !variances) return c.no_memory(size_t(groups) * 16);
  Walk<2> w(x.dims, x.rank);
  w.operand(0, to);
  w.operand(1, from);
  w.start();
  for (int k = sum; k <= write; ++k) {
    const Pass pass = Pass(k);
    double* const result = pass == sum ? means : variances;
    for (int64_t i = 0; i < groups && pass != write; ++i) result[i] = 0;
    walk(w, pass, x, c.out(0), means, variances);
    for (int64_t i = 0; i < groups && pass != write; ++i) result[i] /= double(n);
  }
  return Status::ok;
}

}  // namespace mote
