// Conv: y[n, m, o] = b[m] + sum over c, k of w[m, c, k] x[n, first + c, o * stride + k * dilation - pad], zero outside;
// first: the first channel of m's group.
//   in   x [n, channels, d...], w [m, channels / group, k...], b [m] optional: f16 bf16 f32 f64; 1 to 3 spatial axes
//   out  y [n, m, o...]
// mote.Conv also applies an activation (f32).
// f32: a matrix product of the weight with the windows, packed a few pixels at a time into bounded scratch; kernels that
// slide over padded rows for depthwise. Other types: one element at a time in double, rounded once.
// Errors: bad_type, bad_shape, bad_attribute, unsupported (more than three spatial axes).      Source: ONNX Conv-22.
#include "../element.h"
#include "band.h"
#include "product.h"

namespace mote {
namespace {

struct Attrs {
  WindowAttrs window;
  int64_t group;
  Text activation;
  Span<const float> activation_params;
};
constexpr Attr attrs[] = {WINDOW_ATTRS(Attrs), ATTR(Attrs, group, 1)};
constexpr Attr fused_attrs[] = {WINDOW_ATTRS(Attrs), ATTR(Attrs, group, 1), ATTR(Attrs, activation),
                                ATTR(Attrs, activation_params)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, float_types));
  TRY(c.want_same_type(1, 0));
  TRY(c.want_same_type(2, 0));
  TRY(c.want_min_rank(0, 3));
  TRY(c.want_min_rank(1, 3));
  TRY(c.want_rank(2, 1));
  const Value &x = c.in(0), &w = c.in(1);
  if (a.group < 1) return c.bad_attr("group", a.group, "at least 1");
  if (!known_rank(x) || !known_rank(w)) {
    c.set(0, x.type, known_rank(x) ? x.rank : w.rank);
    return Status::ok;
  }
  TRY(c.want_rank(1, x.rank));
  if (x.dims[1] >= 0 && w.dims[1] >= 0 && (x.dims[1] % a.group || x.dims[1] / a.group != w.dims[1]))
    return c.fail_in(1, Status::bad_shape, Arg::dims(w), x.dims[1] / a.group);
  if (w.dims[0] >= 0 && w.dims[0] % a.group)
    return c.fail_in(1, Status::bad_shape, Arg::dims(w), "a multiple of group in axis 0");
  TRY(c.want_dim(2, 0, w.dims[0]));
  Windows win;
  TRY(make_windows(c, a.window, x.dims + 2, x.rank - 2, w.dims + 2, false, win));
  int64_t dims[max_rank] = {x.dims[0], w.dims[0]};
  for (int i = 0; i < win.axes; ++i) dims[2 + i] = win.out[3 - win.axes + i];
  return c.set_dims(0, x.type, dims, x.rank);
}

Status fused_shape(Call& c) {
  TRY(c.want_type(0, types(Type::f32)));
  Fused f;
  TRY(fused_activation(c, c.attrs<Attrs>().activation, c.attrs<Attrs>().activation_params, f));
  return shape(c);
}

void layout(Call& c, unsigned i, Value& w) {
  if (i != 1 || w.rank < 3) return;
  const int64_t group = c.attrs<Attrs>().group;
  if (group > 1 && (w.dims[0] / group % 4 || w.dims[1] == 1)) return;
  w.layout = Layout::row_panels;
  w.panel = 4;
}

struct Part {  // one group of one image
  const float *x, *weight, *bias;
  float* y;
  size_t rows, k, pixels, plane;  // outputs [rows, pixels], inputs [channels, plane], k = channels * window
  float low, high;
};

struct Scratch {
  float* windows;  // panels of 8 pixels, [k_part][8] each
  float* weights;  // a block of rows, [k_part][4] each; null where the weight is packed
  size_t k_part, panel, panels;
};

