// The activation that a fused operator of domain `mote` applies to its result: attributes `activation` and
// `activation_params`.
#pragma once
#include "../kernels.h"
#include "../op.h"

namespace mote {

struct Fused {
  Activation f = Activation::none;
  float a = 0, b = 0;
  bool then = false;           // afterwards: scale y + shift
  float scale = 1, shift = 0;
  // Relu and Clip are bounds that the matrix kernels apply as they store; the rest is a pass over the result.
  float low() const {
    return then                    ? -__builtin_inff()
           : f == Activation::relu ? 0.0f
           : f == Activation::clip ? a
                                   : -__builtin_inff();
  }
  float high() const { return !then && f == Activation::clip ? b : __builtin_inff(); }
  bool bounds() const {
    return !then && (f == Activation::none || f == Activation::relu || f == Activation::clip);
  }
};

// bad_attribute where the name is not known or numbers are missing. affine: two numbers, applied afterwards,
// or none.
Status fused_activation(const Call& c, Text name, Span<const float> params, Fused& out,
                        Span<const float> affine = {});
// y = f(y).
void activate(const Fused& f, float* y, size_t n);
void activate(const Fused& f, double* y, size_t n);
// y += bias (null: 0), then into [low, high]; NaN stays.
void finish_row(float* y, const float* bias, size_t n, float low, float high);

}  // namespace mote
