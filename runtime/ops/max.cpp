// Max: y = the greatest of the inputs, elementwise, broadcast among all of them.
//   in   x0, x1, ...  f32 f64 f16 bf16, i8 ... i64, u8 ... u64, of one type
//   out  y  that type, the broadcast shape
// NaN where an input is NaN. May run in place: an input whose memory the output takes is the one
// to start from.
// Errors: bad_type, not_broadcastable.            Source: ONNX Max-13.
#include "binary.h"

namespace mote {
namespace {

struct F {
  f32x4 operator()(f32x4 a, f32x4 b) const { return max4(a, b); }
  double operator()(double a, double b) const { return a > b || a != a ? a : b; }
  template <class T> T operator()(T a, T b) const { return a > b ? a : b; }
};

Status shape(Call& c) {
  TRY(c.want_type(0, number_types));
  for (unsigned i = 1; i < c.n_in; ++i) TRY(c.want_same_type(i, 0));
  return c.broadcast(0, c.in(0).type, 0, c.n_in);
}

}  // namespace

constinit const Binary binary_max = {
  .f32 = f32_row<F>, .reals = dense_loop<F, double>, .ints = dense_loop<F, int64_t>, .unsigned64 = dense_loop<F, uint64_t>};
constinit const Op op_max = {.in = {1, many}, .shape = shape, .flags = inplace};

Status run_max(Call& c) {
  Value& y = c.out(0);
  unsigned first = 0;
  for (unsigned i = 1; i < c.n_in; ++i)
    if (c.in(i).data == y.data) first = i;
  const Value* sum = &c.in(first);  // so far; then y
  for (unsigned i = 0; i < c.n_in; ++i) {
    if (i == first && c.n_in > 1) continue;
    TRY(binary_apply(c, binary_max, y, *sum, c.in(i)));
    sum = &y;
  }
  return Status::ok;
}

}  // namespace mote
