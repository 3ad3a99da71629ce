// Depthwise convolutions: one window for each plane. 3 x 3 in steps of one over planes as they are, others
// over a padded copy of one plane at a time, whose border is laid out once: with bands (slide()), laid out
// anew for each plane, 5 x 5 over 240 of 12 x 80 took 0.50 ms in place of 0.45, 576 of 7 x 7 0.21 in place of
// 0.12, and 3 x 3 in steps of two over 96 of 112 x 112 0.89 in place of 0.46 (Node 24, relaxed).
#include "conv.h"

#include "../parallel.h"

namespace mote {

bool ConvGroup::plane_is_whole() const {
  bool yes = channels == 1 && rows == 1 && !packed && w.in[0] == 1 && w.out[0] == 1 && w.kernel[0] == 1 &&
             w.in[2] >= 4;
  for (int i = 1; i < 3; ++i)
    yes &= w.kernel[i] == 3 && w.stride[i] == 1 && w.dilation[i] == 1 && w.pad[i] <= 1 && w.pad_end[i] <= 1;
  return yes && w.pad[2] == 1 && w.out[2] == w.in[2];
}

// The largest padded copy: 256 KB, half of the second-level cache.
constexpr size_t most_floats = 64 * 1024;

// Of the copy; 0 where that does not fit. Rows are split by the column's place in a stride, as in Band.
size_t ConvGroup::plane_floats(size_t& row) const {
  const size_t step = size_t(w.stride[2]), reach = size_t(w.kernel[2] - 1) * size_t(w.dilation[2]) / step;
  row = step *
        (max((size_t(w.in[2]) + size_t(w.pad[2])) / step + 1, round_up(size_t(w.out[2]), 4) + reach) + 4);
  const size_t reached =
      size_t(w.out[1] - 1) * size_t(w.stride[1]) + size_t(w.kernel[1] - 1) * size_t(w.dilation[1]) + 1;
  size_t floats;
  return mul(row, max(size_t(w.in[1]) + size_t(w.pad[1]), reached), floats) && floats <= most_floats ? floats
                                                                                                     : 0;
}

bool ConvGroup::plane_fits() const {
  if (channels != 1 || rows != 1 || packed || whole || w.in[0] != 1 || w.out[0] != 1 || w.kernel[0] != 1 ||
      w.pad[0])
    return false;
  constexpr int64_t most = most_floats;
  for (int i = 1; i < 3; ++i)
    if (max(w.in[i], w.pad[i]) > most || max(w.kernel[i], w.dilation[i]) > 256 ||
        max(w.out[i], w.stride[i]) > most)
      return false;
  size_t row;
  return w.stride[2] <= 2 && plane_floats(row);
}

Status ConvGroup::prepare_planes(Call& c) {
  if (plane_is_whole()) return Status::ok;
  const size_t floats = plane_floats(panel), all = floats * thread_count();
  windows = c.scratch_of<float>(all);
  taps = c.scratch_of<int32_t>(k);
  if (!windows || !taps) return c.no_memory(all * 4);
  memset(windows, 0, all * 4);
  for (int64_t t = 0; t < int64_t(k); ++t) {
    const int64_t line = t / w.kernel[2] * w.dilation[1], column = t % w.kernel[2] * w.dilation[2];
    taps[t] = int32_t(line * int64_t(panel) + column % w.stride[2] * int64_t(panel) / w.stride[2] +
                      column / w.stride[2]);
  }
  return Status::ok;
}

void ConvGroup::run_planes(const float* x, const float* weight, const float* bias, float* y, size_t groups,
                           unsigned thread) const {
  if (plane_is_whole()) {
    const size_t step = max<size_t>(1, 65536 / pixels);  // some 100 us a call
    for (size_t i = 0; i < groups; i += step)
      depthwise_f32_3x3({.x = x + i * plane,
                         .w = weight + i * 9,
                         .bias = bias ? bias + i : nullptr,
                         .y = y + i * pixels,
                         .planes = min(step, groups - i),
                         .in_rows = size_t(w.in[1]),
                         .rows = size_t(w.out[1]),
                         .columns = size_t(w.out[2]),
                         .above = w.pad[1] == 1,
                         .low = low,
                         .high = high});
    return;
  }
  size_t row;
  float* padded = windows + plane_floats(row) * thread;
  const size_t step = size_t(w.stride[2]), wide = row / step, pad = size_t(w.pad[2]);
  float* first = padded + size_t(w.pad[1]) * row;
  for (size_t i = 0; i < groups; ++i) {
    if (step == 1) spread_f32(first + pad, row, nullptr, x + i * plane, size_t(w.in[1]), size_t(w.in[2]));
    else if (pad % 2)
      spread_f32(first + wide + pad / 2, row, first + pad / 2 + 1, x + i * plane, size_t(w.in[1]),
                 size_t(w.in[2]));
    else
      spread_f32(first + pad / 2, row, first + wide + pad / 2, x + i * plane, size_t(w.in[1]),
                 size_t(w.in[2]));
    depthwise_f32({.x = padded,
                   .offset = taps,
                   .w = weight + i * k,
                   .y = y + i * pixels,
                   .x_row = row * size_t(w.stride[1]),
                   .y_row = size_t(w.out[2]),
                   .rows = size_t(w.out[1]),
                   .columns = size_t(w.out[2]),
                   .taps = k,
                   .bias = bias ? bias[i] : 0.0f,
                   .low = low,
                   .high = high});
  }
}

}  // namespace mote
