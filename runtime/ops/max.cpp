// Max: y = the greatest of the inputs, elementwise, broadcast among all of them.
//   in   x0, x1, ...  f32 f64 f16 bf16, i8 ... i64, u8 ... u64, of one type
//   out  y  that type, the broadcast shape
// NaN where an input is NaN. May run in place (binary.h).
// Errors: bad_type, not_broadcastable.            Source: ONNX Max-13.
#include "binary.h"

namespace mote {
namespace {

struct F {
  f32x4 operator()(f32x4 a, f32x4 b) const { return max4(a, b); }
  double operator()(double a, double b) const { return a > b || a != a ? a : b; }
  template <class T> T operator()(T a, T b) const { return a > b ? a : b; }
};

Status shape(Call& c) { return variadic_shape(c, number_types); }

}  // namespace

constinit const Binary binary_max = {.f32 = f32_row<F>,
                                     .reals = dense_loop<F, double>,
                                     .ints = dense_loop<F, int64_t>,
                                     .unsigned64 = dense_loop<F, uint64_t>};
constinit const Op op_max = {.in = {1, many}, .shape = shape, .flags = inplace};
Status run_max(Call& c) { return variadic_run(c, binary_max); }

}  // namespace mote
