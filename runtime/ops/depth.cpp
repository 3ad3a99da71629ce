#include "depth.h"

namespace mote {

Status depth_shape(Call& c, bool to_space) {
  const DepthAttrs& a = c.attrs<DepthAttrs>();
  const Value& x = c.in(0);
  TRY(c.want_rank(0, 4));
  const int64_t b = a.blocksize;
  if (b < 1 || b > 0x7fffffff) return c.bad_attr("blocksize", b, "at least 1");
  if (!(a.mode == "DCR") && !(a.mode == "CRD")) return c.bad_attr("mode", a.mode, "DCR or CRD");
  if (!known_rank(x)) return c.set(0, x.type, 4), Status::ok;
  int64_t dims[4] = {x.dims[0], 0, 0, 0};
  for (int i = 1; i < 4; ++i) {
    const int64_t by = i == 1 ? b * b : b, d = x.dims[i];
    if (to_space != (i == 1)) TRY(dim_mul(c, d, by, dims[i]));
    else if (d >= 0 && d % by)
      return c.fail_in(0, Status::bad_shape, Arg::dims(x),
                       to_space ? "a multiple of blocksize^2 channels" : "whole blocks");
    else dims[i] = d < 0 && by > 1 ? c.fresh() : d / by;
  }
  return c.set_dims(0, x.type, dims, 4);
}

Status move_depth(Call& c, bool to_space) {
  const DepthAttrs& a = c.attrs<DepthAttrs>();
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const Value &wide = to_space ? y : x, &deep = to_space ? x : y;
  const int64_t b = a.blocksize, h = deep.dims[2], w = deep.dims[3], channels = wide.dims[1], plane = h * w;
  // The axes n, c, h, row of the block, w, column of the block.
  const int64_t dims[6] = {x.dims[0], channels, h, b, w, b};
  int64_t wide_strides[6];
  dense_strides(dims, 6, wide_strides);
  const bool dcr = a.mode == "DCR";
  const int64_t row = dcr ? b * channels * plane : b * plane, column = dcr ? channels * plane : plane;
  const int64_t deep_strides[6] = {b * b * channels * plane, dcr ? plane : b * b * plane, w, row, 1, column};
  Walk<2> walk(dims, 6);
  if (walk.empty) return Status::ok;
  walk.operand(to_space ? 0 : 1, wide_strides);
  walk.operand(to_space ? 1 : 0, deep_strides);
  copy_walk(walk, y, x);
  return Status::ok;
}

}  // namespace mote
