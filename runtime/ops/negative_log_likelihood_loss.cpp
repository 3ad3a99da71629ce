// NegativeLogLikelihoodLoss: -x[n, target[n, d...], d...] * weight[target] (loss.h).
//   reduction string = mean (none, sum); ignore_index int, optional
// Summed in double; the mean of nothing is NaN.
// Errors: bad_type, bad_rank, bad_shape, bad_attribute, index_range.            Source: ONNX
//   NegativeLogLikelihoodLoss-22.
#include "loss.h"

namespace mote {
constinit const Op op_negative_log_likelihood_loss = {
    .in = {2, 3}, ATTRS(LossAttrs, loss_attrs), .shape = loss_shape};
Status run_negative_log_likelihood_loss(Call& c) { return loss_run(c, c.in(0)); }
}  // namespace mote
