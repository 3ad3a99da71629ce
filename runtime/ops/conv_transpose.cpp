// ConvTranspose: every input element adds its window, weighted, to the output.
//   in   x [n, channels, d...], w [channels, m / group, k...], b [m] optional: f16 bf16 f32 f64; one to three spatial axes
//   out  y [n, m, o...], o = (d - 1) stride + output_padding + (k - 1) dilation + 1 - pads, or output_shape
// Errors: bad_type, bad_shape, bad_attribute.            Source: ONNX ConvTranspose-22.
#include "../element.h"
#include "../op.h"

namespace mote {
namespace {

struct Attrs {
  Text auto_pad;
  Span<const int64_t> kernel_shape, strides, dilations, pads, output_padding, output_shape;
  int64_t group;
};
constexpr Attr attrs[] = {ATTR(Attrs, auto_pad, "NOTSET"), ATTR(Attrs, kernel_shape), ATTR(Attrs, strides), ATTR(Attrs, dilations),
                          ATTR(Attrs, pads), ATTR(Attrs, output_padding), ATTR(Attrs, output_shape), ATTR(Attrs, group, 1)};

struct Geometry { int64_t in[3], out[3], kernel[3], stride[3], dilation[3], pad[3]; };

Status geometry(Call& c, Geometry& g) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &w = c.in(1);
  const int axes = x.rank - 2;
  if (axes < 1 || axes > 3) return c.fail(Status::unsupported, "anything but one to three spatial axes");
  for (int i = 0; i < 3; ++i) g.in[i] = g.out[i] = g.kernel[i] = g.stride[i] = g.dilation[i] = 1, g.pad[i] = 0;
  const auto sized = [&](Span<const int64_t> s, int n) { return !s || int(s.size) == n; };
  if (!sized(a.strides, axes)) return c.bad_attr("strides", a.strides.size, axes);
  if (!sized(a.dilations, axes)) return c.bad_attr("dilations", a.dilations.size, axes);
  if (!sized(a.pads, axes * 2)) return c.bad_attr("pads", a.pads.size, axes * 2);
  if (!sized(a.output_padding, axes)) return c.bad_attr("output_padding", a.output_padding.size, axes);
  if (!sized(a.kernel_shape, axes)) return c.bad_attr("kernel_shape", a.kernel_shape.size, axes);
  const bool whole = a.output_shape && int(a.output_shape.size) == axes + 2;
  if (!whole && !sized(a.output_shape, axes)) return c.bad_attr("output_shape", a.output_shape.size, axes);
  const bool upper = a.auto_pad == "SAME_UPPER", lower = a.auto_pad == "SAME_LOWER";
  for (int i = 0; i < axes; ++i) {
    const int d = 3 - axes + i;
    g.in[d] = x.dims[2 + i];
    g.kernel[d] = w.dims[2 + i];
    if (a.kernel_shape && g.kernel[d] >= 0 && a.kernel_shape[i] != g.kernel[d]) return c.bad_attr("kernel_shape", a.kernel_shape[i], g.kernel[d]);
    if (a.strides) g.stride[d] = a.strides[i];
    if (a.dilations) g.dilation[d] = a.dilations[i];
    if (g.stride[d] < 1 || g.stride[d] > 0x7fffffff) return c.bad_attr("strides", g.stride[d], "at least 1");
    if (g.dilation[d] < 1 || g.dilation[d] > 0x7fffffff) return c.bad_attr("dilations", g.dilation[d], "at least 1");
    const int64_t extra = a.output_padding ? a.output_padding[i] : 0;
    if (extra < 0 || extra > 0x7fffffff) return c.bad_attr("output_padding", extra, "not negative");
    if (g.in[d] < 0 || g.kernel[d] < 0) {
      g.out[d] = a.output_shape ? a.output_shape[i + (whole ? 2 : 0)] : c.fresh();
      continue;
    }
    if (g.in[d] > 0x7fffffff || g.kernel[d] > 0x7fffffff) return c.fail_in(0, Status::bad_shape, Arg::dims(x), "smaller axes");
    const int64_t full = (g.in[d] - 1) * g.stride[d] + extra + (g.kernel[d] - 1) * g.dilation[d] + 1;
    if (a.output_shape || upper || lower) {
      g.out[d] = a.output_shape ? a.output_shape[i + (whole ? 2 : 0)] : g.in[d] * g.stride[d];
      if (g.out[d] < 0) return c.bad_attr("output_shape", g.out[d], "not negative");
      const int64_t total = max(int64_t(0), full - g.out[d]);
      g.pad[d] = upper ? total / 2 : total - total / 2;
    } else {
      const int64_t before = a.pads ? a.pads[i] : 0, after = a.pads ? a.pads[i + axes] : 0;
      g.pad[d] = before;
      g.out[d] = full - before - after;
      if (g.out[d] < 0 || before < 0 || after < 0) return c.bad_attr("pads", min(before, after), "no more than the output has");
    }
  }
  return Status::ok;
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, float_types));
  TRY(c.want_same_type(1, 0));
  TRY(c.want_same_type(2, 0));
  TRY(c.want_min_rank(0, 3));
  const Value &x = c.in(0), &w = c.in(1);
  if (a.group < 1) return c.bad_attr("group", a.group, "at least 1");
  if (!known_rank(x) || !known_rank(w)) {
    c.set(0, x.type, known_rank(x) ? x.rank : w.rank);
    return Status::ok;
  }
  TRY(c.want_rank(1, x.rank));
  TRY(c.want_dim(1, 0, x.dims[1]));
  if (x.dims[1] >= 0 && x.dims[1] % a.group) return c.bad_attr("group", a.group, "a divisor of the channels");
  Geometry g;
  TRY(geometry(c, g));
  int64_t dims[max_rank] = {x.dims[0]};
  TRY(dim_mul(c, w.dims[1], a.group, dims[1]));
  TRY(c.want_dim(2, 0, dims[1]));
  for (int i = 2; i < x.rank; ++i) dims[i] = g.out[5 - x.rank + i - 2];
  return c.set_dims(0, x.type, dims, x.rank);
}

