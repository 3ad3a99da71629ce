// ConvTranspose: every input element adds its window, weighted, to the output.
//   in   x [n, channels, d...], w [channels, m / group, k...], b [m] optional: f16 bf16 f32 f64; 1 to 3
//        spatial axes
//   out  y [n, m, o...], o = (d - 1) stride + output_padding + (k - 1) dilation + 1 - pads, or output_shape
// Errors: bad_type, bad_shape, bad_attribute.            Source: ONNX ConvTranspose-22.
// f32: a matrix product of the turned weight with a block of pixels, whose rows are then added where their
//   taps fall.
#include "../arena.h"
#include "../element.h"
#include "../parallel.h"
#include "product.h"
#include "windows.h"

namespace mote {
namespace {

struct Attrs {
  Text auto_pad;
  Span<const int64_t> kernel_shape, strides, dilations, pads, output_padding, output_shape;
  int64_t group;
};
constexpr Attr attrs[] = {
    ATTR(Attrs, auto_pad, "NOTSET"), ATTR(Attrs, kernel_shape), ATTR(Attrs, strides),
    ATTR(Attrs, dilations),          ATTR(Attrs, pads),         ATTR(Attrs, output_padding),
    ATTR(Attrs, output_shape),       ATTR(Attrs, group, 1)};

using Geometry = Windows;  // `in` and `out` as the operator sees them: windows lie in the output

Status geometry(Call& c, Geometry& g) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &w = c.in(1);
  const int axes = x.rank - 2;
  constexpr int64_t most = 0x7fffffff;
  if (axes < 1 || axes > 3) return c.fail(Status::unsupported, "anything but one to three spatial axes");
  AutoPad padding;
  TRY(read_auto_pad(c, a.auto_pad, padding));
  TRY(want_numbers(c, "kernel_shape", a.kernel_shape, axes, 1));
  TRY(want_numbers(c, "strides", a.strides, axes, 1));
  TRY(want_numbers(c, "dilations", a.dilations, axes, 1));
  TRY(want_numbers(c, "pads", a.pads, axes * 2, 0));
  TRY(want_numbers(c, "output_padding", a.output_padding, axes, 0));
  const int extra_dims =
      a.output_shape && int(a.output_shape.size) == axes + 2 ? 2 : 0;  // batch and channels were given too
  TRY(want_numbers(c, "output_shape", a.output_shape, axes + extra_dims, 0));
  const bool same = padding == AutoPad::same_upper || padding == AutoPad::same_lower;
  g = {};
  g.axes = axes;
  for (int d = 0; d < 3; ++d) {
    g.in[d] = g.out[d] = g.kernel[d] = g.stride[d] = g.dilation[d] = 1;
    const int i = d - (3 - axes);
    if (i < 0) continue;
    g.in[d] = x.dims[2 + i];
    g.kernel[d] = w.dims[2 + i];
    if (a.kernel_shape && g.kernel[d] >= 0 && a.kernel_shape[i] != g.kernel[d])
      return c.bad_attr("kernel_shape", a.kernel_shape[i], g.kernel[d]);
    if (a.strides) g.stride[d] = a.strides[i];
    if (a.dilations) g.dilation[d] = a.dilations[i];
    if (g.in[d] < 0 || g.kernel[d] < 0) {
      g.out[d] = a.output_shape ? a.output_shape[i + extra_dims] : c.fresh();
      continue;
    }
    // Without padding. Both products are below 2^62.
    int64_t full = -1;
    if (g.in[d] <= most && g.kernel[d] <= most)
      full = max((g.in[d] - 1) * g.stride[d], (g.kernel[d] - 1) * g.dilation[d]) > most
                 ? -1
                 : (g.in[d] - 1) * g.stride[d] + (a.output_padding ? a.output_padding[i] : 0) +
                       (g.kernel[d] - 1) * g.dilation[d] + 1;
    if (full > most || (full < 0 && g.in[d]))
      return c.fail_in(0, Status::bad_shape, Arg::dims(x),
                       "fewer than 2^31 elements of the output along an axis");
    full = max(full, int64_t(0));
    if (a.output_shape || same) {
      g.out[d] = a.output_shape ? a.output_shape[i + extra_dims] : g.in[d] * g.stride[d];
      const int64_t total = max(int64_t(0), full - g.out[d]);
      g.pad[d] = padding == AutoPad::same_upper ? total / 2 : total - total / 2;
    } else if (a.pads && padding == AutoPad::none) {
      g.pad[d] = a.pads[i];
      g.out[d] = full - a.pads[i] - a.pads[i + axes];
      if (g.out[d] < 0) return c.bad_attr("pads", a.pads[i] + a.pads[i + axes], full);
    } else {
      g.out[d] = full;
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

// Adds the products of one tap with the pixels [p0, p0 + n) of a plane to the plane y.
[[gnu::noinline]] void scatter(const Geometry& g, float* y, int64_t tap, const float* x, int64_t p0,
                               int64_t n) {
  const int64_t k2 = tap % g.kernel[2], k1 = tap / g.kernel[2] % g.kernel[1],
                k0 = tap / g.kernel[2] / g.kernel[1];
  const int64_t shift = k2 * g.dilation[2] - g.pad[2], step = g.stride[2];
  // The input columns whose output lies inside the row.
  const int64_t first = shift < 0 ? (step - 1 - shift) / step : 0,
                last = g.out[2] > shift ? (g.out[2] - 1 - shift) / step + 1 : 0;
  for (int64_t p = p0; p < p0 + n;) {
    const int64_t column = p % g.in[2], row = p / g.in[2], m = min(p0 + n - p, g.in[2] - column);
    const int64_t o0 = row / g.in[1] * g.stride[0] + k0 * g.dilation[0] - g.pad[0];
    const int64_t o1 = row % g.in[1] * g.stride[1] + k1 * g.dilation[1] - g.pad[1];
    const int64_t from = max(column, first), until = min(column + m, last);
    if (o0 >= 0 && o0 < g.out[0] && o1 >= 0 && o1 < g.out[1] && from < until) {
      float* to = y + (o0 * g.out[1] + o1) * g.out[2] + shift + from * step;
      const float* at = x + (p - p0) + (from - column);
      const size_t count = size_t(until - from), wide = size_t(step);
      for (size_t i = 0; i < count; ++i) to[i * wide] += at[i];
    }
    p += m;
  }
}

// One group of one image: y [each, out] = bias + w [channels, each * taps] turned * x [channels, in]; blocks
// of pixels, channels and rows. On several threads by lines of the input, or by channels of the output, for
// which each thread packs all of the input.
struct Group {
  const Geometry& g;
  size_t channels, each, taps, plane, pixels, kb, mb, wide;

  Group(const Geometry& of, size_t channels, size_t each, size_t taps)
      : g(of),
        channels(channels),
        each(each),
        taps(taps),
        plane(size_t(g.in[0] * g.in[1] * g.in[2])),
        pixels(size_t(g.out[0] * g.out[1] * g.out[2])),
        kb(max<size_t>(k_block(channels), 1)),
        mb(min<size_t>(m_block(each * taps, kb), 128)),
        wide(min(round_up(plane, 8), max<size_t>(8, min<size_t>(128, block_floats / kb / 8 * 8)))) {}
  size_t room() const { return wide * kb + mb * kb + mb * wide; }
  // No two pixels add to the same output, so that where blocks of pixels begin has no effect on sums; and
  // there are lines enough.
  bool by_lines(size_t threads) const {
    bool apart = true;
    for (int i = 1; i < 3; ++i) apart &= (g.kernel[i] - 1) * g.dilation[i] < g.stride[i];
    return apart && g.in[0] == 1 && g.out[0] == 1 && g.kernel[0] == 1 && size_t(g.in[1]) >= threads;
  }

  // Channels [e0, e1), lines of the input [l0, l1): all of them, or of all lines.
  void run(float* room, float* y, const float* x, const float* w, const float* bias, size_t e0, size_t e1,
           size_t l0, size_t l1) const {
    const size_t all_lines = size_t(g.in[0] * g.in[1]), out_lines = size_t(g.out[0] * g.out[1]),
                 columns = size_t(g.out[2]);
    const auto line_of = [&](size_t l) {
      return size_t(min(g.out[1], max<int64_t>(0, int64_t(l) * g.stride[1] - g.pad[1])));
    };
    const size_t from = l0 ? line_of(l0) * columns : 0,
                 to = (l1 < all_lines ? line_of(l1) : out_lines) * columns;
    const size_t last = l1 * size_t(g.in[2]), rows = e1 * taps;
    for (size_t e = e0; e < e1; ++e)
      for (size_t i = from; i < to; ++i) y[e * pixels + i] = bias ? bias[e] : 0.0f;
    float *windows = room, *weights = windows + wide * kb, *products = weights + mb * kb;
    for (size_t p0 = l0 * size_t(g.in[2]); p0 < last; p0 += wide) {
      const size_t n = min(wide, last - p0);
      for (size_t k0 = 0; k0 < channels; k0 += kb) {
        const size_t k = min(kb, channels - k0);
        for (size_t p = 0; p < n; p += 8)
          pack_f32_p8(windows + p * k, x + k0 * plane + p0 + p, plane, 1, k, min<size_t>(8, n - p));
        for (size_t m0 = e0 * taps; m0 < rows; m0 += mb) {
          const size_t m = min(mb, rows - m0);
          for (size_t i = 0; i < m; i += 4)
            pack_f32_p4(weights + i * k, w + k0 * each * taps + m0 + i, each * taps, 1, k,
                        min<size_t>(4, m - i));
          gemm_f32_4x8({.a = weights,
                        .a_step = k * 4,
                        .b = windows,
                        .b_panel = k * 8,
                        .c = products,
                        .c_row = wide,
                        .rows = m,
                        .columns = n,
                        .k = k});
          for (size_t i = 0; i < m; ++i) {
            const size_t row = m0 + i;
            scatter(g, y + row / taps * pixels, int64_t(row % taps), products + i * wide, int64_t(p0),
                    int64_t(n));
          }
        }
      }
    }
  }
};

// Any other type: one output plane at a time in double.
Status any(Call& c, const Geometry& g, size_t group) {
  const Value &x = c.in(0), &w = c.in(1);
  Value& y = c.out(0);
  const size_t channels = size_t(x.dims[1]) / group, each = size_t(w.dims[1]), m = each * group;
  const size_t plane = product(x, 2, x.rank), pixels = product(y, 2, y.rank), taps = product(w, 2, w.rank);
  double* sums = c.scratch_of<double>(pixels);
  if (!sums) return c.no_memory(pixels * 8);
  for (size_t q = 0; q < size_t(x.dims[0]) * m; ++q) {
    const size_t n = q / m, row = q % m;
    const double bias = c.has_in(2) ? load_real(y.type, c.in(2).data, row) : 0;
    for (size_t i = 0; i < pixels; ++i) sums[i] = bias;
    for (size_t ch = row / each * channels; ch < (row / each + 1) * channels; ++ch)
      for (size_t t = 0; t < taps; ++t) {
        const double k = load_real(y.type, w.data, (ch * each + row % each) * taps + t);
        for (size_t p = 0; p < plane; ++p) {
          int64_t at = 0, i = int64_t(p), tap = int64_t(t), size = 1;
          bool inside = true;
          for (int d = 2; d >= 0; --d) {
            const int64_t o = i % g.in[d] * g.stride[d] + tap % g.kernel[d] * g.dilation[d] - g.pad[d];
            inside &= o >= 0 && o < g.out[d];
            at += o * size;
            size *= g.out[d];
            i /= g.in[d];
            tap /= g.kernel[d];
          }
          if (inside) sums[at] += load_real(y.type, x.data, (n * channels * group + ch) * plane + p) * k;
        }
      }
    store_reals(y.type, y.as<char>() + q * pixels * size_of(y.type), 1, pixels, sums);
  }
  return Status::ok;
}

}  // namespace
constinit const Op op_conv_transpose = {.in = {2, 3}, ATTRS(Attrs, attrs), .shape = shape};

Status run_conv_transpose(Call& c) {
  const Value &x = c.in(0), &w = c.in(1);
  Value& y = c.out(0);
  Geometry g;
  TRY(geometry(c, g));
  const size_t group = size_t(c.attrs<Attrs>().group);
  if (!count(y)) return Status::ok;
  if (y.type != Type::f32) return any(c, g, group);
  const size_t channels = size_t(x.dims[1]) / group, each = size_t(w.dims[1]);
  const Group of(g, channels, each, product(w, 2, w.rank));
  const unsigned threads = thread_count();
  Room* rooms = c.scratch_of<Room>(threads);
  if (!rooms) return c.no_memory(sizeof(Room));
  for (unsigned i = 0; i < threads; ++i) TRY((new (Place{rooms + i}) Room)->want(c, of.room()));
  const size_t total = size_t(x.dims[0]) * group, lines = size_t(g.in[0] * g.in[1]);
  // Parts of 4 channels, so that their rows are cut into tiles as all rows are.
  const bool by_lines = of.by_lines(threads);
  const size_t unit = by_lines ? 1 : 4, side = by_lines ? lines : each, units = max<size_t>(side / unit, 1);
  const size_t parts = total > 1 ? 1 : min<size_t>(units, by_lines ? 4 * threads : threads);
  const uint64_t ns = total * (each * of.taps * of.plane * (channels / 24 + 1) + each * of.pixels / 4);
  parallel_for(total * parts, ns, [&](size_t from, size_t to, unsigned thread) {
    for (size_t i = from; i < to; ++i) {
      const size_t q = i / parts, part = i % parts, first = units * part / parts * unit;
      const size_t end = part + 1 == parts ? side : units * (part + 1) / parts * unit, m = q % group * each;
      of.run(rooms[thread].at, y.as<float>() + q * each * of.pixels, x.as<float>() + q * channels * of.plane,
             w.as<float>() + m * channels * of.taps, c.has_in(2) ? c.in(2).as<float>() + m : nullptr,
             by_lines ? 0 : first, by_lines ? each : end, by_lines ? first : 0, by_lines ? end : lines);
    }
  });
  return Status::ok;
}
}  // namespace mote
