#include "band.h"

#include "../simd.h"

namespace mote {
namespace {

int64_t band_row(const Windows& w) {
  // Kernels read up to 3 floats past the last column.
  return (w.out[2] + (w.kernel[2] - 1) * w.dilation[2] / w.stride[2] + 4) * w.stride[2];
}
int64_t band_height(const Windows& w) { return (w.kernel[1] - 1) * w.dilation[1] + 1; }

void put(float* to, size_t n, float v) {
  if (n < 4) {
    for (size_t i = 0; i < n; ++i) to[i] = v;
    return;
  }
  for (size_t i = 0; i + 4 < n; i += 4) store4(to + i, splat4(v));
  store4(to + n - 4, splat4(v));
}

// n elements `step` apart.
void gather(float* to, const float* from, size_t step, size_t n) {
  if (step == 1 && n > 256) return void(memcpy(to, from, n * 4));
  size_t i = 0;
  if (step == 1 && n >= 4) {  // a call of memcpy takes longer than a short row
    for (; i + 4 < n; i += 4) store4(to + i, load4(from + i));
    return store4(to + n - 4, load4(from + n - 4));
  }
  if (step == 2)
    for (; i + 5 <= n; i += 4) store4(to + i, even4(load4(from + i * 2), load4(from + i * 2 + 4)));
  for (; i < n; ++i) to[i] = from[i * step];
}

}  // namespace

bool band_fits(const Windows& w, int64_t planes, int64_t most) {
  const bool flat = w.in[0] == 1 && w.out[0] == 1 && w.kernel[0] == 1 && w.pad[0] == 0;
  int64_t floats;
  return flat && w.kernel[2] * w.dilation[2] < 0x7fffffff && mul(band_row(w), band_height(w), floats) &&
         mul(floats, planes, floats) && floats <= most * 3;
}

Status make_band(Call& c, const Windows& w, float fill, Band& b, int64_t planes, int64_t most) {
  const int64_t row = band_row(w), tall = band_height(w);
  b = {.w = &w,
       .fill = fill,
       .phases = size_t(w.stride[2]),
       .wide = size_t(row / w.stride[2]),
       .row = size_t(row),
       .taps = size_t(w.kernel[1] * w.kernel[2])};
  b.rows = min(w.out[1], max(int64_t(1), (most / planes / row - tall) / w.stride[1] + 1));
  b.plane = size_t(((b.rows - 1) * w.stride[1] + tall) * row);
  // which a panel of 8 columns may read past the last row
  const size_t floats = b.plane * size_t(planes) + 8;
  b.lines = c.scratch_of<float>(floats);
  b.offsets = c.scratch_of<int32_t>(b.taps);
  if (!b.lines || !b.offsets) return c.no_memory(floats * 4);
  size_t t = 0;
  for (int64_t i = 0; i < w.kernel[1]; ++i)
    for (int64_t j = 0; j < w.kernel[2]; ++j) {
      const int64_t column = j * w.dilation[2];
      b.offsets[t++] =
          int32_t(i * w.dilation[1] * row + column % w.stride[2] * int64_t(b.wide) + column / w.stride[2]);
    }
  return Status::ok;
}

void fill_band(const Band& b, const float* x, int64_t first, int64_t n, size_t at) {
  const Windows& w = *b.w;
  const int64_t lines = (n - 1) * w.stride[1] + band_height(w), step = w.stride[2], wide = int64_t(b.wide);
  for (int64_t phase = 0; phase < step; ++phase) {
    const int64_t shift = phase - w.pad[2];  // the column of place 0
    const int64_t start = min(wide, shift < 0 ? (step - 1 - shift) / step : 0);
    const int64_t end = max(start, min(wide, w.in[2] > shift ? (w.in[2] - shift + step - 1) / step : 0));
    float* to = b.lines + at + size_t(phase * wide);
    for (int64_t i = 0; i < lines; ++i, to += b.row) {
      const int64_t y = first * w.stride[1] - w.pad[1] + i;
      if (y < 0 || y >= w.in[1]) {
        put(to, b.wide, b.fill);
        continue;
      }
      put(to, size_t(start), b.fill);
      if (end > start)
        gather(to + start, x + (y * w.in[2] + start * step + shift), size_t(step), size_t(end - start));
      put(to + end, size_t(wide - end), b.fill);
    }
  }
}

void fill_line(float* to, size_t n, const float* row, int64_t first, int64_t wide, float fill) {
  const int64_t count = int64_t(n), start = row ? max(int64_t(0), min(count, -first)) : count;
  const int64_t end = row ? max(start, min(count, wide - first)) : count;
  put(to, size_t(start), fill);
  if (end > start) gather(to + start, row + (first + start), 1, size_t(end - start));
  put(to + end, size_t(count - end), fill);
}

}  // namespace mote
