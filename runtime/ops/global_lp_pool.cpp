// GlobalLpPool: the norm (sum of |x|^p)^(1/p) of each channel.
//   in   x [n, channels, d...] f16 bf16 f32 f64        out  y [n, channels, 1...]
//   p int = 2, at least 1
// Through double.
// Errors: bad_type, bad_rank, bad_attribute.            Source: ONNX GlobalLpPool-22.
#include "pool.h"

namespace mote {
namespace {
struct Attrs { int64_t p; };
constexpr Attr attrs[] = {ATTR(Attrs, p, 2)};
Status shape(Call& c) {
  const int64_t p = c.attrs<Attrs>().p;
  return p < 1 ? c.bad_attr("p", p, "at least 1") : global_pool_shape(c);
}
}  // namespace
constinit const Op op_global_lp_pool = {ATTRS(Attrs, attrs), .shape = shape};
Status run_global_lp_pool(Call& c) { return global_pool_run(c, Pool::norm, c.attrs<Attrs>().p); }
}  // namespace mote
