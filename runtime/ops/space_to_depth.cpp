// SpaceToDepth: y[n, channel(c, i, j), h, w] = x[n, c, h b + i, w b + j], b the block size; undoes
// DepthToSpace.
//   in   input [n, c, h b, w b] any type        out  same type, [n, c b b, h, w]
//   blocksize int, at least 1
//   mode text = "DCR": channel (i b + j) c' + c of c' channels; "CRD": (c b + i) b + j
// Errors: bad_attribute, bad_rank, bad_shape.            Source: ONNX SpaceToDepth-28.
#include "depth.h"

namespace mote {
namespace {
Status shape(Call& c) { return depth_shape(c, false); }
}  // namespace
constinit const Op op_space_to_depth = {ATTRS(DepthAttrs, depth_attrs), .shape = shape};
Status run_space_to_depth(Call& c) { return move_depth(c, false); }
}  // namespace mote
