// The kernels: shape-free inner loops on raw pointers. A row of kernels.def names one and its family, the signature declared here.
#pragma once
#include "base.h"

namespace mote {

// One dense row to one number. n may be 0 only where the kernel says so.
using row_reduce_fn = float(const float* x, size_t n);
// Sum over a dense row of (x - mean)^2.
using row_moment_fn = float(const float* x, float mean, size_t n);
// y[i] = (x[i] - mean) * factor * scale[i * scale_step] + bias[i * bias_step]; steps are 0 or 1; y may be x, scale or bias.
using row_normalize_fn = void(float* y, const float* x, float mean, float factor, const float* scale, size_t scale_step,
                              const float* bias, size_t bias_step, size_t n);
// Softmax of one dense row; y may be x.
using row_softmax_fn = void(float* y, const float* x, size_t n);
// Softmax of `lanes` (1 to 4) neighbouring columns of n elements each, `stride` elements apart; y may be x.
using columns_softmax_fn = void(float* y, const float* x, size_t n, size_t stride, unsigned lanes);

#define KERNEL(name, family) family##_fn name;
#include "kernels.def"
#undef KERNEL

}  // namespace mote
