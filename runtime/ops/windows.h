// Windows over spatial axes: what Conv, ConvTranspose and the pools share. Spatial axes are mapped to three (depth, height,
// width); missing ones in front have one element, a window of one and stride one.
#pragma once
#include "../op.h"

namespace mote {

struct WindowAttrs {
  Text auto_pad;
  Span<const int64_t> kernel_shape, strides, dilations, pads;
};
// The rows of a struct S with a member `WindowAttrs window`.
#define WINDOW_ATTRS(S) \
  make_attr<Text>("auto_pad", __builtin_offsetof(S, window.auto_pad), false, "NOTSET"), \
  make_attr<Span<const int64_t>>("kernel_shape", __builtin_offsetof(S, window.kernel_shape), false), \
  make_attr<Span<const int64_t>>("strides", __builtin_offsetof(S, window.strides), false), \
  make_attr<Span<const int64_t>>("dilations", __builtin_offsetof(S, window.dilations), false), \
  make_attr<Span<const int64_t>>("pads", __builtin_offsetof(S, window.pads), false)

struct Windows {
  int axes = 0;                // real spatial axes, 1 to 3
  int64_t in[3], out[3], kernel[3], stride[3], dilation[3], pad[3];  // pad: before the first element
  int64_t pad_end[3];
};

// Checks attributes and computes output sizes for input dims `in` [axes] (symbols allowed: then the output is fresh).
// kernel: of the weight, or null to take the attribute kernel_shape. bad_attribute, bad_shape.
Status make_windows(Call& c, const WindowAttrs& a, const int64_t* in, int axes, const int64_t* kernel, bool ceil_mode, Windows& w);

}  // namespace mote
