// Convolutions by tiles of four outputs along a line (toom_f32.cpp): windows of three or more taps beside
// each other, in steps of one. The lines of a window and its channels are summed as they are, as the terms of
// taps + 3 matrix products.
#include "../parallel.h"
#include "conv.h"

namespace mote {

// Floats of a block of transformed lines (1.1 MB) on all threads together, and of transformed weights.
constexpr size_t most_floats = 288 * 1024, weight_floats = 32 * 1024;
constexpr size_t gap = 16;  // floats between planes: see winograd_gap

// Where what the transforms cost is less than the products that they save: for 16 outputs some 60 cycles for
// each channel and 55 for each row of weights. (Node 24, relaxed, 7 taps: 24 channels and rows gain 1.16, 12
// lose 1.19; 3 taps: 24 lose 1.11.)
bool ConvGroup::prefers_lines() {
  if (!packed || w.in[0] != 1 || w.out[0] != 1 || w.kernel[0] != 1 || w.pad[0] || w.stride[2] != 1 ||
      w.dilation[2] != 1)
    return false;
  const size_t wide = size_t(w.out[2]), kernel = size_t(w.kernel[2]);
  if (kernel < 3 || wide < 16) return false;
  size_t products;
  if (!mul(rows, k, products) || products < 64 * (rows + channels)) return false;
  toom.taps = kernel == 3 || kernel == 5 ? unsigned(kernel) : 4;
  pieces = (kernel + toom.taps - 1) / toom.taps;
  const size_t planes = toom.taps + 3, all = (wide + 3) / 4;
  size_t span, floats;
  if (!mul(size_t(w.kernel[1] - 1), size_t(w.dilation[1]), span) || !mul(++span, channels * planes, floats))
    return false;
  // Tiles of a line that fit, of whole panels and groups. Whether enough do is not a matter of threads: their
  // number must not choose the sums.
  const size_t least = min<size_t>(all, 32) + pieces + 8, part = most_floats / thread_count();
  if (most_floats / floats < least) return false;
  const size_t room = max(part / floats, least);
  tiles = all + pieces + 8 <= room ? all : (room - pieces - 8) / 8 * 8;
  toom.groups = (tiles + pieces - 1 + 3) / 4;
  line = round_up(toom.groups * 4, 8);
  tall = min(size_t(w.out[1]), max<size_t>(1, (max(part / (channels * planes * line), span) - span) /
                                                  size_t(w.stride[1])));
  depth = channels * size_t(w.kernel[1]) * pieces;
  height = min(round_up(rows, 4), max<size_t>(4, min<size_t>(16, weight_floats / (planes * depth) / 4 * 4)));
  // Short lines that follow each other make one matrix.
  batch = w.stride[1] == 1 && line == round_up(all, 8) ? min(tall, max<size_t>(1, 128 / line)) : 1;
  return true;
}

Status ConvGroup::prepare_lines(Call& c) {
  const size_t planes = toom.taps + 3, in_rows = (tall - 1) * size_t(w.stride[1]) +
                                                 size_t(w.kernel[1] - 1) * size_t(w.dilation[1]) + 1;
  // Of windows of one line and one piece every channel is a row of panels; else an odd number of cache lines
  // apart.
  const bool panels_fit = in_rows == 1 && pieces == 1;
  plane_x = panels_fit ? 8 : round_up(in_rows * line, 32) + 16;
  toom.panel = panels_fit ? channels * 8 : 8;
  toom.plane = (panels_fit ? channels * line : channels * plane_x) + gap;
  const size_t n_w = planes * (height * depth + gap);
  const size_t n_y = planes * (height * batch * line + gap) + toom.groups * 16 + 4;
  windows = c.scratch_of<float>(planes * toom.plane + 8);
  weights = c.scratch_of<float>(n_w);
  band.lines = c.scratch_of<float>(n_y);
  taps = c.scratch_of<int32_t>(depth);
  if (!windows || !weights || !band.lines || !taps) return c.no_memory((planes * toom.plane + n_w + n_y) * 4);
  size_t t = 0;
  for (size_t ch = 0; ch < channels; ++ch)
    for (size_t i = 0; i < size_t(w.kernel[1]); ++i)
      for (size_t p = 0; p < pieces; ++p)
        taps[t++] = int32_t(ch * plane_x + i * size_t(w.dilation[1]) * line + p);
  return Status::ok;
}

void ConvGroup::by_lines(const float* x, const float* weight, const float* bias, float* y) const {
  const size_t planes = toom.taps + 3, wide = size_t(w.out[2]),
               span = size_t(w.kernel[1] - 1) * size_t(w.dilation[1]) + 1;
  const ToomLines of_weights = {toom.taps, 0, height * depth + gap};
  float *padded = band.lines, *sums = padded + toom.groups * 16 + 4;
  const size_t plane_y = height * batch * line + gap;
  for (int64_t o = o_first; o < o_last; o += int64_t(tall))
    for (size_t j = 0; j < wide; j += tiles * 4) {
      const size_t n = min(tall, size_t(o_last - o)), columns = min(tiles * 4, wide - j),
                   across = (columns + 3) / 4;
      for (size_t ch = 0; ch < channels; ++ch)
        for (size_t i = 0; i < (n - 1) * size_t(w.stride[1]) + span; ++i) {
          const int64_t at = o * w.stride[1] - w.pad[1] + int64_t(i);
          const float* row = at < 0 || at >= w.in[1] ? nullptr : x + ch * plane + size_t(at * w.in[2]);
          fill_line(padded, toom.groups * 16 + 4, row, int64_t(j) - w.pad[2], w.in[2]);
          toom_f32_line_input(toom, windows + ch * plane_x + i * line, padded);
        }
      for (size_t m0 = m_first; m0 < m_last; m0 += height) {
        const size_t m = min(height, m_last - m0);
        for (size_t i = 0; i < m; i += 4)
          toom_f32_line_weights(of_weights, weights + i * depth, weight + (m0 + i) * k,
                                channels * size_t(w.kernel[1]), size_t(w.kernel[2]));
        for (size_t r = 0; r < n; r += batch) {
          const size_t some = min(batch, n - r);
          for (size_t e = 0; e < planes; ++e)
            gemm_f32_4x8_taps({.a = weights + e * of_weights.plane,
                               .a_step = depth * 4,
                               .b = windows + e * toom.plane + r * size_t(w.stride[1]) * line,
                               .b_panel = toom.panel,
                               .taps = taps,
                               .c = sums + e * plane_y,
                               .c_row = batch * line,
                               .rows = m,
                               .columns = (some - 1) * line + round_up(across, 8),
                               .k = depth});
          const ToomLines of_sums = {toom.taps, (across + 3) / 4, 0};
          for (size_t i = 0; i < m * some; ++i) {
            const size_t row = i / some, of = i % some;
            toom_f32_line_output(of_sums, {.from = sums + (row * batch + of) * line,
                                           .plane = plane_y,
                                           .y = y + (m0 + row) * pixels + (size_t(o) + r + of) * wide + j,
                                           .rows = 1,
                                           .columns = columns,
                                           .bias = bias ? bias[m0 + row] : 0.0f,
                                           .low = low,
                                           .high = high});
          }
        }
      }
    }
}

}  // namespace mote