Status make_scratch(Call& c, const Part& p, bool packed, Scratch& s) {
  s.k_part = k_block(p.k);
  s.panel = s.k_part * 8 + 8;
  // At most 256 pixels: what pack_f32_image takes.
  s.panels = min(min<size_t>(32, max<size_t>(1, block_floats / s.panel)), (p.pixels + 7) / 8);
  s.windows = c.scratch_of<float>(s.panels * s.panel);
  s.weights = packed ? nullptr : c.scratch_of<float>(m_block(p.rows, s.k_part) * s.k_part + 4);
  return s.windows && (packed || s.weights) ? Status::ok : c.no_memory(s.panels * s.panel * 4);
}

// One pixel, whose window is the whole input: as in the gates of squeeze and excite.
void one_pixel(const Part& p, bool packed) {
  const size_t height = max<size_t>(24, 65536 / p.k / 24 * 24);
  for (size_t i = 0; i < p.rows; i += height)
    (packed ? gemv_f32_p4 : gemv_f32_rows)(p.y + i, p.x, p.k, p.weight + i * p.k, packed ? p.k * 4 : p.k,
                                           min(height, p.rows - i));
  finish_row(p.y, p.bias, p.rows, p.low, p.high);
}

// Rows of the weight times windows: blocks of pixels, of k and of rows, so that each stays in its cache.
void windows_f32(const Part& p, const Image& image, bool packed, bool pointwise, const Scratch& s) {
  const size_t mb = m_block(p.rows, s.k_part), wide = s.panels * 8;
  for (size_t p0 = 0; p0 < p.pixels; p0 += wide) {
    const size_t p1 = min(p.pixels, p0 + wide);
    size_t k0 = 0;
    do {  // once even without channels: the bias remains
      const size_t k = min(p.k - k0, s.k_part);
      const bool direct = pointwise && p1 % 8 == 0 && p.rows <= 32;
      if (!direct) pack_f32_image(s.windows, s.panel, image, k0, k0 + k, p0, p1);
      for (size_t m0 = 0; m0 < p.rows; m0 += mb) {
        const size_t m = min(mb, p.rows - m0);
        for (size_t i = 0; !packed && i < m; i += 4)
          pack_f32_p4(s.weights + i * k, p.weight + (m0 + i) * p.k + k0, 1, p.k, k, min<size_t>(4, m - i));
        for (size_t q = p0; q < p1; q += 8) {
          Gemm g = {.a = s.weights,
                    .a_panel = k * 4,
                    .b = s.windows + (q - p0) / 8 * s.panel,
                    .b_step = 8,
                    .c = p.y + m0 * p.pixels + q,
                    .c_row = p.pixels,
                    .rows = m,
                    .columns = min<size_t>(8, p1 - q),
                    .k = k,
                    .add = k0 > 0,
                    .row_bias = p.bias ? p.bias + m0 : nullptr};
          if (packed) {
            g.a = p.weight + m0 * p.k + k0 * 4;
            g.a_panel = p.k * 4;
          }
          if (direct) {
            g.b = p.x + k0 * p.plane + q;
            g.b_step = p.plane;
          }
          if (k0 + k == p.k) {
            g.low = p.low;
            g.high = p.high;
          }
          gemm_f32_4x8(g);
        }
      }
      k0 += k;
    } while (k0 < p.k);
  }
}

// One channel, `rows` windows of its own.
void depthwise(const Part& p, const Band& b) {
  const Windows& w = *b.w;
  bool small = w.kernel[1] == 3 && w.kernel[2] == 3;
  for (int i = 1; i < 3; ++i) small &= w.stride[i] == 1 && w.dilation[i] == 1;
  for (int64_t o = 0; o < w.out[1]; o += b.rows) {
    const int64_t n = min(b.rows, w.out[1] - o);
    fill_band(b, p.x, o, n);
    for (size_t r = 0; r < p.rows; ++r) {
      const Depthwise d = {.x = b.lines,
                           .offset = b.offsets,
                           .w = p.weight + r * p.k,
                           .y = p.y + r * p.pixels + o * w.out[2],
                           .x_row = b.row * size_t(w.stride[1]),
                           .y_row = size_t(w.out[2]),
                           .rows = size_t(n),
                           .columns = size_t(w.out[2]),
                           .taps = b.taps,
                           .bias = p.bias ? p.bias[r] : 0.0f,
                           .low = p.low,
                           .high = p.high};
      (small ? depthwise_f32_3x3 : depthwise_f32)(d);
    }
  }
}

