// IsInf: y = x is infinite, elementwise.
//   in   x  f32 f64 f16 bf16 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz        out  y  bool, the shape of x
//   detect_positive int = 1, detect_negative int = 1: 0 leaves that infinity out
// May run in place.
// Errors: bad_type.            Source: ONNX IsInf-20.
#include "unary.h"

namespace mote {
namespace {

struct Attrs { int64_t detect_positive, detect_negative; };
constexpr Attr attrs[] = {ATTR(Attrs, detect_positive, 1), ATTR(Attrs, detect_negative, 1)};

Status shape(Call& c) {
  TRY(unary_shape(c, float_types | float8_types));
  c.out(0).type = Type::boolean;
  return Status::ok;
}

double is_inf(double x, double above, double below) {
  const double infinity = __builtin_inf();
  return x == infinity ? above : x == -infinity ? below : 0;
}

}  // namespace

constinit const Op op_is_inf = {ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};

Status run_is_inf(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  through_reals(c.out(0), c.in(0), is_inf, float(a.detect_positive != 0), float(a.detect_negative != 0));
  return Status::ok;
}

}  // namespace mote
