// What the optimizers of ai.onnx.preview.training share: inputs R [], T int64 [], then n tensors, their n
// gradients and n of each state; outputs the n tensors and the states anew.
#pragma once
#include "../element.h"
#include "../op.h"

namespace mote {

Status optimizer_shape(Call& c, unsigned states);
double rate_of(const Call& c);      // R
int64_t updates_of(const Call& c);  // T
// update(values): values are x, g and the states, and become x and the states; g stays behind.
template <class F> Status optimize(Call& c, unsigned states, F update) {
  const unsigned n = (c.n_in - 2) / (states + 2);
  for (unsigned k = 0; k < n; ++k) {
    const Value& x = c.in(2 + k);
    const size_t bytes = size_of(x.type);
    for (size_t i = 0; i < count(x); ++i) {
      double v[4];
      for (unsigned s = 0; s < states + 2; ++s) v[s] = load_real(x.type, c.in(2 + s * n + k).data, i);
      update(v);
      for (unsigned s = 0; s <= states; ++s)
        if (c.has_out(s * n + k))
          store_reals(x.type, c.out(s * n + k).as<char>() + i * bytes, 1, 1, &v[s ? s + 1 : 0]);
    }
  }
  return Status::ok;
}

}  // namespace mote
