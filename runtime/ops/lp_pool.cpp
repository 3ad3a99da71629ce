// LpPool: the norm (sum of |x|^p)^(1/p) of each window; padding counts as 0.
//   in   x [n, channels, d...] f16 bf16 f32 f64, one to three spatial axes        out  y [n, channels, o...]
//   p int = 2, at least 1
// Through double.
// Errors: bad_type, bad_rank, bad_attribute.            Source: ONNX LpPool-22.
#include "pool.h"

namespace mote {
namespace {
constexpr Attr attrs[] = {WINDOW_ATTRS(PoolAttrs), ATTR(PoolAttrs, ceil_mode), ATTR(PoolAttrs, p, 2)};
Status shape(Call& c) {
  const int64_t p = c.attrs<PoolAttrs>().p;
  return p < 1 ? c.bad_attr("p", p, "at least 1") : pool_shape(c, float_types, 1);
}
}  // namespace
constinit const Op op_lp_pool = {ATTRS(PoolAttrs, attrs), .shape = shape};
Status run_lp_pool(Call& c) { return pool_run(c, Pool::norm); }
}  // namespace mote
