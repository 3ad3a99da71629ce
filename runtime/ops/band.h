// A plane of f32 in bands of padded rows, over which the kernels of depthwise_f32.cpp slide a window without
// looking at borders.
#pragma once
#include "../kernels.h"
#include "windows.h"

namespace mote {

// A padded row is split by the column's place in a stride: column x lies at x % phases * wide + x / phases,
// so that neighbouring outputs read neighbouring floats whatever the stride is.
struct Band {
  const Windows* w = nullptr;
  float fill = 0;  // of the padding
  size_t phases = 1, wide = 0, row = 0, taps = 0;
  int64_t rows = 1;            // of outputs at a time
  size_t plane = 0;            // elements of the band of one plane
  float* lines = nullptr;      // scratch, planes * plane
  int32_t* offsets = nullptr;  // scratch [taps], where each tap of a window lies
};

// 32 KB: what stays in the first-level cache. A band of one row of outputs may take three times that.
constexpr int64_t band_floats = 8 * 1024;

// True if the windows have no depth and a band of so many planes fits into three times the floats that are
// planned for it.
bool band_fits(const Windows& w, int64_t planes = 1, int64_t floats = band_floats);
Status make_band(Call& c, const Windows& w, float fill, Band& b, int64_t planes = 1,
                 int64_t floats = band_floats);
// Lays out what the output rows [first, first + n) of plane x [in[1], in[2]] need; n <= b.rows. Output row
// `first` starts at b.lines + at.
void fill_band(const Band& b, const float* x, int64_t first, int64_t n, size_t at = 0);

// Columns [first, first + n) of a row of `wide` floats, `fill` outside of it; row null: nothing is inside.
void fill_line(float* to, size_t n, const float* row, int64_t first, int64_t wide, float fill = 0);

}  // namespace mote
