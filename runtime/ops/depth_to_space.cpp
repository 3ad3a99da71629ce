// DepthToSpace: y[n, c, h b + i, w b + j] = x[n, channel(c, i, j), h, w], b the block size.
//   in   input [n, c b b, h, w] any type        out  same type, [n, c, h b, w b]
//   blocksize int, at least 1
//   mode text = "DCR": channel (i b + j) c' + c of c' channels; "CRD": (c b + i) b + j
// Errors: bad_attribute, bad_rank, bad_shape.            Source: ONNX DepthToSpace-28.
#include "depth.h"

namespace mote {
namespace {
Status shape(Call& c) { return depth_shape(c, true); }
}  // namespace
constinit const Op op_depth_to_space = {ATTRS(DepthAttrs, depth_attrs), .shape = shape};
Status run_depth_to_space(Call& c) { return move_depth(c, true); }
}  // namespace mote
