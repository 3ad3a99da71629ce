// Convolutions: what Conv and its variants of other types share.
#pragma once
#include "band.h"
#include "product.h"

namespace mote {

// Checks input x, weight w and bias b (numbers of inputs; the last may be absent) and sets output 0.
Status conv_shape(Call& c, const WindowAttrs& window, int64_t group, unsigned x, unsigned w, unsigned b,
                  Type type);

// One group of one image at a time, in f32: y [rows, out] = bias + weight [rows, channels, kernel] times the
// windows of x [channels, in], zero outside, cut to [low, high]. Has scratch of its own.
struct ConvGroup {
  size_t rows, channels;
  float low = -__builtin_inff(), high = __builtin_inff();
  bool packed = false;  // the weight lies in panels of 4 rows

  Status prepare(Call& c, const Windows& windows);
  // `end`: of the memory behind x that may be read. bias [rows] or null.
  void run(const float* x, const float* end, const float* weight, const float* bias, float* y);
  // thread_count() of them, each with scratch of its own; the first is this one. And run() on all threads.
  Status twins(Call& c, ConvGroup*& all) const;
  static void run_all(ConvGroup* all, const float* x, const float* end, const float* weight,
                      const float* bias, float* y);
  // Of work, about: 40 GFLOP/s, or with a band that is to be laid out some 4.
  uint64_t ns() const { return uint64_t(rows) * pixels * k / (sliding ? 2 : 20) + sliding * 500; }
  // The same for `groups` of one channel and one row each, where by_planes() allows it, after
  // prepare_planes(). At a time on one thread, of the number `thread`.
  bool by_planes() const { return plane_is_whole() || plane_fits(); }
  Status prepare_planes(Call& c);
  void run_planes(const float* x, const float* weight, const float* bias, float* y, size_t groups,
                  unsigned thread) const;

 private:
  Status take_scratch(Call& c);
  Image image;
  size_t k, pixels, plane;
  bool pointwise, whole, sliding, winograd, lines, direct;
  Band band;               // or the padded lines of one channel for Winograd
  // Winograd: outputs of a tile along each axis; groups of four tiles in a row of tiles
  size_t side = 2, groups;
  float* windows;  // scratch: panels of 8 pixels, [k_part][8] each
  // scratch: a block of rows, [k_part][4] each; null where the weight is packed; of few rows in place: plain
  float* weights;
  size_t k_part, panel, panels;  // k_part: of channels where windows are read in place
  ToomLines toom;           // with the planes of windows
  // Of lines: groups of taps of a window's line; terms of a sum; rows of weights transformed at a time.
  size_t pieces, depth, height;
  // Of a block: tiles and floats of a line, rows of outputs, in how many a product, floats of a channel.
  size_t tiles, line, tall, batch, plane_x;
  int32_t* taps;                 // scratch: where the elements of such a window lie
  size_t p_first, p_last, m_first, m_last;  // the part that matrix() does: pixels, rows (and in_place())
  int64_t o_first, o_last;                  // and by_tiles() and in_place(): rows of outputs
  Windows w;

  void last_pixel(const float* x, const float* weight, const float* bias, float* y) const;
  void one_pixel(const float* x, const float* weight, const float* bias, float* y) const;
  void matrix(const float* x, const float* weight, const float* bias, float* y) const;
  bool thin_fits() const;
  bool prefers_direct() const;
  Status prepare_direct(Call& c);
  void in_place(const float* x, const float* weight, const float* bias, float* y) const;
  bool plane_is_whole() const;
  bool plane_fits() const;
  size_t plane_floats(size_t& row) const;
  bool prefers_lines();
  Status prepare_lines(Call& c);
  void by_lines(const float* x, const float* weight, const float* bias, float* y) const;
  bool prefers_winograd();
  Status prepare_winograd(Call& c);
  void by_tiles(const float* x, const float* weight, const float* bias, float* y) const;
  void slide(const float* x, const float* weight, const float* bias, float* y) const;
};

// A convolution of integers of 8 bits less their zero points, summed exactly, modulo 2^32, into y [n, rows,
// out]. Numbers of inputs; zero points and bias (i32) may be absent, the zero point of w is one number or
// [rows].
struct ConvInputs {
  unsigned x, x_zero, w, w_zero, bias;
};
Status conv_ints(Call& c, const WindowAttrs& window, int64_t group, ConvInputs in, int32_t* y);
// Checks those inputs and sets output 0.
Status conv_ints_shape(Call& c, const WindowAttrs& window, int64_t group, ConvInputs in, Type type);

// The same in double for any real type, one element at a time: y may be f64, whatever x and w are.
struct AnyConv {
  const Value &x, &w;
  const Value *bias = nullptr, *x_zero = nullptr, *w_zero = nullptr;
};
void conv_any(const AnyConv& v, Type type, void* y, const Windows& windows, size_t group);

}  // namespace mote
