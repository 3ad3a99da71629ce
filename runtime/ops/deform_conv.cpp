// DeformConv: y[n, m, o] = b[m] + sum over c, k of w[m, c, k] mask[n, g, k, o] x[n, c] at (o * stride - pad +
// k * dilation + offset[n, g, k, o]), linearly interpolated, zero outside; g: c's group of offsets.
//   in   x [n, channels, d...], w [m, channels / group, k...], offset [n, offset_group * window * axes,
//        o...], b [m] optional, mask [n, offset_group * window, o...] optional: f16 bf16 f32 f64; 1 to 3
//          spatial axes
//   out  y [n, m, o...]
//   group, offset_group int = 1; kernel_shape, strides, dilations, pads as Conv has them
// The samples become a matrix of x's type, and each group one matrix product.
// Errors: bad_type, bad_rank, bad_shape, bad_attribute, unsupported (more than three spatial axes).  Source:
//   ONNX DeformConv-22.
#include "product.h"
#include "sample.h"
#include "windows.h"

namespace mote {
namespace {

struct Attrs { WindowAttrs window; int64_t group, offset_group; };
using Ints = Span<const int64_t>;
constexpr Attr attrs[] = {
    make_attr<Ints>("kernel_shape", __builtin_offsetof(Attrs, window.kernel_shape), false),
    make_attr<Ints>("strides", __builtin_offsetof(Attrs, window.strides), false),
    make_attr<Ints>("dilations", __builtin_offsetof(Attrs, window.dilations), false),
    make_attr<Ints>("pads", __builtin_offsetof(Attrs, window.pads), false),
    ATTR(Attrs, group, 1),
    ATTR(Attrs, offset_group, 1)};

Status want_groups(const Call& c, const Value& x, const Value& w) {
  const Attrs& a = c.attrs<Attrs>();
  if (a.group < 1) return c.bad_attr("group", a.group, "at least 1");
  if (a.offset_group < 1 || (x.dims[1] >= 0 && x.dims[1] % a.offset_group))
    return c.bad_attr("offset_group", a.offset_group, "a divisor of the number of channels");
  if (x.dims[1] >= 0 && w.dims[1] >= 0 && (x.dims[1] % a.group || x.dims[1] / a.group != w.dims[1]))
    return c.fail_in(1, Status::bad_shape, Arg::dims(w), x.dims[1] / a.group);
  if (w.dims[0] >= 0 && w.dims[0] % a.group)
    return c.fail_in(1, Status::bad_shape, Arg::dims(w), "a multiple of group in axis 0");
  return Status::ok;
}

Status shape(Call& c) {
  TRY(c.want_type(0, float_types));
  for (unsigned i = 1; i < 5; ++i) TRY(c.want_same_type(i, 0));
  TRY(c.want_min_rank(0, 3));
  TRY(c.want_min_rank(1, 3));
  TRY(c.want_rank(3, 1));
  const Value &x = c.in(0), &w = c.in(1);
  if (!known_rank(x) || !known_rank(w)) return c.set(0, x.type, max(x.rank, w.rank)), Status::ok;
  TRY(c.want_rank(1, x.rank));
  TRY(c.want_rank(2, x.rank));
  TRY(c.want_rank(4, x.rank));
  TRY(want_groups(c, x, w));
  TRY(c.want_dim(3, 0, w.dims[0]));
  Windows win;
  TRY(make_windows(c, c.attrs<Attrs>().window, x.dims + 2, x.rank - 2, w.dims + 2, false, win));
  int64_t dims[max_rank] = {x.dims[0], w.dims[0]}, window = 1;
  for (int i = 0; i < win.axes; ++i) {
    dims[2 + i] = win.out[3 - win.axes + i];
    TRY(dim_mul(c, window, w.dims[2 + i], window));
  }
  for (unsigned i = 2; i < 5; i += 2) {
    int64_t rows;
    TRY(dim_mul(c, window, c.attrs<Attrs>().offset_group, rows));
    if (i == 2) TRY(dim_mul(c, rows, win.axes, rows));
    TRY(c.want_dim(i, 0, x.dims[0]));
    TRY(c.want_dim(i, 1, rows));
    for (int d = 0; d < win.axes; ++d) TRY(c.want_dim(i, 2 + d, dims[2 + d]));
  }
  return c.set_dims(0, x.type, dims, x.rank);
}

// Row k of the window, column o: where it is without its offset.
void place(const Windows& w, size_t k, size_t o, double* position) {
  for (int d = 2, a = w.axes - 1; a >= 0; --d, --a) {
    position[a] = double(int64_t(o % size_t(w.out[d])) * w.stride[d] - w.pad[d] +
                         int64_t(k % size_t(w.kernel[d])) * w.dilation[d]);
    k /= size_t(w.kernel[d]);
    o /= size_t(w.out[d]);
  }
}

struct Sizes { size_t channels, per_offset, window, plane, pixels; };

// Rows of all channels of image n: columns [channels * window, pixels].
void sample(const Call& c, const Windows& w, const Sizes& z, Sampler& s, size_t n, Value& columns) {
  const Value &x = c.in(0), &offset = c.in(2);
  const size_t groups = z.channels / z.per_offset, axes = size_t(w.axes);
  for (size_t g = 0; g < groups; ++g)
    for (size_t k = 0; k < z.window; ++k)
      for (size_t o = 0; o < z.pixels; ++o) {
        double position[3];
        place(w, k, o, position);
        const size_t row = (n * groups + g) * z.window + k;
        for (size_t a = 0; a < axes; ++a) position[a] += element_at(offset, (row * axes + a) * z.pixels + o);
        s.locate(position);
        const double mask = c.has_in(4) ? element_at(c.in(4), row * z.pixels + o) : 1;
        for (size_t q = g * z.per_offset; q < (g + 1) * z.per_offset; ++q) {
          double sum = 0;
          for (size_t t = 0; t < s.taps; ++t)
            sum += s.weight[t] * element_at(x, (n * z.channels + q) * z.plane + size_t(s.at[t]));
          put_element(columns, (q * z.window + k) * z.pixels + o, sum * mask);
        }
      }
}

}  // namespace

constinit const Op op_deform_conv = {.in = {3, 5}, ATTRS(Attrs, attrs), .shape = shape};

Status run_deform_conv(Call& c) {
  const Value &x = c.in(0), &weight = c.in(1);
  Value& y = c.out(0);
  const Attrs& a = c.attrs<Attrs>();
  Windows w;
  TRY(make_windows(c, a.window, x.dims + 2, x.rank - 2, weight.dims + 2, false, w));
  if (!count(y)) return Status::ok;
  const size_t channels = size_t(x.dims[1]), groups = size_t(a.group), size = size_of(x.type);
  const Sizes z = {channels, channels / size_t(a.offset_group), product(weight, 2, weight.rank),
                   product(x, 2, x.rank), product(y, 2, y.rank)};
  const size_t rows = size_t(weight.dims[0]) / groups, k = channels / groups * z.window;
  Sampler s = {.axes = w.axes, .dims = x.dims + 2};
  TRY(s.make(c));
  Value columns = x;
  size_t elements = 0, bytes = 0;
  columns.data =
      mul(channels * z.window, z.pixels, elements) && mul(elements, size, bytes) ? c.scratch(bytes) : nullptr;
  if (!columns.data) return c.no_memory(bytes);
  Room room;
  for (size_t n = 0; n < size_t(x.dims[0]); ++n) {
    if (z.per_offset) sample(c, w, z, s, n, columns);
    for (size_t g = 0; g < groups; ++g) {
      const size_t to = (n * groups + g) * rows * z.pixels;
      const char *from = weight.as<char>() + g * rows * k * size,
                 *b = columns.as<char>() + g * k * z.pixels * size;
      if (x.type == Type::f32)
        TRY(product_f32(c, {.a = reinterpret_cast<const float*>(from), .b = reinterpret_cast<const float*>(b),
                            .c = y.as<float>() + to, .m = rows, .k = k, .n = z.pixels}, room));
      else
        product_any(x.type, y.as<char>() + to * size, {from, int64_t(k), 1}, {b, int64_t(z.pixels), 1}, rows,
                    k, z.pixels);
      for (size_t i = 0; c.has_in(3) && i < rows * z.pixels; ++i)
        put_element(y, to + i, element_at(y, to + i) + element_at(c.in(3), g * rows + i / z.pixels));
    }
  }
  return Status::ok;
}

}  // namespace mote
