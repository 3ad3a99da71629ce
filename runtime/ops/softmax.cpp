// Softmax: y = exp(x - max x) / sum exp(x - max x), along `axis`.
//   in   x [d0, ..., dn-1]  f32 f64 f16 bf16        out  y  same shape and type
//   axis int = -1, in [-n, n)
// f32: at most 4 + |x - max x| ulp (the difference is rounded); f64 likewise; f16 and bf16: the difference,
//   the power, the sum
// and the quotient are rounded, as in the operator's function (axis_rows.cpp has the sums of bf16). A NaN or
//   +inf in a row makes
// that row NaN, so does a row of nothing but -inf.
// May run in place: a row is read before it is written.
// Errors: bad_type, bad_axis.            Source: ONNX Softmax-13.
#include "../kernels.h"
#include "../parallel.h"
#include "axis_rows.h"

namespace mote {

constinit const Op op_softmax = {ATTRS(AxisAttrs, axis_attrs), .shape = axis_shape, .flags = inplace};

Status run_softmax(Call& c) {
  const Value& x = c.in(0);
  int axis;
  TRY(axis_of(c, c.attrs<AxisAttrs>().axis, axis));
  if (x.type != Type::f32) return axis_rows(c, c.out(0), x, axis, softmax_row, &x.type);
  const size_t n = x.rank ? size_t(x.dims[axis]) : 1;
  const size_t outer = product(x, 0, axis), inner = product(x, axis + 1, x.rank);
  if (!n) return Status::ok;
  const size_t groups = (inner + 3) / 4;  // of columns
  parallel_for(outer * groups, 2 * count(x), [&](size_t from, size_t to, unsigned) {
    for (size_t i = from; i < to; ++i) {
      const size_t j = i % groups * 4, at = i / groups * n * inner + j;
      float* y = c.out(0).as<float>() + at;
      const float* row = x.as<float>() + at;
      if (inner == 1) row_softmax_f32(y, row, n);
      else columns_softmax_f32(y, row, n, inner, unsigned(min(inner - j, size_t(4))));
    }
  });
  return Status::ok;
}

}  // namespace mote
