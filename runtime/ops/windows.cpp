#include "windows.h"

namespace mote {

constexpr int64_t most =
    0x7fffffff;  // of every number here: products of two fit 64 bits, kernels may count in 32

Status read_auto_pad(const Call& c, Text name, AutoPad& out) {
  out = AutoPad::none;
  if (!name.size || name == "NOTSET") return Status::ok;
  if (name == "VALID") out = AutoPad::valid;
  else if (name == "SAME_UPPER") out = AutoPad::same_upper;
  else if (name == "SAME_LOWER") out = AutoPad::same_lower;
  else return c.bad_attr("auto_pad", name, "NOTSET, SAME_UPPER, SAME_LOWER or VALID");
  return Status::ok;
}

Status want_numbers(const Call& c, const char* name, Span<const int64_t> numbers, int n, int64_t least) {
  if (!numbers) return Status::ok;
  if (int(numbers.size) != n) return c.bad_attr(name, numbers.size, n);
  for (int64_t v : numbers)
    if (v < least || v > most) return c.bad_attr(name, v, least ? "at least 1" : "at least 0");
  return Status::ok;
}

namespace {

// Output size and padding of axis d, whose input and window are numbers.
Status place(const Call& c, Windows& w, int d, AutoPad padding, bool ceil_mode) {
  const int64_t extent = (w.kernel[d] - 1) * w.dilation[d] + 1, stride = w.stride[d];
  constexpr const char* fewer = "fewer than 2^31 elements along a padded axis";
  if (w.in[d] > most) return c.fail_in(0, Status::bad_shape, Arg::dims(c.in(0)), fewer);
  if (padding == AutoPad::same_upper || padding == AutoPad::same_lower) {
    w.out[d] = ceil_div(w.in[d], stride);
    const int64_t pad = max(int64_t(0), (w.out[d] - 1) * stride + extent - w.in[d]);
    w.pad[d] = padding == AutoPad::same_upper ? pad / 2 : pad - pad / 2;
    w.pad_end[d] = pad - w.pad[d];
  }
  const int64_t padded = w.in[d] + w.pad[d] + w.pad_end[d], room = padded - extent;
  if (padded > most || extent > most) return c.fail_in(0, Status::bad_shape, Arg::dims(c.in(0)), fewer);
  if (padding == AutoPad::same_upper || padding == AutoPad::same_lower) return Status::ok;
  if (room < 0 && w.in[d])
    return c.fail_in(0, Status::bad_shape, Arg::dims(c.in(0)), "axes at least as long as the window");
  w.out[d] = room < 0 ? 0 : (ceil_mode ? ceil_div(room, stride) : room / stride) + 1;
  // A window may not start in the padding at the end.
  if (ceil_mode && w.out[d] && (w.out[d] - 1) * stride >= w.in[d] + w.pad[d]) --w.out[d];
  return Status::ok;
}

}  // namespace

Status make_windows(Call& c, const WindowAttrs& a, const int64_t* in, int axes, const int64_t* kernel,
                    bool ceil_mode, Windows& w) {
  if (axes < 1 || axes > 3) return c.fail(Status::unsupported, "anything but one to three spatial axes");
  if (!kernel && !a.kernel_shape) return c.fail(Status::missing_attribute, "kernel_shape");
  AutoPad padding;
  TRY(read_auto_pad(c, a.auto_pad, padding));
  TRY(want_numbers(c, "kernel_shape", a.kernel_shape, axes, 1));
  TRY(want_numbers(c, "strides", a.strides, axes, 1));
  TRY(want_numbers(c, "dilations", a.dilations, axes, 1));
  TRY(want_numbers(c, "pads", a.pads, axes * 2, 0));
  w = {};
  w.axes = axes;
  for (int d = 0; d < 3; ++d) {
    w.in[d] = w.out[d] = w.kernel[d] = w.stride[d] = w.dilation[d] = 1;
    const int i = d - (3 - axes);
    if (i < 0) continue;
    w.in[d] = in[i];
    w.kernel[d] = kernel && kernel[i] >= 0 ? kernel[i] : a.kernel_shape ? a.kernel_shape[i] : -1;
    if (kernel && a.kernel_shape && a.kernel_shape[i] != w.kernel[d])
      return c.bad_attr("kernel_shape", a.kernel_shape[i], w.kernel[d]);
    if (!w.kernel[d] || w.kernel[d] > most) return c.bad_attr("kernel_shape", w.kernel[d], "at least 1");
    if (a.strides) w.stride[d] = a.strides[i];
    if (a.dilations) w.dilation[d] = a.dilations[i];
    if (a.pads && padding == AutoPad::none) {
      w.pad[d] = a.pads[i];
      w.pad_end[d] = a.pads[i + axes];
    }
    if (w.in[d] < 0 || w.kernel[d] < 0) w.out[d] = c.fresh();
    else TRY(place(c, w, d, padding, ceil_mode));
  }
  return Status::ok;
}

}  // namespace mote
