// Sub: y = a - b, elementwise, broadcast both ways.
//   in   a, b  f32 f64 f16 bf16, i8 ... i64, u8 ... u64, of one type   out  y  that type, the broadcast shape
// Integers wrap modulo 2^bits; floats of 16 bits are rounded once, from a double.
// May run in place (binary.h).
// Errors: bad_type, not_broadcastable.            Source: ONNX Sub-14.
#include "binary.h"

namespace mote {
namespace {

struct F {
  f32x4 operator()(f32x4 a, f32x4 b) const { return a - b; }
  double operator()(double a, double b) const { return a - b; }
  uint64_t operator()(uint64_t a, uint64_t b) const { return a - b; }
};

Status shape(Call& c) { return binary_shape(c, number_types); }

}  // namespace

constinit const Binary binary_sub = {
  .f32 = f32_row<F>, .reals = dense_loop<F, double>, .ints = dense_loop<F, uint64_t>};
constinit const Op op_sub = {.in = {2, 2}, .shape = shape, .flags = inplace};
Status run_sub(Call& c) { return binary_run(c, binary_sub); }

}  // namespace mote