// Any other type: one output at a time.
void any(const Value& x, const Value& w, const Value* b, Value& y, const Windows& win, size_t group) {
  const size_t channels = size_t(w.dims[1]), m = size_t(w.dims[0]);
  const size_t plane = product(x, 2, x.rank), pixels = product(y, 2, y.rank), taps = product(w, 2, w.rank);
  for (size_t o = 0; o < count(y); ++o) {
    const size_t q = o / pixels % m, first = (o / pixels / m * group + q / (m / group)) * channels;
    double sum = b ? load_real(b->type, b->data, q) : 0;
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
        sum += load_real(x.type, x.data, (first + ch) * plane + size_t(at)) *
               load_real(w.type, w.data, (q * channels + ch) * taps + t);
    }
    store_reals(y.type, y.as<char>() + o * size_of(y.type), 1, 1, &sum);
  }
}

Status run(Call& c, const Fused& f) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &w = c.in(1);
  Value& y = c.out(0);
  Windows win;
  TRY(make_windows(c, a.window, x.dims + 2, x.rank - 2, w.dims + 2, false, win));
  if (!count(y)) return Status::ok;
  const size_t group = size_t(a.group), channels = size_t(w.dims[1]), rows = size_t(w.dims[0]) / group;
  if (y.type != Type::f32) {
    any(x, w, c.has_in(2) ? &c.in(2) : nullptr, y, win, group);
    return Status::ok;
  }
  const bool packed = w.layout == Layout::row_panels;
  const size_t plane = product(x, 2, x.rank), pixels = product(y, 2, y.rank),
               k = channels * product(w, 2, w.rank);
  Part p = {nullptr, nullptr, nullptr, nullptr, rows, k, pixels, plane, f.low(), f.high()};
  Image image = {};
  bool pointwise = true, whole = pixels == 1 && k;
  for (int i = 0; i < 3; ++i) {
    image.in[i] = int32_t(win.in[i]);
    image.out[i] = int32_t(win.out[i]);
    image.kernel[i] = int32_t(win.kernel[i]);
    image.stride[i] = int32_t(win.stride[i]);
    image.dilation[i] = int32_t(win.dilation[i]);
    image.pad[i] = int32_t(win.pad[i]);
    pointwise &= win.kernel[i] == 1 && win.stride[i] == 1 && win.pad[i] == 0 && win.pad_end[i] == 0;
    whole &= win.kernel[i] == win.in[i] && win.dilation[i] == 1 && win.pad[i] == 0;
  }
  image.end = x.as<float>() + count(x);
  const bool sliding = !packed && !whole && channels == 1 && rows <= 4 && band_fits(win);
  Band band;
  Scratch scratch = {};
  if (sliding) TRY(make_band(c, win, 0, band));
  else if (!whole) TRY(make_scratch(c, p, packed, scratch));
  for (size_t n = 0; n < size_t(x.dims[0]); ++n)
    for (size_t g = 0; g < group; ++g) {
      p.x = image.x = x.as<float>() + (n * group + g) * channels * plane;
      p.bias = c.has_in(2) ? c.in(2).as<float>() + g * rows : nullptr;
      p.weight = w.as<float>() + g * rows * k;
      p.y = y.as<float>() + (n * group + g) * rows * pixels;
      if (sliding) depthwise(p, band);
      else if (whole) one_pixel(p, packed);
      else windows_f32(p, image, packed, pointwise, scratch);
    }
  if (!f.bounds()) activate(f, y.as<float>(), count(y));
  return Status::ok;
}

}  // namespace
constinit const Op op_conv = {.in = {2, 3}, ATTRS(Attrs, attrs), .shape = shape, .layout = layout};
Status run_conv(Call& c) { return run(c, {}); }

constinit const Op op_fused_conv = {
    .in = {2, 3}, ATTRS(Attrs, fused_attrs), .shape = fused_shape, .layout = layout};
Status run_fused_conv(Call& c) {
  Fused f;
  TRY(fused_activation(c, c.attrs<Attrs>().activation, c.attrs<Attrs>().activation_params, f));
  return run(c, f);
}
}  // namespace mote
