// What the activations with a bias share: t = x + bias of the last axis, in double.
//   in   x [..., n]  f32 f64 f16 bf16        bias [n], the same type; or both are scalars
#pragma once
#include "unary.h"

namespace mote {

Status biased_shape(Call& c);  // y has the type and shape of x; the bias may be absent
// y = f(x + bias)
Status biased_run(Call& c, const Function& f);
// Elements [j, j + n) of row `row`, n up to `block`.
void load_biased(Call& c, size_t row, size_t j, size_t n, double* t);

}  // namespace mote