// Adds row * weight to every stride-th element of a row of y.
[[gnu::noinline]] void scatter(float* y, int64_t step, const float* x, float w, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i * step] += x[i] * w;
}

}  // namespace
constinit const Op op_conv_transpose = {.in = {2, 3}, ATTRS(Attrs, attrs), .shape = shape};

Status run_conv_transpose(Call& c) {
  const Value &x = c.in(0), &w = c.in(1);
  Value& y = c.out(0);
  Geometry g;
  TRY(geometry(c, g));
  const size_t group = size_t(c.attrs<Attrs>().group), channels = size_t(x.dims[1]), each = size_t(w.dims[1]), m = each * group;
  const size_t plane = product(x, 2, x.rank), pixels = product(y, 2, y.rank), taps = product(w, 2, w.rank);
  const bool f32 = y.type == Type::f32;
  double* sums = f32 ? nullptr : c.scratch_of<double>(pixels);
  if (!f32 && !sums) return c.no_memory(pixels * 8);
  for (size_t n = 0; n < size_t(x.dims[0]); ++n)
    for (size_t q = 0; q < m; ++q) {
      float* to = f32 ? y.as<float>() + (n * m + q) * pixels : nullptr;
      for (size_t i = 0; i < pixels; ++i) (f32 ? void(to[i] = c.has_in(2) ? c.in(2).as<float>()[q] : 0.0f) : void(sums[i] = c.has_in(2) ? load_real(y.type, c.in(2).data, q) : 0));
      const size_t first = q / each * (channels / group);
      for (size_t ch = first; ch < first + channels / group; ++ch)
        for (size_t t = 0; t < taps; ++t) {
          const int64_t k2 = int64_t(t) % g.kernel[2], k1 = int64_t(t) / g.kernel[2] % g.kernel[1], k0 = int64_t(t) / g.kernel[2] / g.kernel[1];
          const int64_t shift = k2 * g.dilation[2] - g.pad[2];
          const int64_t i2 = shift < 0 ? ceil_div(-shift, g.stride[2]) : 0;
          const int64_t e2 = g.out[2] - 1 - shift < 0 ? 0 : min(g.in[2], (g.out[2] - 1 - shift) / g.stride[2] + 1);
          const size_t at_w = (ch * each + q % each) * taps + t;
          for (int64_t i0 = 0; i0 < g.in[0]; ++i0)
            for (int64_t i1 = 0; i1 < g.in[1]; ++i1) {
              const int64_t o0 = i0 * g.stride[0] + k0 * g.dilation[0] - g.pad[0], o1 = i1 * g.stride[1] + k1 * g.dilation[1] - g.pad[1];
              if (o0 < 0 || o0 >= g.out[0] || o1 < 0 || o1 >= g.out[1] || i2 >= e2) continue;
              const int64_t row = (o0 * g.out[1] + o1) * g.out[2] + shift;
              const size_t from = (n * channels + ch) * plane + size_t((i0 * g.in[1] + i1) * g.in[2]);
              if (f32) {
                scatter(to + row + i2 * g.stride[2], g.stride[2], x.as<float>() + from + i2, w.as<float>()[at_w], e2 - i2);
              } else {
                const double k = load_real(y.type, w.data, at_w);
                for (int64_t i = i2; i < e2; ++i) sums[row + i * g.stride[2]] += load_real(y.type, x.data, from + size_t(i)) * k;
              }
            }
        }
      if (!f32) store_reals(y.type, y.as<char>() + (n * m + q) * pixels * size_of(y.type), 1, pixels, sums);
    }
  return Status::ok;
}
}  // namespace mote
