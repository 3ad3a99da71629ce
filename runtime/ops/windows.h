// Windows over spatial axes: what Conv, ConvTranspose and the pools share. Spatial axes are mapped to three
// (depth, height, width); missing ones in front have one element, a window of one and stride one.
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

enum class AutoPad { none, valid, same_upper, same_lower };
Status read_auto_pad(const Call& c, Text name, AutoPad& out);
// An optional attribute of n numbers in [least, 2^31).
Status want_numbers(const Call& c, const char* name, Span<const int64_t> numbers, int n, int64_t least);

struct Windows {
  int axes = 0;  // real spatial axes, 1 to 3
  int64_t in[3] = {}, out[3] = {}, kernel[3] = {}, stride[3] = {}, dilation[3] = {};
  int64_t pad[3] = {}, pad_end[3] = {};  // before the first and after the last element
};

// Checks attributes and computes output sizes for input dims `in` [axes] (symbols allowed: then the output is
// fresh). kernel: of the weight, or null to take the attribute kernel_shape. bad_attribute, bad_shape.
Status make_windows(Call& c, const WindowAttrs& a, const int64_t* in, int axes, const int64_t* kernel,
                    bool ceil_mode, Windows& w);

}  // namespace mote
