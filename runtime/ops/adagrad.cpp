// Adagrad: one step. g' = g + norm_coefficient x; h' = h + g'^2; x' = x - R / (1 + T decay_factor) g' / (sqrt
// h' + epsilon).
//   in   R f32 or f64 [], T int64 [], x..., g..., h... f32 or f64        out  x'..., h'...
//   norm_coefficient = 0, decay_factor = 0, epsilon = 1e-6
// Errors: bad_arity, bad_type, bad_rank, bad_shape.            Source: ai.onnx.preview.training Adagrad-1.
#include "optimizer.h"

namespace mote { namespace {

struct Attrs { float norm_coefficient, decay_factor, epsilon; };
constexpr Attr attrs[] = {ATTR(Attrs, norm_coefficient, 0.0f), ATTR(Attrs, decay_factor, 0.0f),
                          ATTR(Attrs, epsilon, 1e-6f)};

Status shape(Call& c) { return optimizer_shape(c, 1); }

}  // namespace
constinit const Op op_adagrad = {.in = {5, many}, .out = {1, many}, ATTRS(Attrs, attrs), .shape = shape};

Status run_adagrad(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const double rate = rate_of(c) / (1 + double(updates_of(c)) * double(a.decay_factor)),
               norm = double(a.norm_coefficient), epsilon = double(a.epsilon);
  return optimize(c, 1, [=](double* v) {
    const double g = v[1] + norm * v[0];
    v[2] += g * g;
    v[0] -= rate * g / (__builtin_sqrt(v[2]) + epsilon);
  });
}

}  // namespace mote
