// GlobalMaxPool: the greatest of each channel.
//   in   x [n, channels, d...] f16 bf16 f32 f64        out  y [n, channels, 1...]
// Errors: bad_type, bad_rank.            Source: ONNX GlobalMaxPool-22.
#include "pool.h"

namespace mote {
constinit const Op op_global_max_pool = {.shape = global_pool_shape};
Status run_global_max_pool(Call& c) { return global_pool_run(c, Pool::greatest); }
}  // namespace mote
