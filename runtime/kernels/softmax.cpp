// Softmax of f32: y = exp(x - max x) / sum exp(x - max x), n >= 1. Three passes: the
// greatest, the powers and their sum, the quotient.
//   row_softmax_f32       one dense row
//   columns_softmax_f32   up to four neighbouring columns, a lane each
// Error: at most 4 + |x - max x| ulp: the difference is rounded before its power is taken
// (exp_flush4: math.h: below 2^-126 it is 0). A
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
  // pmax passes a NaN over; its power makes the sum NaN.
  f32x4 m0 = splat4(-__builtin_inff()), m1 = m0, m2 = m0, m3 = m0;
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    m0 = pmax(load4(x + i), m0);
    m1 = pmax(load4(x + i + 4), m1);
    m2 = pmax(load4(x + i + 8), m2);
    m3 = pmax(load4(x + i + 12), m3);
  }
  m0 = pmax(pmax(m0, m1), pmax(m2, m3));
  for (; i < n; ++i) m0 = pmax(splat4(x[i]), m0);
  m0 = pmax(m0, f32x4{m0[2], m0[3], m0[0], m0[1]});
  const f32x4 greatest = pmax(m0, f32x4{m0[1], m0[0], m0[3], m0[2]});
  f32x4 s0 = splat4(0), s1 = s0, s2 = s0, s3 = s0;
  const auto power = [&](size_t at, f32x4& sum) {
    const f32x4 e = math::exp_flush4(load4(x + at) - greatest);
    store4(y + at, e);
    sum += e;
  };
  for (i = 0; i + 16 <= n; i += 16) power(i, s0), power(i + 4, s1), power(i + 8, s2), power(i + 12, s3);
  for (; i + 4 <= n; i += 4) power(i, s0);
  float sum = sum4((s0 + s1) + (s2 + s3));
  if (i < n) {
    const unsigned lanes = unsigned(n - i);
    const f32x4 e = math::exp_flush4(load_lanes(x + i, lanes) - greatest);
    store_lanes(y + i, e, lanes);
    for (unsigned k = 0; k < lanes; ++k) sum += e[k];
  }
  const float factor = 1 / sum;
  const f32x4 by = splat4(factor);
  for (i = 0; i + 16 <= n; i += 16)
    for (size_t k = 0; k < 16; k += 4) store4(y + i + k, load4(y + i + k) * by);
  for (; i < n; ++i) y[i] *= factor;
}

[[gnu::noinline]]
void columns_softmax_f32(float* y, const float* x, size_t n, size_t stride, unsigned lanes) {
  f32x4 greatest = splat4(-__builtin_inff()), sum = splat4(0);
  for (size_t i = 0; i < n; ++i) greatest = pmax(load_lanes(x + i * stride, lanes), greatest);
  for (size_t i = 0; i < n; ++i) {
    const f32x4 e = math::exp_flush4(load_lanes(x + i * stride, lanes) - greatest);
    store_lanes(y + i * stride, e, lanes);
    sum += e;
  }
  const f32x4 factor = splat4(1) / sum;
  for (size_t i = 0; i < n; ++i, y += stride) store_lanes(y, load_lanes(y, lanes) * factor, lanes);
}

}  // namespace mote
