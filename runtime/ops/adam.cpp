// Adam: one step. g' = g + norm_coefficient x; v' = alpha v + (1 - alpha) g'; h' = beta h + (1 - beta) g'^2;
// x' = (1 - norm_coefficient_post) (x - r v' / (sqrt h' + epsilon)), r = R sqrt(1 - beta^T) / (1 - alpha^T)
// where T > 0, else R.
//   in   R f32 or f64 [], T int64 [], x..., g..., v..., h... f32 or f64        out  x'..., v'..., h'...
//   alpha = 0.9, beta = 0.999, epsilon = 1e-6, norm_coefficient = 0, norm_coefficient_post = 0
// Errors: bad_arity, bad_type, bad_rank, bad_shape.            Source: ai.onnx.preview.training Adam-1.
#include "../math.h"
#include "optimizer.h"

namespace mote { namespace {

struct Attrs { float alpha, beta, epsilon, norm_coefficient, norm_coefficient_post; };
constexpr Attr attrs[] = {ATTR(Attrs, alpha, 0.9f), ATTR(Attrs, beta, 0.999f), ATTR(Attrs, epsilon, 1e-6f),
                          ATTR(Attrs, norm_coefficient, 0.0f), ATTR(Attrs, norm_coefficient_post, 0.0f)};

Status shape(Call& c) { return optimizer_shape(c, 2); }

}  // namespace
constinit const Op op_adam = {.in = {6, many}, .out = {1, many}, ATTRS(Attrs, attrs), .shape = shape};

Status run_adam(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const double alpha = double(a.alpha), beta = double(a.beta), t = double(updates_of(c));
  const double norm = double(a.norm_coefficient), post = double(a.norm_coefficient_post),
               epsilon = double(a.epsilon);
  double rate = rate_of(c);
  if (t > 0) rate *= __builtin_sqrt(1 - math::pow(beta, t)) / (1 - math::pow(alpha, t));
  return optimize(c, 2, [=](double* v) {
    const double g = v[1] + norm * v[0];
    v[2] = alpha * v[2] + (1 - alpha) * g;
    v[3] = beta * v[3] + (1 - beta) * g * g;
    v[0] = (1 - post) * (v[0] - rate * v[2] / (__builtin_sqrt(v[3]) + epsilon));
  });
}

}  // namespace mote
