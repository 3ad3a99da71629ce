#include "biased.h"

namespace mote {

namespace {
size_t width_of(const Value& x) { return x.rank ? size_t(x.dims[x.rank - 1]) : 1; }
}

Status biased_shape(Call& c) {
  const Value& x = c.in(0);
  TRY(float_shape(c));
  TRY(c.want_same_type(1, 0));
  if (!x.rank) return c.want_rank(1, 0);
  TRY(c.want_rank(1, 1));
  return c.has_in(1) && known_rank(x) ? c.want_dim(1, 0, x.dims[x.rank - 1]) : Status::ok;
}

void load_biased(Call& c, size_t row, size_t j, size_t n, double* t) {
  const Value& x = c.in(0);
  const size_t size = size_of(x.type), width = width_of(x);
  load_reals(x.type, x.as<char>() + (row * width + j) * size, 1, n, t);
  if (!c.has_in(1)) return;
  double bias[block];
  load_reals(x.type, c.in(1).as<char>() + j * size, 1, n, bias);
  for (size_t k = 0; k < n; ++k) t[k] += bias[k];
}

Status biased_run(Call& c, const Function& f) {
  Value& y = c.out(0);
  const size_t width = width_of(y), rows = product(y, 0, y.rank - 1);
  double t[block];
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < width; j += block) {
      const size_t m = min(width - j, block);
      load_biased(c, i, j, m, t);
      apply(f, y.type, t, m);
      store_reals(y.type, y.as<char>() + (i * width + j) * size_of(y.type), 1, m, t);
    }
  return Status::ok;
}

}  // namespace mote
