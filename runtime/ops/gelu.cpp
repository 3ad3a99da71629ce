// Gelu: y = x (1 + erf(x / sqrt 2)) / 2, elementwise; approximate "tanh": y = x (1 + tanh(sqrt(2 / pi) (x +
// 0.044715 x^3))) / 2.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
//   approximate text = "none": "none" or "tanh"
// f32: at most 6 ulp where the factor of x is normal (x > -13), also in the tail below zero; by tanh 2e-7 (1
//   + |u|) of y, u being
// what the tanh is taken of. f16 and bf16 through f32; f64: at most 8 ulp. -inf gives NaN (-inf * 0), as the
//   formula does.
// May run in place.
// Errors: bad_type, bad_attribute.            Source: ONNX Gelu-20.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

struct Attrs { Text approximate; };
constexpr Attr attrs[] = {ATTR(Attrs, approximate, "none")};

Status shape(Call& c) {
  const Text by = c.attrs<Attrs>().approximate;
  if (!(by == "none") && !(by == "tanh")) return c.bad_attr("approximate", by, "none or tanh");
  return float_shape(c);
}

double by_tanh(double x, double, double) {
  return x * math::sigmoid(1.5957691216057307 * x * (1 + 0.044715 * x * x));
}

}  // namespace

constinit const Function function_gelu = {gelu_f32,
                                          [](double x, double, double) { return x * math::normal(x); }};
constinit const Function function_gelu_tanh = {gelu_tanh_f32, by_tanh};
constinit const Op op_gelu = {ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};
Status run_gelu(Call& c) {
  return unary_run(c, c.attrs<Attrs>().approximate == "tanh" ? function_gelu_tanh : function_gelu);
}

// Of com.microsoft: without an attribute.
constinit const Op op_ms_gelu = float_op;
Status run_ms_gelu(Call& c) { return unary_run(c, function_gelu); }

}  // namespace mote
