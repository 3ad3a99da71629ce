// LogSoftmax: y = x - max x - log sum exp(x - max x), along `axis`.
//   in   x [d0, ..., dn-1]  f32 f64 f16 bf16        out  y  same shape and type
//   axis int = -1, in [-n, n)
// f32 along the last axis: the sum in float32; all else through double. A NaN or +inf in a row makes that row
// NaN, so does a row of nothing but -inf.
// May run in place: a row is read before it is written.
// Errors: bad_type, bad_axis.            Source: ONNX LogSoftmax-13.
#include "axis_rows.h"
#include "unary.h"

namespace mote {
namespace {

void row_f32(float* y, const float* x, size_t n) {
  const float greatest = row_max_f32(x, n);
  float sum = 0, part[block];
  for (size_t i = 0; i < n; i += block) {
    const size_t m = min(n - i, block);
    for (size_t k = 0; k < m; ++k) part[k] = x[i + k] - greatest;
    apply(function_exp, part, part, m);
    sum += row_sum_f32(part, m);
  }
  const float log = float(math::log(double(sum)));
  for (size_t i = 0; i < n; ++i) y[i] = x[i] - greatest - log;
}

}  // namespace

constinit const Op op_log_softmax = {ATTRS(AxisAttrs, axis_attrs), .shape = axis_shape, .flags = inplace};

Status run_log_softmax(Call& c) {
  const Value& x = c.in(0);
  int axis;
  TRY(axis_of(c, c.attrs<AxisAttrs>().axis, axis));
  const size_t n = x.rank ? size_t(x.dims[axis]) : 1;
  if (x.type != Type::f32 || product(x, axis + 1, x.rank) != 1 || !n)
    return axis_rows(c, c.out(0), x, axis, log_softmax_row, nullptr);
  const size_t size = count(x);
  for (size_t at = 0; at < size; at += n) row_f32(c.out(0).as<float>() + at, x.as<float>() + at, n);
  return Status::ok;
}

}  // namespace mote
