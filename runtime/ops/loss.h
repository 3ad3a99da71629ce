// Losses of log-probabilities: what NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss share.
//   in   x [n, classes, d...]  f32 f64 f16 bf16; target i32 i64 [n, d...]; weight [classes], x's type,
//                              optional
//   out  loss [n, d...] (reduction none) or a scalar (sum; mean: divided by the sum of the weights that took
//        part)
// A target of ignore_index has loss and weight 0; one outside [0, classes) is an error.
#pragma once
#include "../op.h"

namespace mote {

struct LossAttrs { Text reduction; int64_t ignore_index; };
// none
inline constexpr Attr loss_attrs[] = {ATTR(LossAttrs, reduction, "mean"),
                                      ATTR(LossAttrs, ignore_index, int64_min)};

Status loss_shape(Call& c);
Status loss_run(Call& c, const Value& log_probabilities);

}  // namespace mote
