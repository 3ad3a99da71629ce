// y = (x - mean) * factor * scale + bias over one dense row of f32, n >= 1: layer and batch normalisation.
// A scale or bias of step 0 is a vector that is read again and again.
#include "../kernels.h"
#include "../simd.h"

namespace mote {

[[gnu::noinline]]
void row_normalize_f32(float* y, const float* x, float mean, float factor, const float* scale,
                       size_t scale_step, const float* bias, size_t bias_step, size_t n) {
  const f32x4 center = splat4(mean), times = splat4(factor);
  float scale4[4], bias4[4];
  if (!scale_step) store4(scale4, splat4(*scale)), scale = scale4;
  if (!bias_step) store4(bias4, splat4(*bias)), bias = bias4;
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const f32x4 a = (load4(x + i) - center) * times, b = (load4(x + i + 4) - center) * times;
    const f32x4 y0 = madd(a, load4(scale), load4(bias)),
                y1 = madd(b, load4(scale + scale_step * 4), load4(bias + bias_step * 4));
    store4(y + i, y0);
    store4(y + i + 4, y1);
    scale += scale_step * 8;
    bias += bias_step * 8;
  }
  for (; i < n; ++i) {
    y[i] = (x[i] - mean) * factor * *scale + *bias;
    scale += scale_step;
    bias += bias_step;
  }
}

}  // namespace mote
