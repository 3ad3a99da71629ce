// Less: y = a < b, elementwise, broadcast both ways.
//   in   a, b  f32 f64 f16 bf16, i8 ... i64, u8 ... u64, of one type      out  y  bool, the broadcast shape
// False where a NaN takes part.
// Errors: bad_type, not_broadcastable.            Source: ONNX Less-13.
#include "binary.h"

namespace mote {
namespace {

struct F {
  i32x4 operator()(f32x4 a, f32x4 b) const { return a < b; }
  template <class T> T operator()(T a, T b) const { return T(a < b); }
};

Status shape(Call& c) { return binary_shape(c, number_types, Type::boolean); }

}  // namespace

constinit const Binary binary_less = {.compare = compare_row<F>,
                                      .reals = dense_loop<F, double>,
                                      .ints = dense_loop<F, int64_t>,
                                      .unsigned64 = dense_loop<F, uint64_t>};
constinit const Op op_less = {.in = {2, 2}, .shape = shape};
Status run_less(Call& c) { return binary_run(c, binary_less); }

}  // namespace mote
