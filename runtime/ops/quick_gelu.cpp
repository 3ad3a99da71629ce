// QuickGelu (com.microsoft): y = x / (1 + e^(-alpha x)), elementwise.
//   in   x  f32 f64 f16 bf16        out  y  the type and shape of x
//   alpha float = 1.702
// Errors as Swish has them (swish.cpp). May run in place.
// Errors: bad_type.            Source: onnxruntime's ContribOperators.
#include "unary.h"

namespace mote {
namespace {

constexpr Attr attrs[] = {ATTR(Alpha, alpha, 1.702f)};

}  // namespace

constinit const Op op_quick_gelu = {ATTRS(Alpha, attrs), .shape = float_shape, .flags = inplace};
Status run_quick_gelu(Call& c) { return unary_run(c, function_swish, c.attrs<Alpha>().alpha); }

}  // namespace mote
