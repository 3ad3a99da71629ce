// Pools over windows: what AveragePool and MaxPool share.
#pragma once
#include "windows.h"

namespace mote {

struct PoolAttrs {
  WindowAttrs window;
  int64_t ceil_mode, count_include_pad, storage_order, p;
};

Status pool_shape(Call& c, Types set, unsigned outputs);
enum class Pool : uint8_t {
  mean,
  greatest,  // a NaN wins; where output 1 is asked for its index
  norm,      // (sum of |x|^p)^(1/p)
};
Status pool_run(Call& c, Pool pool);
// Of each channel; p only for norms.
Status global_pool_shape(Call& c);
Status global_pool_run(Call& c, Pool pool, int64_t p = 0);

}  // namespace mote
