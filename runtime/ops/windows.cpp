#include "windows.h"

namespace mote {

Status make_windows(Call& c, const WindowAttrs& a, const int64_t* in, int axes, const int64_t* kernel, bool ceil_mode, Windows& w) {
  if (axes < 1 || axes > 3) return c.fail(Status::unsupported, "anything but one to three spatial axes");
  w.axes = axes;
  const auto sized = [&](Span<const int64_t> s, int n) { return !s || int(s.size) == n; };
  if (!sized(a.kernel_shape, axes) || (!kernel && !a.kernel_shape)) return c.bad_attr("kernel_shape", a.kernel_shape.size, axes);
  if (!sized(a.strides, axes)) return c.bad_attr("strides", a.strides.size, axes);
  if (!sized(a.dilations, axes)) return c.bad_attr("dilations", a.dilations.size, axes);
  if (!sized(a.pads, axes * 2)) return c.bad_attr("pads", a.pads.size, axes * 2);
  const bool same_upper = a.auto_pad == "SAME_UPPER", same_lower = a.auto_pad == "SAME_LOWER", valid = a.auto_pad == "VALID";
  if (!same_upper && !same_lower && !valid && !(a.auto_pad == "NOTSET") && a.auto_pad.size) return c.bad_attr("auto_pad", a.auto_pad, "NOTSET, SAME_UPPER, SAME_LOWER or VALID");
  for (int i = 0; i < 3; ++i) w.in[i] = w.out[i] = w.kernel[i] = w.stride[i] = w.dilation[i] = 1, w.pad[i] = w.pad_end[i] = 0;
  constexpr int64_t most = 0x7fffffff;
  for (int i = 0; i < axes; ++i) {
    const int d = 3 - axes + i;
    w.in[d] = in[i];
    w.kernel[d] = kernel ? kernel[i] : a.kernel_shape[i];
    if (kernel && a.kernel_shape && kernel[i] >= 0 && a.kernel_shape[i] != kernel[i]) return c.bad_attr("kernel_shape", a.kernel_shape[i], kernel[i]);
    if (w.kernel[d] < 0 && a.kernel_shape) w.kernel[d] = a.kernel_shape[i];
    if (a.strides) w.stride[d] = a.strides[i];
    if (a.dilations) w.dilation[d] = a.dilations[i];
    if (w.stride[d] < 1 || w.stride[d] > most) return c.bad_attr("strides", w.stride[d], "at least 1");
    if (w.dilation[d] < 1 || w.dilation[d] > most) return c.bad_attr("dilations", w.dilation[d], "at least 1");
    if ((w.kernel[d] < 1 && (!kernel || w.kernel[d] == 0)) || w.kernel[d] > most) return c.bad_attr("kernel_shape", w.kernel[d], "at least 1");
    if (a.pads && !valid && !same_upper && !same_lower) {
      w.pad[d] = a.pads[i];
      w.pad_end[d] = a.pads[i + axes];
      if (w.pad[d] < 0 || w.pad_end[d] < 0 || w.pad[d] > most || w.pad_end[d] > most) return c.bad_attr("pads", min(w.pad[d], w.pad_end[d]), "not negative");
    }
    if (w.in[d] < 0 || w.kernel[d] < 0) {
      w.out[d] = c.fresh();
      continue;
    }
    if (w.in[d] > most * 16) return c.fail_in(0, Status::bad_shape, Arg::dims(c.in(0)), "smaller axes");
    const int64_t extent = (w.kernel[d] - 1) * w.dilation[d] + 1;
    if (same_upper || same_lower) {
      w.out[d] = ceil_div(w.in[d], w.stride[d]);
      const int64_t pad = max(int64_t(0), (w.out[d] - 1) * w.stride[d] + extent - w.in[d]);
      w.pad[d] = same_upper ? pad / 2 : pad - pad / 2;
      w.pad_end[d] = pad - w.pad[d];
      continue;
    }
    const int64_t room = w.in[d] + w.pad[d] + w.pad_end[d] - extent;
    if (room < 0) return c.fail_in(0, Status::bad_shape, Arg::dims(c.in(0)), "axes at least as long as the window");
    w.out[d] = (ceil_mode ? ceil_div(room, w.stride[d]) : room / w.stride[d]) + 1;
    if (ceil_mode && (w.out[d] - 1) * w.stride[d] >= w.in[d] + w.pad[d]) --w.out[d];  // a window may not start in the padding at the end
  }
  return Status::ok;
}

}  // namespace mote
