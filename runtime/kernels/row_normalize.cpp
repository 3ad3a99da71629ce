// y = (x - mean) * factor * scale + bias over one dense row of f32, n >= 1: layer and batch normalisation.
// A scale or bias of step 0 is a vector that is read again and again.
#include "../kernels.h"
#include "../simd.h"

namespace mote {

[[gnu::noinline]]
void row_normalize_f32(float* y, const float* x, float mean, float factor, const float* scale, size_t scale_step,
                       const float* bias, size_t bias_step, size_t n) {
  const float scale4[4] = {*scale, *scale, *scale, *scale}, bias4[4] = {*bias, *bias, *bias, *bias};
  if (!scale_step) scale = scale4;
  if (!bias_step) bias = bias4;
  const f32x4 center = splat4(mean), times = splat4(factor);
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    store4(y + i, (load4(x + i) - center) * times * load4(scale) + load4(bias));
    scale += scale_step * 4;
    bias += bias_step * 4;
  }
  for (; i < n; ++i) {
    y[i] = (x[i] - mean) * factor * *scale + *bias;
    scale += scale_step;
    bias += bias_step;
  }
}

}  // namespace mote
