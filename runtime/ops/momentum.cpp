// Momentum: one step. g' = g + norm_coefficient x; v' = alpha v + (T > 0 ? beta : 1) g';
// standard: x' = x - R v'; nesterov: x' = x - R (g' + alpha v').
//   in   R f32 or f64 [], T int64 [], x..., g..., v... f32 or f64        out  x'..., v'...
//   alpha, beta, norm_coefficient, mode string: "standard" or "nesterov"
// Errors: bad_attribute, bad_arity, bad_type, bad_rank, bad_shape.            Source:
//   ai.onnx.preview.training Momentum-1.
#include "optimizer.h"

namespace mote { namespace {

struct Attrs {
  Text mode;
  float alpha, beta, norm_coefficient;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, mode), REQUIRED(Attrs, alpha), REQUIRED(Attrs, beta),
                          REQUIRED(Attrs, norm_coefficient)};

Status shape(Call& c) {
  const Text mode = c.attrs<Attrs>().mode;
  if (!(mode == "standard" || mode == "nesterov")) return c.bad_attr("mode", mode, "standard or nesterov");
  return optimizer_shape(c, 1);
}

}  // namespace
constinit const Op op_momentum = {.in = {5, many}, .out = {1, many}, ATTRS(Attrs, attrs), .shape = shape};

Status run_momentum(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const double rate = rate_of(c), alpha = double(a.alpha), beta = updates_of(c) > 0 ? double(a.beta) : 1,
               norm = double(a.norm_coefficient);
  const bool nesterov = a.mode == "nesterov";
  return optimize(c, 1, [=](double* v) {
    const double g = v[1] + norm * v[0];
    v[2] = alpha * v[2] + beta * g;
    v[0] -= rate * (nesterov ? g + alpha * v[2] : v[2]);
  });
}

}  // namespace mote
