// A plane of f32 in bands of padded rows, over which the kernels of depthwise_f32.cpp slide a window without looking at
// borders.
#pragma once
#include "../kernels.h"
#include "windows.h"

namespace mote {

// A padded row is split by the column's place in a stride: column x lies at x % phases * wide + x / phases, so that
// neighbouring outputs read neighbouring floats whatever the stride is.
struct Band {
  const Windows* w = nullptr;
  float fill = 0;  // of the padding
  size_t phases = 1, wide = 0, row = 0, taps = 0;
  int64_t rows = 1;            // of outputs at a time
  float* lines = nullptr;      // scratch
  int32_t* offsets = nullptr;  // scratch [taps], where each tap of a window lies
};

// True if the windows have no depth and a band fits into the scratch that is planned for it.
bool band_fits(const Windows& w);
Status make_band(Call& c, const Windows& w, float fill, Band& b);
// Lays out what the output rows [first, first + n) of plane x [in[1], in[2]] need; n <= b.rows. Output row `first` starts
// at b.lines.
void fill_band(const Band& b, const float* x, int64_t first, int64_t n);

}  // namespace mote
