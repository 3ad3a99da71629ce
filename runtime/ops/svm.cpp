#include "svm.h"

#include "../math.h"

namespace mote {

Status read_kernel(const Call& c, Text type, Span<const float> params, Kernel& k) {
  static const char* const names[] = {"LINEAR", "POLY", "RBF", "SIGMOID"};
  unsigned i = 0;
  while (i < 4 && !(type == names[i])) ++i;
  if (i == 4) return c.bad_attr("kernel_type", type, "LINEAR, POLY, RBF or SIGMOID");
  if (params && params.size && params.size != 3)
    return c.bad_attr("kernel_params", params.size, "gamma, coef0 and degree");
  k = {Kernel::Type(i), 0, 0, 0};
  if (params.size) k.gamma = double(params[0]), k.offset = double(params[1]), k.degree = double(params[2]);
  return Status::ok;
}

double kernel(const Kernel& k, const double* x, const float* v, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    const double d = x[i] - double(v[i]);
    sum += k.type == Kernel::rbf ? d * d : x[i] * double(v[i]);
  }
  switch (k.type) {
    case Kernel::poly: return math::pow(k.gamma * sum + k.offset, k.degree);
    case Kernel::rbf: return math::exp(-k.gamma * sum);
    case Kernel::sigmoid: return math::tanh(k.gamma * sum + k.offset);
    default: return sum;
  }
}

}  // namespace mote
