// What DepthToSpace and SpaceToDepth share: both move elements between a deep tensor [n, c b b, h, w] and a
// wide one [n, c, h b, w b], b the block size.
#pragma once
#include "move.h"

namespace mote {

struct DepthAttrs {
  int64_t blocksize;
  Text mode;
};
constexpr Attr depth_attrs[] = { REQUIRED(DepthAttrs, blocksize), ATTR(DepthAttrs, mode, "DCR") };

Status depth_shape(Call& c, bool to_space);
Status move_depth(Call& c, bool to_space);

}  // namespace mote
