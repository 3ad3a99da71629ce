// Conv: y[n, m, o] = b[m] + sum over c, k of w[m, c, k] x[n, g c + c, o * stride + k * dilation - pad], zero outside.
//   in   x [n, channels, d...], w [m, channels / group, k...], b [m] optional: f16 bf16 f32 f64; one to three spatial axes
//   out  y [n, m, o...]
// mote.Conv also applies an activation (f32).
// f32: a matrix product of the weight with the windows, packed a few pixels at a time into bounded scratch; a direct kernel for
// depthwise. Other types: one element at a time in double, rounded once.
// Errors: bad_type, bad_shape, bad_attribute, unsupported (more than three spatial axes).            Source: ONNX Conv-22.
#include "../element.h"
#include "activation.h"
#include "windows.h"

namespace mote {
namespace {

struct Attrs {
  WindowAttrs window;
  int64_t group;
  Text activation;
  Span<const float> activation_params;
};
constexpr Attr attrs[] = {WINDOW_ATTRS(Attrs), ATTR(Attrs, group, 1)};
constexpr Attr fused_attrs[] = {WINDOW_ATTRS(Attrs), ATTR(Attrs, group, 1), ATTR(Attrs, activation), ATTR(Attrs, activation_params)};

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
  if (w.dims[0] >= 0 && w.dims[0] % a.group) return c.fail_in(1, Status::bad_shape, Arg::dims(w), "a multiple of group in axis 0");
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

constexpr size_t scratch_floats = 24 * 1024;  // of packed windows or of padded rows: 96 KB

// One group of one image: rows of the weight times windows.
void group_f32(const Value& w, const Image& image, float* windows, size_t k_part, size_t panel, size_t panels, const float* weight,
               const float* bias, float* y, size_t rows, size_t k, const Fused& f) {
  const size_t pixels = size_t(image.out[0]) * size_t(image.out[1]) * size_t(image.out[2]);
  const size_t plane = size_t(image.in[0]) * size_t(image.in[1]) * size_t(image.in[2]);
  const bool packed = w.layout == Layout::row_panels;
  bool pointwise = pixels == plane;
  for (int i = 0; i < 3; ++i) pointwise &= image.kernel[i] == 1 && image.stride[i] == 1 && image.pad[i] == 0;
  const float infinity = __builtin_inff();
  for (size_t p0 = 0; p0 < pixels; p0 += panels * 8) {
    const size_t p1 = min(pixels, p0 + panels * 8);
    for (size_t k0 = 0; k0 < k; k0 += k_part) {
      const size_t kn = min(k - k0, k_part);
      const bool last = k0 + kn == k;
      const bool direct = pointwise && p1 % 8 == 0;
      if (!direct) pack_f32_image(windows, panel, image, k0, k0 + kn, p0, p1);
      for (size_t p = p0; p < p1; p += 8) {
        const Gemm g = {packed ? weight + k0 * 4 : weight + k0, packed ? k * 4 : k,
                        direct ? image.x + k0 * plane + p : windows + (p - p0) / 8 * panel, direct ? plane : 8,
                        y + p, pixels, rows, min<size_t>(8, p1 - p), kn, k0 > 0, k0 ? nullptr : bias, nullptr,
                        last ? f.low() : -infinity, last ? f.high() : infinity};
        (packed ? gemm_f32_4x8_packed : gemm_f32_4x8_rows)(g);
      }
    }
  }
}

// One channel with a window of its own: rows are padded into scratch, split by the column's place in a stride, a band of output
// rows at a time.
void depthwise_f32_plane(const Image& m, const float* weight, float bias, float* y, const Fused& f, float* rows, int32_t* offsets) {
  const int64_t phases = m.stride[2], wide = ceil_div(int64_t(m.in[2]) + m.pad[2] * 2 + int64_t(m.kernel[2]) * m.dilation[2] + phases, phases) + 4;
  const int64_t row = wide * phases, tall = int64_t(m.kernel[1] - 1) * m.dilation[1] + 1;
  const int64_t band = max(int64_t(1), (int64_t(scratch_floats) / row - tall) / m.stride[1] + 1);
  size_t taps = 0;
  for (int64_t i = 0; i < m.kernel[1]; ++i)
    for (int64_t j = 0; j < m.kernel[2]; ++j) {
      const int64_t column = j * m.dilation[2];
      offsets[taps++] = int32_t(i * m.dilation[1] * row + column % phases * wide + column / phases);
    }
  for (int64_t o = 0; o < m.out[1]; o += band) {
    const int64_t n = min(band, m.out[1] - o), first = o * m.stride[1] - m.pad[1], lines = (n - 1) * m.stride[1] + tall;
    memset(rows, 0, size_t(lines * row + 8) * 4);
    for (int64_t i = 0; i < lines; ++i) {
      if (first + i < 0 || first + i >= m.in[1]) continue;
      const float* from = m.x + (first + i) * m.in[2];
      float* to = rows + i * row;
      if (phases == 1) memcpy(to + m.pad[2], from, size_t(m.in[2]) * 4);
      else for (int64_t j = 0; j < m.in[2]; ++j) to[(j + m.pad[2]) % phases * wide + (j + m.pad[2]) / phases] = from[j];
    }
    const Depthwise d = {rows, offsets, weight, y + o * m.out[2], size_t(row * m.stride[1]), size_t(m.out[2]), size_t(n), size_t(m.out[2]), taps, bias, f.low(), f.high()};
    depthwise_f32(d);
  }
}

void any(const Value& x, const Value& w, const Value* b, Value& y, const Windows& win, size_t group) {
  const size_t channels = size_t(w.dims[1]), m = size_t(w.dims[0]), each = m / group;
  const size_t plane = size_t(win.in[0] * win.in[1] * win.in[2]), taps = size_t(win.kernel[0] * win.kernel[1] * win.kernel[2]);
  size_t at = 0;
  for (size_t n = 0; n < size_t(x.dims[0]); ++n)
    for (size_t q = 0; q < m; ++q)
      for (int64_t o0 = 0; o0 < win.out[0]; ++o0)
        for (int64_t o1 = 0; o1 < win.out[1]; ++o1)
          for (int64_t o2 = 0; o2 < win.out[2]; ++o2) {
            double sum = b ? load_real(b->type, b->data, q) : 0;
            for (size_t ch = 0; ch < channels; ++ch)
              for (size_t t = 0; t < taps; ++t) {
                const int64_t k2 = int64_t(t) % win.kernel[2], k1 = int64_t(t) / win.kernel[2] % win.kernel[1], k0 = int64_t(t) / win.kernel[2] / win.kernel[1];
                const int64_t i0 = o0 * win.stride[0] + k0 * win.dilation[0] - win.pad[0], i1 = o1 * win.stride[1] + k1 * win.dilation[1] - win.pad[1], i2 = o2 * win.stride[2] + k2 * win.dilation[2] - win.pad[2];
                if (i0 < 0 || i0 >= win.in[0] || i1 < 0 || i1 >= win.in[1] || i2 < 0 || i2 >= win.in[2]) continue;
                const size_t from = ((n * group + q / each) * channels + ch) * plane + size_t((i0 * win.in[1] + i1) * win.in[2] + i2);
                sum += load_real(x.type, x.data, from) * load_real(w.type, w.data, (q * channels + ch) * taps + t);
              }
            store_reals(y.type, y.as<char>() + at++ * size_of(y.type), 1, 1, &sum);
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
  Image image = {};
  for (int i = 0; i < 3; ++i) {
    image.in[i] = int32_t(win.in[i]), image.out[i] = int32_t(win.out[i]), image.kernel[i] = int32_t(win.kernel[i]);
    image.stride[i] = int32_t(win.stride[i]), image.dilation[i] = int32_t(win.dilation[i]), image.pad[i] = int32_t(win.pad[i]);
  }
  image.end = x.as<float>() + count(x);
  const size_t plane = product(x, 2, x.rank), pixels = product(y, 2, y.rank), k = channels * product(w, 2, w.rank);
  const int64_t line = ceil_div(win.in[2] + win.pad[2] * 2 + win.kernel[2] * win.dilation[2] + win.stride[2], win.stride[2]) * win.stride[2] + 4 * win.stride[2] + win.stride[2];
  const int64_t tall = (win.kernel[1] - 1) * win.dilation[1] + 1;
  const bool depthwise = w.layout == Layout::plain && channels == 1 && rows == 1 && win.in[0] == 1 && win.kernel[0] == 1 && win.pad[0] == 0 && win.pad_end[0] == 0 && line * tall <= int64_t(scratch_floats);
  float* lines = nullptr;
  int32_t* offsets = nullptr;
  if (depthwise) {
    lines = c.scratch_of<float>(scratch_floats + size_t(line * (tall + win.stride[1])) + 8);
    offsets = c.scratch_of<int32_t>(k);
    if (!lines || !offsets) return c.no_memory(scratch_floats * 4);
  }
  const size_t k_part = min<size_t>(k, 2048), panel = k_part * 8 + 8;
  const size_t panels = max<size_t>(1, min(scratch_floats / panel, (pixels + 7) / 8));
  float* windows = depthwise ? nullptr : c.scratch_of<float>(panels * panel);
  if (!depthwise && !windows) return c.no_memory(panels * panel * 4);
  for (size_t n = 0; n < size_t(x.dims[0]); ++n)
    for (size_t g = 0; g < group; ++g) {
      image.x = x.as<float>() + (n * group + g) * channels * plane;
      const float* bias = c.has_in(2) ? c.in(2).as<float>() + g * rows : nullptr;
      const float* weight = w.as<float>() + g * rows * k;
      float* to = y.as<float>() + (n * group + g) * rows * pixels;
      if (depthwise) depthwise_f32_plane(image, weight, bias ? *bias : 0, to, f, lines, offsets);
      else group_f32(w, image, windows, k_part, panel, panels, weight, bias, to, rows, k, f);
    }
  if (!f.bounds()) activate(f, y.as<float>(), count(y));
  return Status::ok;
}

}  // namespace
constinit const Op op_conv = {.in = {2, 3}, ATTRS(Attrs, attrs), .shape = shape, .layout = layout};
Status run_conv(Call& c) { return run(c, {}); }

constinit const Op op_fused_conv = {.in = {2, 3}, ATTRS(Attrs, fused_attrs), .shape = fused_shape, .layout = layout};
Status run_fused_conv(Call& c) {
  Fused f;
  TRY(fused_activation(c, c.attrs<Attrs>().activation, c.attrs<Attrs>().activation_params, f));
  return run(c, f);
}
}  // namespace mote
