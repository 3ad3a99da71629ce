// Pools over windows: what AveragePool and MaxPool share.
#pragma once
#include "windows.h"

namespace mote {

struct PoolAttrs {
  WindowAttrs window;
  int64_t ceil_mode, count_include_pad, storage_order;
};

Status pool_shape(Call& c, Types set, unsigned outputs);
// max: the greatest of the window (a NaN wins), and where output 1 is asked for its index; otherwise the mean.
Status pool_run(Call& c, bool max);
// The greatest or the mean of each channel.
Status global_pool_shape(Call& c);
Status global_pool_run(Call& c, bool max);

}  // namespace mote
