// Conv: y[n, m, o] = b[m] + sum over c, k of w[m, c, k] x[n, first + c, o * stride + k * dilation - pad],
// zero outside; first: the first channel of m's group.
//   in   x [n, channels, d...], w [m, channels / group, k...], b [m] optional: f16 bf16 f32 f64; 1 to 3
//        spatial axes
//   out  y [n, m, o...]
// mote.Conv also applies an activation (f32), and `affine`, two numbers, a and b: a y + b.
// f32: a matrix product of the weight with the windows, packed a few pixels at a time into bounded scratch;
// kernels that slide over padded rows for depthwise. f16 and bf16: the same, of widened copies, rounded once.
// f64: one element at a time.
// Errors: bad_type, bad_shape, bad_attribute, unsupported (more than three spatial axes).      Source: ONNX
//   Conv-22.
#include "conv.h"

#include "../arena.h"
#include "../element.h"
#include "../parallel.h"
#include "half.h"
#include "quantize.h"

namespace mote {
namespace {

struct Attrs {
  WindowAttrs window;
  int64_t group;
  Text activation;
  Span<const float> activation_params, affine;
};
constexpr Attr attrs[] = {WINDOW_ATTRS(Attrs), ATTR(Attrs, group, 1)};
constexpr Attr fused_attrs[] = {WINDOW_ATTRS(Attrs), ATTR(Attrs, group, 1), ATTR(Attrs, activation),
                                ATTR(Attrs, activation_params), ATTR(Attrs, affine)};

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
  TRY(fused_activation(c, c.attrs<Attrs>().activation, c.attrs<Attrs>().activation_params, f,
                       c.attrs<Attrs>().affine));
  return shape(c);
}

void layout(Call& c, unsigned i, Value& w) {
  if (i != 1 || w.rank < 3) return;
  const int64_t group = c.attrs<Attrs>().group;
  if (group > 1 && (w.dims[0] / group % 4 || w.dims[1] == 1)) return;
  w.layout = Layout::row_panels;
  w.panel = 4;
}

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
  if (g.by_planes()) {
    TRY(g.prepare_planes(c));
    const size_t planes = size_t(x.dims[0]) * group;
    parallel_for(planes, planes * n_y, [&](size_t from, size_t to, unsigned thread) {
      for (size_t next; from < to; from = next) {
        const size_t q = from % group;
        next = min(to, from - q + group);
        g.run_planes(x.as<float>() + from * n_x, w.as<float>() + q * n_w, b ? b->as<float>() + q : nullptr,
                     y.as<float>() + from * n_y, next - from, thread);
      }
    });
    if (!f.bounds()) activate(f, y.as<float>(), count(y));
    return Status::ok;
  }
  ConvGroup* all;
  TRY(g.twins(c, all));
  const size_t total = size_t(x.dims[0]) * group;
  const float* end = x.as<float>() + count(x);
  const auto one = [&](ConvGroup* on, size_t i, auto run) {
    const size_t q = i % group;
    run(on, x.as<float>() + i * n_x, end, w.as<float>() + q * n_w, b ? b->as<float>() + q * g.rows : nullptr,
        y.as<float>() + i * n_y);
  };
  if (total == 1) one(all, 0, ConvGroup::run_all);
  else parallel_for(total, total * g.ns(), [&](size_t from, size_t to, unsigned thread) {
    for (size_t i = from; i < to; ++i)
      one(all + thread, i, [](ConvGroup* on, auto... rest) { on->run(rest...); });
  });
  if (!f.bounds()) activate(f, y.as<float>(), count(y));
  return Status::ok;
}

}  // namespace
constinit const Op op_conv = {.in = {2, 3}, ATTRS(Attrs, attrs), .shape = shape, .layout = layout};
Status run_conv(Call& c) {
  return has(half_float_types, c.in(0).type) ? through_f32(c, run_conv) : run(c, {});
}

constinit const Op op_fused_conv = {
    .in = {2, 3}, ATTRS(Attrs, fused_attrs), .shape = fused_shape, .layout = layout};
Status run_fused_conv(Call& c) {
  Fused f;
  TRY(fused_activation(c, c.attrs<Attrs>().activation, c.attrs<Attrs>().activation_params, f,
                       c.attrs<Attrs>().affine));
  return run(c, f);
}
}  // namespace mote
