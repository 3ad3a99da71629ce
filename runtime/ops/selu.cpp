// Selu: y = gamma * (alpha * (e^x - 1)) where x < 0, else gamma * x, elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
//   alpha float = 1.67326319217681884765625
//   gamma float = 1.05070102214813232421875
// f32: at most 4 ulp; f16 and bf16 through f32; f64: 5. May run in place.
// Errors: bad_type.            Source: ONNX Selu-22.
#include "../math.h"
#include "unary.h"

namespace mote {
namespace {

struct Attrs { float alpha, gamma; };
constexpr Attr attrs[] = {ATTR(Attrs, alpha, 1.67326319217681884765625f),
                          ATTR(Attrs, gamma, 1.05070102214813232421875f)};
constexpr Function selu = {selu_f32,
                           [](double x, double a, double b) { return b * (x < 0 ? a * math::expm1(x) : x); }};

}  // namespace

constinit const Op op_selu = {ATTRS(Attrs, attrs), .shape = float_shape, .flags = inplace};
Status run_selu(Call& c) { return unary_run(c, selu, c.attrs<Attrs>().alpha, c.attrs<Attrs>().gamma); }

}  // namespace mote
