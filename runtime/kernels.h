// The kernels: shape-free inner loops on raw pointers. A row of kernels.def names one and its family, the
// signature declared here.
#pragma once
#include "base.h"

namespace mote {

// ---- functions of one element (unary_f32.cpp); y may be x

// n is a multiple of 8; a and b are constants of the function, where it has any. Callers of any n: apply() of
// ops/unary.h.
using unary_f32_fn = void(float* y, const float* x, size_t n, float a, float b);

// ---- rows

// One dense row to one number. n may be 0 only where the kernel says so.
using row_reduce_fn = float(const float* x, size_t n);
// Sum over a dense row of (x - mean)^2.
using row_moment_fn = float(const float* x, float mean, size_t n);
// y[i] = (x[i] - mean) * factor * scale[i * scale_step] + bias[i * bias_step]; steps are 0 or 1; y may be x,
// scale or bias.
using row_normalize_fn = void(float* y, const float* x, float mean, float factor, const float* scale,
                              size_t scale_step, const float* bias, size_t bias_step, size_t n);
// Softmax of one dense row; y may be x.
using row_softmax_fn = void(float* y, const float* x, size_t n);
// Softmax of `lanes` (1 to 4) neighbouring columns of n elements each, `stride` elements apart; y may be x.
using columns_softmax_fn = void(float* y, const float* x, size_t n, size_t stride, unsigned lanes);

// ---- attention, eight queries a panel (attend_f32.cpp)

// s [n][8] += rows[lane][n]; rows[0] = rows[7]: one row for all lanes.
using attend_mask_fn = void(float* s, const float* const* rows, size_t n);
// s [n][8] = exp(s - greatest [8]), and its sum [8].
using attend_softmax_fn = void(float* s, size_t n, float* greatest, float* sum);
// y [rows][n] = factor[row] * o [n][8]; rows at most 8.
using attend_store_fn = void(float* y, size_t y_row, const float* o, const float* factor, size_t rows,
                             size_t n);

// ---- floats of 16 bits (float16.cpp)

using widen_fn = void(float* y, const uint16_t* x, size_t n);
using narrow_fn = void(uint16_t* y, const float* x, size_t n);

// ---- pools (pool_f32.cpp)

// y[i] of x[r * step + i], r < rows; rows at least 1.
using lines_fn = void(float* y, const float* x, size_t step, size_t rows, size_t n);
// y[i] of x[offset[t] + i], t < taps; taps at least 1. Up to 3 floats past the last may be read.
using taps_fn = void(float* y, const float* x, const int32_t* offset, size_t taps, size_t n);
// to[p * wide + i] = from[i * phases + p], i < wide. Up to 8 floats past the last may be read.
using phases_fn = void(float* to, size_t wide, const float* from, size_t phases);

// ---- 8-bit integers (quantize.cpp)

// y = x / scale, rounded to the nearest even, plus zero, cut to [low, high]; the low bytes are stored.
using quantize_fn = void(uint8_t* y, const float* x, size_t n, float scale, int zero, int low, int high);
// y = (x - zero) * scale.
using dequantize_fn = void(float* y, const uint8_t* x, size_t n, float scale, int zero);
// Widens [low, high] to all of x; a NaN is passed over.
using row_range_fn = void(const float* x, size_t n, float& low, float& high);

// ---- matrices (gemm_f32.cpp, gemv_f32.cpp)

// c [rows, columns] = start + a [rows, k] * b [k, columns], clamped to [low, high]; start: what c holds, or
// the biases. b lies in panels of 8 columns, all of whose floats may be read, also past `columns`.
//   gemm_f32_4x8       a in panels of 4 rows, each [k][4]; row i of a panel of b is the 8 floats at b + i *
//                      b_step
//   gemm_f32_4x8_rows  a as it is, row by row; b likewise
//   gemm_f32_4x8_taps  a in panels; row i of a panel of b is the 8 floats at b + taps[i]
struct Gemm {
  const float* a;
  // elements from panel to panel, at least 4 k; of gemm_f32_4x8_rows from row to row
  size_t a_step;
  const float* b;
  size_t b_panel;            // elements from panel to panel
  size_t b_step = 8;
  const int32_t* taps = nullptr;  // [k]
  float* c;
  size_t c_row;
  size_t rows, columns, k;   // rows and columns at least 1
  bool add = false;          // start is what c holds
  const float* row_bias = nullptr;     // [rows] or null
  const float* column_bias = nullptr;  // [columns] or null
  float low = -__builtin_inff(), high = __builtin_inff();  // NaN stays
};
using gemm_fn = void(const Gemm& g);
// y[0, n) = x [k] * w. Panels: w holds ceil(n / width) panels [k][width], `stride` elements apart; rows: w is
// [n][k] and plain: w is [k][n], both with row stride `stride`.
using gemv_fn = void(float* y, const float* x, size_t k, const float* w, size_t stride, size_t n);

// ---- Winograd's convolution 3 x 3 (winograd_f32.cpp; toom_f32.cpp: the numbers in brackets)

// Tiles of 2 x 2 [4 x 4] outputs, `rows` rows of `groups` groups of four. The 16 [36] transformed elements of
// a tile lie `plane` floats apart.
struct WinogradTiles {
  size_t rows, groups;
};
// Weights of four rows, [channels][9][4], to [16 or 36][channels][4].
using winograd_weights_fn = void(float* to, size_t plane, const float* w, size_t channels);
// One channel: padded lines of `row` floats, 2 + 8 [4 + 16] for each group and two lines more than tiles
// have, to eight tiles a panel.
using winograd_input_fn = void(const WinogradTiles& tiles, float* to, size_t plane, size_t panel,
                               const float* x, size_t row);
// One row of sums, [16 or 36][tiles], to y [rows, columns], where the last tiles may be cut.
struct WinogradOutput {
  const float* from;
  size_t plane;
  float* y;
  size_t rows, columns;
  float bias, low, high;
};
using winograd_output_fn = void(const WinogradTiles& tiles, const WinogradOutput& output);

// Lines: groups of four tiles of four outputs beside each other, a window's line cut into 3, 4 or 5 taps at a
// time, which take taps + 3 planes `plane` floats apart.
struct ToomLines {
  unsigned taps;
  size_t groups, plane;
  size_t panel = 8;  // of line_input: floats from two groups to the next two
};
// A padded line of 4 + 16 floats for each group.
using toom_line_input_fn = void(const ToomLines& t, float* to, const float* x);
// Of four rows: [lines][kernel][4] to [lines][kernel / taps, rounded up][4].
using toom_line_weights_fn = void(const ToomLines& t, float* to, const float* w, size_t lines, size_t kernel);
// One row of outputs; `rows` is not read.
using toom_line_output_fn = void(const ToomLines& t, const WinogradOutput& o);

// ---- packing into panels (pack_f32.cpp)

// One panel of 4 or 8 columns, [k][4] or [k][8], from k rows of n valid columns (zero padded): element (i, j)
// is from[i * row + j * column]. A panel of rows is the panel of columns of the transposed matrix.
using pack_fn = void(float* to, const float* from, size_t row, size_t column, size_t k, size_t n);

// k lines of n floats, `row` apart, as rows of panels of 8 columns, `panel` floats apart; what is past n in
// the last is left.
using pack_lines_fn = void(float* to, size_t panel, const float* from, size_t row, size_t k, size_t n);

// One group's input of a convolution, and where its windows lie. Axes are depth, height, width.
struct Image {
  const float* x;            // [channels, in[0], in[1], in[2]]
  const float* end;          // of the memory that may be read
  int32_t in[3], out[3], kernel[3], stride[3], dilation[3], pad[3];  // pad: before the first element
};
// Rows [k0, k1) of the im2col matrix [channels * kernel, out] at the pixels [p0, p1), into panels `panel`
// elements apart (8 * (k1 - k0) + 8 or more: a row may spill up to 7 floats past its end).
using pack_image_fn = void(float* to, size_t panel, const Image& image, size_t k0, size_t k1, size_t p0,
                           size_t p1);

// ---- depthwise convolution (depthwise_f32.cpp)

// y [rows, columns] = bias + sum over taps t of w[t] * x[offset[t] + row * x_row + column], clamped to [low,
// high]. x is padded: up to 3 floats past the last column may be read.
struct Depthwise {
  const float* x;
  const int32_t* offset;
  const float* w;
  float* y;
  size_t x_row, y_row, rows, columns, taps;
  float bias = 0, low = -__builtin_inff(), high = __builtin_inff();
};
using depthwise_fn = void(const Depthwise& d);

// Whole planes, each under a window of its own that covers as many columns as there are (4 or more), with
// zeros around: y [planes, rows, columns] = bias + sum of w [planes, 3, 3] times x [planes, in_rows,
// columns].
struct Planes {
  const float* x;
  const float* w;
  const float* bias;  // [planes] or null
  float* y;
  size_t planes, in_rows, rows, columns;
  bool above;         // there is a row of zeros above the first one
  float low = -__builtin_inff(), high = __builtin_inff();
};
using depthwise_planes_fn = void(const Planes& d);

// Rows of x [rows, columns] to places to_row apart; with `odd` every other column there, the others to `to`.
using spread_fn = void(float* to, size_t to_row, float* odd, const float* x, size_t rows, size_t columns);

// ---- activations (ops/activation.h)

// The functions that fused operators and LSTM apply. f(x), with the constants a and b.
enum class Activation : uint8_t {
  none,
  relu,              // max(x, 0)
  clip,              // min(max(x, a), b)
  sigmoid,
  tanh,
  hard_sigmoid,      // min(max(a x + b, 0), 1)
  hard_swish,        // x min(max(x / 6 + 1/2, 0), 1)
  leaky_relu,        // x < 0 ? a x : x
  thresholded_relu,  // x > a, or x = a and b = 0 ? x : 0
  affine,            // a x + b
  scaled_tanh,       // a tanh(b x)
  elu,               // x < 0 ? a (e^x - 1) : x
  softsign,          // x / (1 + |x|)
  softplus,          // log(1 + e^x)
  gelu,              // x (1 + erf(x / sqrt 2)) / 2
  gelu_tanh,         // the same by tanh
  swish,             // x sigmoid(a x)
  mish,              // x tanh(log(1 + e^x))
};

#define KERNEL(name, family) family##_fn name;
#include "kernels.def"
#undef KERNEL

}  // namespace mote
