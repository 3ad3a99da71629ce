// PRelu: y = slope * x where x < 0, else x, elementwise.
//   in   x      f32 f64 f16 bf16 i32 i64 u32 u64      out  y  the type and shape of x
//        slope  the same type, broadcast to x
// Integers wrap; floats of 16 bits are rounded once, from a double. May run in place (binary.h).
// Errors: bad_type, not_broadcastable, bad_shape (slope would widen x).            Source: ONNX PRelu-16.
#include "binary.h"

namespace mote {
namespace {

struct F {
  f32x4 operator()(f32x4 a, f32x4 b) const { return select(a < splat4(0), a * b, a); }
  double operator()(double a, double b) const { return a < 0 ? a * b : a; }
  int64_t operator()(int64_t a, int64_t b) const { return a < 0 ? int64_t(uint64_t(a) * uint64_t(b)) : a; }
  uint64_t operator()(uint64_t a, uint64_t) const { return a; }
};
constexpr Binary binary = {.f32 = f32_row<F>,
                           .reals = dense_loop<F, double>,
                           .ints = dense_loop<F, int64_t>,
                           .unsigned64 = dense_loop<F, uint64_t>};

Status shape(Call& c) {
  TRY(binary_shape(c, float_types | types(Type::i32, Type::i64, Type::u32, Type::u64)));
  const Value &x = c.in(0), &y = c.out(0);
  if (!known_rank(x)) return Status::ok;
  bool same = !known_rank(y) || y.rank == x.rank;
  for (int i = 0; same && known_rank(y) && i < x.rank; ++i)
    same = x.dims[i] < 0 || y.dims[i] < 0 || x.dims[i] == y.dims[i];
  if (!same) return c.fail_in(1, Status::bad_shape, Arg::dims(c.in(1)), "one that broadcasts to x");
  c.like(0, x);
  return Status::ok;
}

}  // namespace

constinit const Op op_p_relu = {.in = {2, 2}, .shape = shape, .flags = inplace};
Status run_p_relu(Call& c) { return binary_run(c, binary); }

}  // namespace mote
