// SoftmaxCrossEntropyLoss: the negative log-likelihood (loss.h) of log softmax of x over its classes.
//   out  loss, log_prob [n, classes, d...] (optional)
//   reduction string = mean (none, sum); ignore_index int, optional
// Computed in double; the mean of nothing is NaN.
// Errors: bad_type, bad_rank, bad_shape, bad_attribute, index_range.            Source: ONNX
//   SoftmaxCrossEntropyLoss-13.
#include "axis_rows.h"
#include "loss.h"

namespace mote {
namespace {

Status shape(Call& c) {
  TRY(loss_shape(c));
  c.like(1, c.in(0));
  return Status::ok;
}

}  // namespace

constinit const Op op_softmax_cross_entropy_loss = {
  .in = {2, 3}, .out = {1, 2}, ATTRS(LossAttrs, loss_attrs), .shape = shape};

Status run_softmax_cross_entropy_loss(Call& c) {
  const Value& x = c.in(0);
  Value log = x;
  const size_t n = count(x);
  log.type = Type::f64;
  log.data = c.scratch_of<double>(n);
  if (!log.data) return c.no_memory(n);
  TRY(axis_rows(c, log, x, 1, log_softmax_row, nullptr));
  if (c.has_out(1)) store_reals(x.type, c.out(1).data, 1, n, log.as<double>());
  return loss_run(c, log);
}

}  // namespace mote
