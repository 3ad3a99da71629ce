// BiasSplitGelu (com.microsoft): y = left gelu(right), the halves of t = x + bias along the last axis.
//   in   x    [batch, n, 2 d]  f32 f64 f16 bf16        out  y [batch, n, d], the type of x
//        bias [2 d], the same type
// t is exact; Gelu as in gelu.cpp.
// Errors: bad_type, bad_rank, bad_shape.            Source: onnxruntime's ContribOperators.
#include "biased.h"

namespace mote {
namespace {

Status shape(Call& c) {
  const Value& x = c.in(0);
  TRY(c.want_rank(0, 3));
  if (!known_rank(x)) c.set(0, x.type, 3);
  TRY(biased_shape(c));
  if (!known_rank(x)) return Status::ok;
  if (x.dims[2] > 0 && x.dims[2] % 2)
    return c.fail_in(0, Status::bad_shape, Arg::dims(x), "an even last axis");
  c.out(0).dims[2] = x.dims[2] < 0 ? c.fresh() : x.dims[2] / 2;
  return Status::ok;
}

}  // namespace

constinit const Op op_bias_split_gelu = {.in = {2, 2}, .shape = shape};

Status run_bias_split_gelu(Call& c) {
  Value& y = c.out(0);
  const size_t half = size_t(y.dims[2]), rows = product(y, 0, 2);
  double left[block], right[block];
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < half; j += block) {
      const size_t m = min(half - j, block);
      load_biased(c, i, j, m, left);
      load_biased(c, i, half + j, m, right);
      apply(function_gelu, y.type, right, m);
      for (size_t k = 0; k < m; ++k) left[k] *= right[k];
      store_reals(y.type, y.as<char>() + (i * half + j) * size_of(y.type), 1, m, left);
    }
  return Status::ok;
}

}  // namespace mote
