// AveragePool: the mean of each window; of what lies inside x, or with count_include_pad of the padding
// (zeros) too.
//   in   x [n, channels, d...] f16 bf16 f32 f64, one to three spatial axes        out  y [n, channels, o...]
// Errors: bad_type, bad_rank, bad_attribute.            Source: ONNX AveragePool-22.
#include "pool.h"

namespace mote {
namespace {
constexpr Attr attrs[] = {WINDOW_ATTRS(PoolAttrs), ATTR(PoolAttrs, ceil_mode),
                          ATTR(PoolAttrs, count_include_pad)};
Status shape(Call& c) { return pool_shape(c, float_types, 1); }
}  // namespace
constinit const Op op_average_pool = {ATTRS(PoolAttrs, attrs), .shape = shape};
Status run_average_pool(Call& c) { return pool_run(c, Pool::mean); }
}  // namespace mote
