// Kernels of support vector machines.
#pragma once
#include "ml.h"

namespace mote {

struct Kernel {
  enum Type : uint8_t { linear, poly, rbf, sigmoid } type;
  double gamma, offset, degree;
};
Status read_kernel(const Call& c, Text type, Span<const float> params, Kernel& k);  // bad_attribute
// linear x v; poly (gamma x v + offset)^degree; rbf exp(-gamma |x - v|^2); sigmoid tanh(gamma x v + offset)
double kernel(const Kernel& k, const double* x, const float* v, size_t n);

}  // namespace mote
