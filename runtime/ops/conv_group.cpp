// Convolutions: windows packed into matrices, or slid over padded rows.
#include "conv.h"

#include "../arena.h"
#include "../parallel.h"
#include "quantize.h"

namespace mote {

Status conv_shape(Call& c, const WindowAttrs& window, int64_t group, unsigned ix, unsigned iw, unsigned ib,
                  Type type) {
  TRY(c.want_min_rank(ix, 3));
  TRY(c.want_min_rank(iw, 3));
  TRY(c.want_rank(ib, 1));
  const Value &x = c.in(ix), &w = c.in(iw);
  if (group < 1) return c.bad_attr("group", group, "at least 1");
  if (!known_rank(x) || !known_rank(w)) {
    c.set(0, type, known_rank(x) ? x.rank : w.rank);
    return Status::ok;
  }
  TRY(c.want_rank(iw, x.rank));
  if (x.dims[1] >= 0 && w.dims[1] >= 0 && (x.dims[1] % group || x.dims[1] / group != w.dims[1]))
    return c.fail_in(iw, Status::bad_shape, Arg::dims(w), x.dims[1] / group);
  if (w.dims[0] >= 0 && w.dims[0] % group)
    return c.fail_in(iw, Status::bad_shape, Arg::dims(w), "a multiple of group in axis 0");
  TRY(c.want_dim(ib, 0, w.dims[0]));
  Windows win;
  TRY(make_windows(c, window, x.dims + 2, x.rank - 2, w.dims + 2, false, win));
  int64_t dims[max_rank] = {x.dims[0], w.dims[0]};
  for (int i = 0; i < win.axes; ++i) dims[2 + i] = win.out[3 - win.axes + i];
  return c.set_dims(0, type, dims, x.rank);
}

// An image of one column is one row, as long: then pixels that follow each other lie side by side. (magika's
// convolution of 512 x 1 pixels packed its windows in 7 of 26 ms before.)
static void lay_down(Windows& w) {
  const auto only = [&](int i) { return w.in[i] == 1 && w.out[i] == 1 && w.kernel[i] == 1 && w.pad[i] == 0; };
  if (!only(2) || only(1)) return;
  int64_t* const all[] = {w.in, w.out, w.kernel, w.stride, w.dilation, w.pad, w.pad_end};
  for (int64_t* d : all) swap(d[1], d[2]);
}

Status ConvGroup::prepare(Call& c, const Windows& win) {
  w = win;
  lay_down(w);
  plane = pixels = 1;
  k = channels;
  pointwise = true;
  for (int i = 0; i < 3; ++i) {
    image.in[i] = int32_t(w.in[i]);
    image.out[i] = int32_t(w.out[i]);
    image.kernel[i] = int32_t(w.kernel[i]);
    image.stride[i] = int32_t(w.stride[i]);
    image.dilation[i] = int32_t(w.dilation[i]);
    image.pad[i] = int32_t(w.pad[i]);
    plane *= size_t(w.in[i]);
    pixels *= size_t(w.out[i]);
    k *= size_t(w.kernel[i]);
    pointwise &= w.kernel[i] == 1 && w.stride[i] == 1 && w.pad[i] == 0 && w.pad_end[i] == 0;
  }
  whole = pixels == 1 && k;
  for (int i = 0; i < 3; ++i) whole &= w.kernel[i] == w.in[i] && w.dilation[i] == 1 && w.pad[i] == 0;
  sliding = !packed && !whole && channels == 1 && rows <= 4 && band_fits(w);
  p_first = m_first = 0;
  o_first = 0;
  o_last = w.out[1];
  p_last = pixels;
  m_last = rows;
  return take_scratch(c);
}

Status ConvGroup::take_scratch(Call& c) {
  winograd = lines = direct = false;
  if (sliding) return make_band(c, w, 0, band);
  if (whole) return Status::ok;
  winograd = prefers_winograd();
  if (winograd) return prepare_winograd(c);
  lines = prefers_lines();
  if (lines) return prepare_lines(c);
  direct = packed && !pointwise && prefers_direct();
  if (direct) return prepare_direct(c);
  k_part = k_block(k);
  panel = k_part * 8 + 8;
  // At most 256 pixels: what pack_f32_image takes.
  panels = min(min<size_t>(32, max<size_t>(1, block_floats / panel)), (pixels + 7) / 8);
  windows = c.scratch_of<float>(panels * panel);
  weights = packed ? nullptr : c.scratch_of<float>(m_block(rows, k_part) * k_part + 4);
  return windows && (packed || weights) ? Status::ok : c.no_memory(panels * panel * 4);
}

Status ConvGroup::twins(Call& c, ConvGroup*& all) const {
  const unsigned n = thread_count();
  all = c.scratch_of<ConvGroup>(n);
  if (!all) return c.no_memory(n * sizeof(ConvGroup));
  for (unsigned i = 0; i < n; ++i) {
    ConvGroup& g = *new (Place{all + i}) ConvGroup(*this);
    if (i) TRY(g.take_scratch(c));
    g.band.w = &g.w;
  }
  return Status::ok;
}

// By pixels, or where these are fewer by rows, so that a thread reads only its part of the weight; then each
// one packs all windows.
void ConvGroup::run_all(ConvGroup* all, const float* x, const float* end, const float* weight,
                        const float* bias, float* y) {
  const size_t threads = thread_count(), pixels = all->pixels, rows = all->rows;
  if (all->sliding || all->whole) return all->run(x, end, weight, bias, y);
  if (all->winograd || ((all->direct || all->lines) && size_t(all->w.out[1]) >= threads)) {
    const size_t height = all->winograd ? all->side : 1;  // of what is done at once
    const size_t lines = (size_t(all->w.out[1]) + height - 1) / height, parts = min(threads, lines);
    return parallel_for(parts, all->ns(), [&](size_t from, size_t to, unsigned thread) {
      ConvGroup& g = all[thread];
      g.o_first = int64_t(lines * from / parts * height);
      g.o_last = min(g.w.out[1], int64_t(lines * to / parts * height));
      g.run(x, end, weight, bias, y);
    });
  }
  const bool by_pixels = !all->direct && !all->lines && pixels >= rows && pixels / 8 >= 2 * threads;
  // As even as tiles allow: 400 pixels on two threads by 56 with the rest in the last part ran as 168 and
  // 232.
  const size_t unit = by_pixels ? 8 : 4, side = by_pixels ? pixels : rows,
               units = max<size_t>(side / unit, 1);
  const size_t parts =
      all->direct && all->weights ? 1 : min<size_t>(units, by_pixels ? 4 * threads : threads);
  parallel_for(parts, all->ns(), [&](size_t from, size_t to, unsigned thread) {
    ConvGroup& g = all[thread];
    (by_pixels ? g.p_first : g.m_first) = units * from / parts * unit;
    (by_pixels ? g.p_last : g.m_last) = to == parts ? side : units * to / parts * unit;
    g.run(x, end, weight, bias, y);
  });
}

void ConvGroup::run(const float* x, const float* end, const float* weight, const float* bias, float* y) {
  image.x = x;
  image.end = end;
  if (sliding) slide(x, weight, bias, y);
  else if (whole) one_pixel(x, weight, bias, y);
  else if (winograd) by_tiles(x, weight, bias, y);
  else if (lines) by_lines(x, weight, bias, y);
  else if (direct) in_place(x, weight, bias, y);
  else matrix(x, weight, bias, y);
}

// One pixel, whose window is the whole input: as in the gates of squeeze and excite.
void ConvGroup::one_pixel(const float* x, const float* weight, const float* bias, float* y) const {
  const size_t height = max<size_t>(24, 65536 / k / 24 * 24);
  for (size_t i = 0; i < rows; i += height)
    (packed ? gemv_f32_p4 : gemv_f32_rows)(y + i, x, k, weight + i * k, packed ? k * 4 : k,
                                           min(height, rows - i));
  finish_row(y, bias, rows, low, high);
}

// The last of 7 x 7 or 13 x 13 pixels, which would cost as much as eight in a panel of its own. (1x1, 960
// channels to 320, 7 x 7: 0.86 -> 0.77 ms.)
constexpr size_t odd_rows = 240;  // at a time
void ConvGroup::last_pixel(const float* x, const float* weight, const float* bias, float* y) const {
  float *column = windows, *sums = windows + k;
  for (size_t i = 0; i < k; ++i) column[i] = x[i * plane];
  for (size_t m = m_first; m < m_last; m += odd_rows) {
    const size_t n = min(odd_rows, m_last - m);
    gemv_f32_p4(sums, column, k, weight + m * k, k * 4, n);
    finish_row(sums, bias ? bias + m : nullptr, n, low, high);
    for (size_t i = 0; i < n; ++i) y[(m + i) * pixels] = sums[i];
  }
}

// Rows of the weight times windows: blocks of pixels, of k and of rows, so that each stays in its cache.
void ConvGroup::matrix(const float* x, const float* weight, const float* bias, float* y) const {
  const size_t mb = m_block(rows, k_part), wide = panels * 8;
  const bool odd = p_last == pixels && pixels % 8 == 1 && pixels > 8 && packed && pointwise && k &&
                   k + odd_rows <= panels * panel;
  const size_t end = p_last - odd;
  if (odd) last_pixel(x + pixels - 1, weight, bias, y + pixels - 1);
  for (size_t p0 = p_first; p0 < end; p0 += wide) {
    const size_t p1 = min(end, p0 + wide);
    size_t k0 = 0;
    do {  // once even without channels: the bias remains
      const size_t depth = min(k - k0, k_part);
      // Few rows read the image where it lies. More would meet lines of the image in the same places of the
      // first-level cache: 1x1 of 16 channels of 160 x 160, 102,400 bytes each, to 32 took 2.38 ms so, 1.25
      // packed.
      const bool straight = pointwise && p1 % 8 == 0 && rows <= 8;
      if (pointwise && !straight) pack_f32_lines(windows, panel, x + k0 * plane + p0, plane, depth, p1 - p0);
      else if (!straight) pack_f32_image(windows, panel, image, k0, k0 + depth, p0, p1);
      for (size_t m0 = m_first; m0 < m_last; m0 += mb) {
        const size_t m = min(mb, m_last - m0);
        for (size_t i = 0; !packed && i < m; i += 4)
          pack_f32_p4(weights + i * depth, weight + (m0 + i) * k + k0, 1, k, depth, min<size_t>(4, m - i));
        Gemm g = {.a = packed ? weight + m0 * k + k0 * 4 : weights,
                  .a_step = (packed ? k : depth) * 4,
                  .b = straight ? x + k0 * plane + p0 : windows,
                  .b_panel = straight ? 8 : panel,
                  .b_step = straight ? plane : 8,
                  .c = y + m0 * pixels + p0,
                  .c_row = pixels,
                  .rows = m,
                  .columns = p1 - p0,
                  .k = depth,
                  .add = k0 > 0,
                  .row_bias = bias ? bias + m0 : nullptr};
        if (k0 + depth == k) {
          g.low = low;
          g.high = high;
        }
        gemm_f32_4x8(g);
      }
      k0 += depth;
    } while (k0 < k);
  }
}

// One channel, `rows` windows of its own.
void ConvGroup::slide(const float* x, const float* weight, const float* bias, float* y) const {
  for (int64_t o = 0; o < w.out[1]; o += band.rows) {
    const int64_t n = min(band.rows, w.out[1] - o);
    fill_band(band, x, o, n);
    for (size_t r = 0; r < rows; ++r) {
      const Depthwise d = {.x = band.lines,
                           .offset = band.offsets,
                           .w = weight + r * k,
                           .y = y + r * pixels + o * w.out[2],
                           .x_row = band.row * size_t(w.stride[1]),
                           .y_row = size_t(w.out[2]),
                           .rows = size_t(n),
                           .columns = size_t(w.out[2]),
                           .taps = band.taps,
                           .bias = bias ? bias[r] : 0.0f,
                           .low = low,
                           .high = high};
      depthwise_f32(d);
    }
  }
}

// Of windows in place: terms of a sum at a time (as k_most), and elements of the padded rows of their
// channels (256 KB).
constexpr size_t direct_terms = 768;
constexpr int64_t direct_floats = 64 * 1024;

// Whether one or two rows of weights slide over all channels as over one: of a tile of 4 rows they would
// leave half or more unused. (Node 24, relaxed, one row, 32 channels, 7 x 3 taps, 172 x 88: 1.85 ms by tiles,
// 0.75 so.)
bool ConvGroup::thin_fits() const {
  return packed && rows <= 2 && k <= direct_terms && band_fits(w, int64_t(channels), direct_floats);
}

// Whether windows are read where they lie, in padded rows of every channel, rather than packed. Its panels of
// 8 pixels end with the row, which costs what is past the end; packing costs as much as some 11 rows of the
// weight (4 ns for 8 elements, where 8 multiply-adds of 4 take 1.1 ns).
bool ConvGroup::prefers_direct() const {
  const size_t taps = size_t(w.kernel[1] * w.kernel[2]), wide = size_t(w.out[2]);
  if (k && thin_fits()) return true;
  if (!k || taps > direct_terms || (round_up(wide, 8) - wide) * rows > 11 * wide) return false;
  const size_t part = min(channels, max<size_t>(1, direct_terms / taps));
  return band_fits(w, int64_t(part), direct_floats);
}

Status ConvGroup::prepare_direct(Call& c) {
  const size_t each = size_t(w.kernel[1] * w.kernel[2]);
  k_part = min(channels, max<size_t>(1, direct_terms / each));  // of channels
  const size_t parts = (channels + k_part - 1) / k_part;
  k_part = (channels + parts - 1) / parts;
  TRY(make_band(c, w, 0, band, int64_t(k_part), direct_floats));
  taps = c.scratch_of<int32_t>(k_part * each);
  if (!taps) return c.no_memory(k_part * each * 4);
  weights = thin_fits() ? c.scratch_of<float>(rows * k) : nullptr;
  if (thin_fits() && !weights) return c.no_memory(rows * k * 4);
  for (size_t i = 0; i < k_part; ++i)
    for (size_t t = 0; t < each; ++t) taps[i * each + t] = band.offsets[t] + int32_t(i * band.plane);
  return Status::ok;
}

// Rows of the weight times windows that stay in a band of rows of the image.
void ConvGroup::in_place(const float* x, const float* weight, const float* bias, float* y) const {
  const size_t each = size_t(w.kernel[1] * w.kernel[2]), wide = size_t(w.out[2]);
  for (size_t i = 0; weights && i < rows * k; ++i) weights[i] = weight[i % k * 4 + i / k];
  for (int64_t o = o_first; o < o_last; o += band.rows) {
    const int64_t n = min(band.rows, o_last - o);
    for (size_t c0 = 0; c0 < channels; c0 += k_part) {
      const size_t part = min(k_part, channels - c0), depth = part * each, mb = m_block(rows, depth);
      for (size_t i = 0; i < part; ++i) fill_band(band, x + (c0 + i) * plane, o, n, i * band.plane);
      for (size_t r = 0; weights && r < rows; ++r)
        depthwise_f32({.x = band.lines,
                       .offset = taps,
                       .w = weights + r * k,
                       .y = y + r * pixels + size_t(o) * wide,
                       .x_row = band.row * size_t(w.stride[1]),
                       .y_row = wide,
                       .rows = size_t(n),
                       .columns = wide,
                       .taps = k,
                       .bias = bias ? bias[r] : 0.0f,
                       .low = low,
                       .high = high});
      if (weights) continue;
      for (size_t m0 = m_first; m0 < m_last; m0 += mb)
        for (int64_t r = 0; r < n; ++r) {
          Gemm g = {.a = weight + m0 * k + c0 * each * 4,
                    .a_step = k * 4,
                    .b = band.lines + size_t(r * w.stride[1]) * band.row,
                    .b_panel = 8,
                    .taps = taps,
                    .c = y + m0 * pixels + size_t(o + r) * wide,
                    .c_row = pixels,
                    .rows = min(mb, m_last - m0),
                    .columns = wide,
                    .k = depth,
                    .add = c0 > 0,
                    .row_bias = bias ? bias + m0 : nullptr};
          if (c0 + part == channels) {
            g.low = low;
            g.high = high;
          }
          gemm_f32_4x8_taps(g);
        }
    }
  }
}

// Rows of weights that are transformed at a time, and what a block of tiles takes on all threads together
// (640 KB), or one row of them. With 16 rows, or half or twice as much, no model is quicker.
constexpr size_t winograd_rows = 8, winograd_floats = 160 * 1024;
// Floats between the planes of the elements of a tile beside what they hold: a cache line, without which the
// planes, often a multiple of 4 KB apart, meet in the same 8 lines of the first-level cache.
constexpr size_t winograd_gap = 16;

// Tiles of 4 x 4 outputs, where these take fewer products with what the larger transforms cost, or of 2 x 2.
bool ConvGroup::prefers_winograd() {
  if (!packed || channels < 8 || rows < 8 || pixels < 32 || w.in[0] != 1 || w.out[0] != 1 || w.kernel[0] != 1)
    return false;
  for (int i = 1; i < 3; ++i)
    if (w.kernel[i] != 3 || w.stride[i] != 1 || w.dilation[i] != 1) return false;
  const size_t high = size_t(w.out[1]), wide = size_t(w.out[2]);
  const size_t small = (high + 1) / 2 * ((wide + 7) / 8) * 4, large = (high + 3) / 4 * ((wide + 15) / 16) * 4;
  side = 36 * large + 96 < 16 * small ? 4 : 2;
  groups = (wide + side * 4 - 1) / (side * 4);
  // One row of tiles takes at most 1 MB, or 1.2 with 4 x 4.
  return side == 4 ? groups * channels <= 2048 : channels >= 16 && rows >= 16 && groups * channels <= 4096;
}

// A block of rows of tiles, of all channels; padded lines of one channel; a block of weights and of sums.
Status ConvGroup::prepare_winograd(Call& c) {
  const size_t elements = (side + 2) * (side + 2), row_floats = elements * groups * 4 * channels;
  const size_t all = (size_t(w.out[1]) + side - 1) / side,
               most = max<size_t>(1, winograd_floats / thread_count() / row_floats);
  const size_t blocks = (all + most - 1) / most, tile_rows = (all + blocks - 1) / blocks;
  const size_t wide = groups * 4 * side + side, tiles = round_up(tile_rows * groups * 4, 8);
  band = {.w = &w, .phases = 1, .wide = wide, .row = wide, .taps = 9, .rows = int64_t(tile_rows * side)};
  panel = channels * 8;
  panels = tiles / 8;
  const size_t lines = (tile_rows * side + 2) * wide,
               sums = elements * (winograd_rows * tiles + winograd_gap);
  windows = c.scratch_of<float>(elements * (tiles * channels + winograd_gap));
  weights = c.scratch_of<float>(elements * (winograd_rows * channels + winograd_gap));
  band.lines = c.scratch_of<float>(lines + sums);
  return windows && weights && band.lines ? Status::ok : c.no_memory((lines + sums) * 4);
}

// The weights are transformed anew for each block, at 64 tiles as long as 1/30 of the block's products, or
// 1/14 with 4 x 4; nothing is held twice.
void ConvGroup::by_tiles(const float* x, const float* weight, const float* bias, float* y) const {
  const bool large = side == 4;
  const size_t elements = (side + 2) * (side + 2), tiles = panels * 8,
               plane_x = panels * panel + winograd_gap;
  const size_t plane_w = winograd_rows * channels + winograd_gap,
               plane_y = winograd_rows * tiles + winograd_gap;
  float* sums = band.lines + (size_t(band.rows) + 2) * band.row;
  const size_t columns = size_t(w.out[2]);
  for (int64_t o = o_first; o < o_last; o += band.rows) {
    const int64_t n = min(band.rows, o_last - o), tall = int64_t(round_up(size_t(n), side));
    const WinogradTiles t = {size_t(tall) / side, groups};
    for (size_t ch = 0; ch < channels; ++ch) {
      fill_band(band, x + ch * plane, o, tall);
      (large ? toom_f32_input : winograd_f32_input)(t, windows + ch * 8, plane_x, panel, band.lines,
                                                    band.row);
    }
    const size_t used = (t.rows * groups + 1) / 2;  // panels
    for (size_t m0 = 0; m0 < rows; m0 += winograd_rows) {
      const size_t m = min(winograd_rows, rows - m0);
      for (size_t i = 0; i < m; i += 4)
        (large ? toom_f32_weights : winograd_f32_weights)(weights + i * channels, plane_w,
                                                          weight + (m0 + i) * k, channels);
      for (size_t e = 0; e < elements; ++e)
        gemm_f32_4x8({.a = weights + e * plane_w,
                      .a_step = channels * 4,
                      .b = windows + e * plane_x,
                      .b_panel = panel,
                      .c = sums + e * plane_y,
                      .c_row = tiles,
                      .rows = m,
                      .columns = used * 8,
                      .k = channels});
      for (size_t i = 0; i < m; ++i)
        (large ? toom_f32_output : winograd_f32_output)(t, {.from = sums + i * tiles,
                                                            .plane = plane_y,
                                                            .y = y + (m0 + i) * pixels + size_t(o) * columns,
                                                            .rows = size_t(n),
                                                            .columns = columns,
                                                            .bias = bias ? bias[m0 + i] : 0.0f,
                                                            .low = low,
                                                            .high = high});
    }
  }
}

void conv_any(const AnyConv& v, Type type, void* y, const Windows& win, size_t group) {
  const Value &x = v.x, &w = v.w;
  const size_t channels = size_t(w.dims[1]), m = size_t(w.dims[0]);
  const size_t plane = product(x, 2, x.rank), taps = product(w, 2, w.rank);
  const size_t pixels = size_t(win.out[0]) * size_t(win.out[1]) * size_t(win.out[2]);
  const double x_zero = v.x_zero ? load_real(x.type, v.x_zero->data, 0) : 0;
  for (size_t o = 0; o < size_t(x.dims[0]) * m * pixels; ++o) {
    const size_t q = o / pixels % m, first = (o / pixels / m * group + q / (m / group)) * channels;
    const double w_zero = v.w_zero ? load_real(w.type, v.w_zero->data, along(v.w_zero, 0, q, m)) : 0;
    double sum = v.bias ? load_real(v.bias->type, v.bias->data, q) : 0;
    for (size_t t = 0; t < taps; ++t) {
      int64_t pixel = int64_t(o % pixels), tap = int64_t(t), at = 0, size = 1;
      bool inside = true;
      for (int d = 2; d >= 0; --d) {
        const int64_t i =
            pixel % win.out[d] * win.stride[d] + tap % win.kernel[d] * win.dilation[d] - win.pad[d];
        inside &= i >= 0 && i < win.in[d];
        at += i * size;
        size *= win.in[d];
        pixel /= win.out[d];
        tap /= win.kernel[d];
      }
      for (size_t ch = 0; inside && ch < channels; ++ch)
        sum += (load_real(x.type, x.data, (first + ch) * plane + size_t(at)) - x_zero) *
               (load_real(w.type, w.data, (q * channels + ch) * taps + t) - w_zero);
    }
    const Dense dense = {type, y, 0};
    store_dense(&dense, 0, o, &sum, 1);
  }
}

}  // namespace mote
