// Convolutions of 8-bit integers by the kernels of f32: sums of at most 256 products are exact there.
#include "../arena.h"
#include "conv.h"
#include "quantize.h"

namespace mote {
namespace {

constexpr size_t exact = 256;  // 256 * 255 * 255 < 2^24

// to [n, size] = n rows of v less their zero points; rows behind `have` are 0.
void widen(float* to, const Value& v, size_t first, size_t have, size_t n, size_t size, int zero) {
  const auto* from = v.as<uint8_t>() + first * size;
  (v.type == Type::u8 ? dequantize_u8_f32 : dequantize_i8_f32)(to, from, min(have, n) * size, 1, zero);
  if (have < n) memset(to + have * size, 0, (n - have) * size * 4);
}

}  // namespace

Status conv_ints_shape(Call& c, const WindowAttrs& window, int64_t group, ConvInputs in, Type type) {
  TRY(c.want_type(in.x, eight_bits));
  TRY(c.want_type(in.w, eight_bits));
  TRY(c.want_same_type(in.x_zero, in.x));
  TRY(c.want_same_type(in.w_zero, in.w));
  TRY(c.want_type(in.bias, types(Type::i32)));
  TRY(want_single(c, in.x_zero));
  TRY(conv_shape(c, window, group, in.x, in.w, in.bias, type));
  return want_channels(c, in.w_zero, in.w);
}

Status conv_ints(Call& c, const WindowAttrs& window, int64_t group_, ConvInputs in, int32_t* y) {
  const Value &x = c.in(in.x), &w = c.in(in.w);
  const Value* x_zero = c.has_in(in.x_zero) ? &c.in(in.x_zero) : nullptr;
  const Value* w_zero = c.has_in(in.w_zero) ? &c.in(in.w_zero) : nullptr;
  const int32_t* bias = c.has_in(in.bias) ? c.in(in.bias).as<int32_t>() : nullptr;
  Windows win;
  TRY(make_windows(c, window, x.dims + 2, x.rank - 2, w.dims + 2, false, win));
  const size_t group = size_t(group_), m = size_t(w.dims[0]), rows = m / group, channels = size_t(w.dims[1]);
  const size_t taps = product(w, 2, w.rank), plane = product(x, 2, x.rank), images = size_t(x.dims[0]);
  size_t pixels = 1;
  for (int64_t n : win.out) pixels *= size_t(n);
  if (!pixels || !m || !images) return Status::ok;
  if (taps > exact) {
    conv_any({x, w, bias ? &c.in(in.bias) : nullptr, x_zero, w_zero}, Type::i32, y, win, group);
    return Status::ok;
  }
  for (size_t i = 0; i < images * m * pixels; ++i) y[i] = bias ? bias[i / pixels % m] : 0;
  if (!channels) return Status::ok;
  // As many channels at a time as are exact, in parts of one size; the last is filled up with zeros.
  const size_t parts = (channels + exact / taps - 1) / (exact / taps), part = (channels + parts - 1) / parts;
  ConvGroup g;
  g.rows = rows;
  g.channels = part;
  TRY(g.prepare(c, win));
  float* wide_x = c.scratch_of<float>(part * (plane + rows * taps) + rows * pixels);
  if (!wide_x) return c.no_memory(part * plane * 4);
  float *wide_w = wide_x + part * plane, *sums = wide_w + part * rows * taps;
  const int zero = x_zero ? int(load_int(x.type, x_zero->data, 0)) : 0;
  for (size_t i = 0; i < images * group; ++i)
    for (size_t first = 0; first < channels; first += part) {
      const size_t have = min(part, channels - first), row = i % group * rows;
      widen(wide_x, x, i * channels + first, have, part, plane, zero);
      for (size_t r = 0; r < rows; ++r) {
        const int z = w_zero ? int(load_int(w.type, w_zero->data, along(w_zero, 0, row + r, m))) : 0;
        widen(wide_w + r * part * taps, w, (row + r) * channels + first, have, part, taps, z);
      }
      g.run(wide_x, wide_x + part * plane, wide_w, nullptr, sums);
      auto* to = reinterpret_cast<uint32_t*>(y) + i * rows * pixels;
      for (size_t e = 0; e < rows * pixels; ++e) to[e] += uint32_t(int32_t(sums[e]));
    }
  return Status::ok;
}

}  // namespace mote
