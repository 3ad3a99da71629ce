// Conv: y[n, m, o] = b[m] + sum over c, k of w[m, c, k] x[n, first + c, o * stride + k * dilation - pad], zero outside;
// first: the first channel of m's group.
//   in   x [n, channels, d...], w [m, channels / group, k...], b [m] optional: f16 bf16 f32 f64; 1 to 3 spatial axes
//   out  y [n, m, o...]
// mote.Conv also applies an activation (f32).
// f32: a matrix product of the weight with the windows, packed a few pixels at a time into bounded scratch; kernels that
// slide over padded rows for depthwise. f16 and bf16: the same, of widened copies, rounded once. f64: one element at a time.
// Errors: bad_type, bad_shape, bad_attribute, unsupported (more than three spatial axes).      Source: ONNX Conv-22.
#include "conv.h"

#include "../arena.h"
#include "../element.h"
#include "quantize.h"

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
  return conv_shape(c, a.window, a.group, 0, 1, 2, c.in(0).type);
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

// x, weight and bias of one group in f32: where they are, or in a widened copy.
struct Widened {
  float* at = nullptr;
  Status room(Call& c, size_t n) {
    at = c.scratch_of<float>(n);
    return at ? Status::ok : c.no_memory(n * 4);
  }
  const float* of(const Value& v, size_t first, size_t n) {
    if (!at) return v.as<float>() + first;
    for (size_t i = 0; i < n; i += block) {
      double part[block];
      const size_t m = min(block, n - i);
      load_reals(v.type, v.as<char>() + (first + i) * size_of(v.type), 1, m, part);
      for (size_t k = 0; k < m; ++k) at[i + k] = float(part[k]);
    }
    return at;
  }
};

Status run(Call& c, const Fused& f) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &w = c.in(1);
  const Value* b = c.has_in(2) ? &c.in(2) : nullptr;
  Value& y = c.out(0);
  Windows win;
  TRY(make_windows(c, a.window, x.dims + 2, x.rank - 2, w.dims + 2, false, win));
  if (!count(y)) return Status::ok;
  const size_t group = size_t(a.group);
  if (y.type == Type::f64) {
    conv_any({x, w, b}, y.type, y.data, win, group);
    return Status::ok;
  }
  ConvGroup g;
  g.rows = size_t(w.dims[0]) / group;
  g.channels = size_t(w.dims[1]);
  g.low = f.low();
  g.high = f.high();
  g.packed = w.layout == Layout::row_panels;
  TRY(g.prepare(c, win));
  const size_t n_x = g.channels * product(x, 2, x.rank), n_w = g.rows * product(w, 1, w.rank);
  const size_t n_y = g.rows * product(y, 2, y.rank);
  Widened wide[3], result;
  const bool half = y.type != Type::f32;
  if (half) {
    TRY(wide[0].room(c, n_x));
    TRY(wide[1].room(c, n_w));
    TRY(wide[2].room(c, g.rows));
    TRY(result.room(c, n_y));
  }
  if (!half && g.by_planes()) {
    for (size_t i = 0; i < size_t(x.dims[0]); ++i)
      g.run_planes(x.as<float>() + i * group * n_x, w.as<float>(), b ? b->as<float>() : nullptr, y.as<float>() + i * group * n_y, group);
    if (!f.bounds()) activate(f, y.as<float>(), count(y));
    return Status::ok;
  }
  const float* end = half ? wide[0].at + n_x : x.as<float>() + count(x);
  for (size_t i = 0; i < size_t(x.dims[0]) * group; ++i) {
    const float* from = wide[0].of(x, i * n_x, n_x);
    const float* weight = wide[1].of(w, i % group * n_w, n_w);
    const float* bias = b ? wide[2].of(*b, i % group * g.rows, g.rows) : nullptr;
    g.run(from, end, weight, bias, half ? result.at : y.as<float>() + i * n_y);
    for (size_t k = 0; half && k < n_y; ++k) {
      const double v = double(result.at[k]);
      store_reals(y.type, y.as<char>() + (i * n_y + k) * 2, 1, 1, &v);
    }
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
