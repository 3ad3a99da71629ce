// Multinomial: draws classes, class k of row b with a probability proportional to e^x[b, k].
//   in   x [batch, classes]  f32 f64 f16 bf16: logarithms, not normalised
//   out  y [batch, sample_size], type `dtype`
//   dtype int = 6 (int32): int32 or int64;  sample_size int = 1
//   seed float: absent: random.h says which numbers then
// y[b, s] is the first class whose running sum of e^(x - max x) is above u sum, u = u[b sample_size + s] in
//   [0, 1) (random.h).
// Errors: bad_type, bad_rank, bad_attribute, bad_value (no class, or none that can be drawn).
//   Source: ONNX Multinomial-22.
#include "../element.h"
#include "../math.h"
#include "random.h"

namespace mote {
namespace {

struct Attrs {
  float seed;
  int64_t dtype, sample_size;
};
constexpr Attr attrs[] = {ATTR(Attrs, seed, no_seed), ATTR(Attrs, dtype, 6), ATTR(Attrs, sample_size, 1)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  Type type;
  TRY(c.want_type(0, float_types));
  TRY(c.want_rank(0, 2));
  TRY(dtype_of(c, a.dtype, Type::i32, types(Type::i32, Type::i64), type));
  if (a.sample_size < 0) return c.bad_attr("sample_size", a.sample_size, "0 or more");
  const int64_t dims[] = {known_rank(c.in(0)) ? c.in(0).dims[0] : c.fresh(), a.sample_size};
  return c.set_dims(0, type, dims, 2);
}

}  // namespace

constinit const Op op_multinomial = {ATTRS(Attrs, attrs), .shape = shape, .flags = random};

Status run_multinomial(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const size_t classes = size_t(x.dims[1]), samples = size_t(y.dims[1]);
  const Random random(c, c.attrs<Attrs>().seed);
  double* sums = c.scratch_of<double>(classes);
  if (!sums) return c.no_memory(classes * sizeof(double));
  for (size_t b = 0; b < size_t(y.dims[0]) && samples; ++b) {
    load_reals(x.type, x.as<char>() + b * classes * size_of(x.type), 1, classes, sums);
    double most = -__builtin_inf(), sum = 0;
    for (size_t k = 0; k < classes; ++k) most = max(most, sums[k]);
    for (size_t k = 0; k < classes; ++k) sums[k] = sum += math::exp(sums[k] - most);
    if (!(sum > 0))
      return c.fail_in(0, Status::bad_value, classes ? "a row of -inf, inf or NaN" : "no class",
                       "finite logarithms");
    for (size_t s = 0; s < samples; ++s) {
      const double target = random.one(b * samples + s) * sum;
      size_t first = 0;
      for (size_t last = classes - 1; first < last;) {
        const size_t middle = (first + last) / 2;
        if (sums[middle] > target) last = middle;
        else first = middle + 1;
      }
      const int64_t k = int64_t(first);
      store_ints(y.type, y.as<char>() + (b * samples + s) * size_of(y.type), 1, 1, &k);
    }
  }
  return Status::ok;
}

}  // namespace mote
