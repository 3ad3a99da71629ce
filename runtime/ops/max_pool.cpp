// MaxPool: the greatest element of each window; padding never wins, a NaN does.
//   in   x [n, channels, d...] f16 bf16 f32 f64 i8 u8, one to three spatial axes
//   out  y [n, channels, o...], indices i64 (optional): into the flattened x; storage_order 1 counts a plane
//        by columns
// Errors: bad_type, bad_rank, bad_attribute.            Source: ONNX MaxPool-22.
#include "pool.h"

namespace mote {
namespace {
constexpr Attr attrs[] = {WINDOW_ATTRS(PoolAttrs), ATTR(PoolAttrs, ceil_mode),
                          ATTR(PoolAttrs, storage_order)};
Status shape(Call& c) { return pool_shape(c, float_types | types(Type::i8, Type::u8), 2); }
}  // namespace
constinit const Op op_max_pool = {.in = {1, 1}, .out = {1, 2}, ATTRS(PoolAttrs, attrs), .shape = shape};
Status run_max_pool(Call& c) { return pool_run(c, Pool::greatest); }
}  // namespace mote
