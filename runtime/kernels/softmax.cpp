// Softmax of f32: y = exp(x - max x) / sum exp(x - max x), n >= 1. Three passes: the
// greatest, the powers and their sum, the quotient.
//   row_softmax_f32       one dense row
//   columns_softmax_f32   up to four neighbouring columns, a lane each
// Error: at most 4 + |x - max x| ulp: the difference is rounded before its power is taken (exp4: math.h). A
// NaN or +inf makes its row NaN, and so does a row of nothing but -inf.
#include "../kernels.h"
#include "../math.h"
#include "../simd.h"

namespace mote {
namespace {

f32x4 load_lanes(const float* p, unsigned lanes) {
  if (lanes == 4) return load4(p);
  f32x4 v = splat4(0);
  for (unsigned i = 0; i < lanes; ++i) v[i] = p[i];
  return v;
}

void store_lanes(float* p, f32x4 v, unsigned lanes) {
  if (lanes == 4) return store4(p, v);
  for (unsigned i = 0; i < lanes; ++i) p[i] = v[i];
}

}  // namespace

[[gnu::noinline]] void row_softmax_f32(float* y, const float* x, size_t n) {
  const f32x4 greatest = splat4(row_max_f32(x, n));
  f32x4 sums = splat4(0);
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const f32x4 e = math::exp4(load4(x + i) - greatest);
    store4(y + i, e);
    sums += e;
  }
  float sum = sum4(sums);
  if (const unsigned rest = unsigned(n - i)) {
    const f32x4 e = math::exp4(load_lanes(x + i, rest) - greatest);
    store_lanes(y + i, e, rest);
    for (unsigned k = 0; k < rest; ++k) sum += e[k];
  }
  const float factor = 1 / sum;
  for (i = 0; i + 4 <= n; i += 4) store4(y + i, load4(y + i) * splat4(factor));
  for (; i < n; ++i) y[i] *= factor;
}

[[gnu::noinline]]
void columns_softmax_f32(float* y, const float* x, size_t n, size_t stride, unsigned lanes) {
  f32x4 greatest = load_lanes(x, lanes), sum = splat4(0);
  for (size_t i = 1; i < n; ++i) greatest = max4(greatest, load_lanes(x + i * stride, lanes));
  for (size_t i = 0; i < n; ++i) {
    const f32x4 e = math::exp4(load_lanes(x + i * stride, lanes) - greatest);
    store_lanes(y + i * stride, e, lanes);
    sum += e;
  }
  const f32x4 factor = splat4(1) / sum;
  for (size_t i = 0; i < n; ++i, y += stride) store_lanes(y, load_lanes(y, lanes) * factor, lanes);
}

}  // namespace mote
