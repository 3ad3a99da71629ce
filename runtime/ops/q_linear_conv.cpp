// QLinearConv: y = saturate(round(conv x_scale w_scale / y_scale) + y_zero_point), conv: a convolution (see
// Conv) of x - x_zero_point with w - w_zero_point, plus bias.
//   in   x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, bias [m] i32 optional;
//        x [n, channels, d...], w [m, channels / group, k...] and zero points i8 u8, scales f32: one number
//          each, or [m] of w
//   out  y [n, m, o...], of y_zero_point's type
// Summed exactly, the scales multiplied in f32.
// Errors: bad_type, bad_shape, bad_attribute, unsupported (more than three spatial axes).   Source: ONNX
//   QLinearConv-10.
#include "conv.h"
#include "quantize.h"

namespace mote {
namespace {

struct Attrs {
  WindowAttrs window;
  int64_t group;
};
constexpr Attr attrs[] = {WINDOW_ATTRS(Attrs), ATTR(Attrs, group, 1)};
constexpr ConvInputs inputs = {0, 2, 3, 5, 8};

Status shape(Call& c) {
  TRY(c.want_type(1, types(Type::f32)));
  TRY(c.want_type(4, types(Type::f32)));
  TRY(c.want_type(6, types(Type::f32)));
  TRY(c.want_type(7, eight_bits));
  TRY(want_single(c, 1));
  TRY(want_single(c, 6));
  TRY(want_single(c, 7));
  TRY(conv_ints_shape(c, c.attrs<Attrs>().window, c.attrs<Attrs>().group, inputs, c.in(7).type));
  return want_channels(c, 4, 3);
}

}  // namespace

constinit const Op op_q_linear_conv = {.in = {8, 9}, ATTRS(Attrs, attrs), .shape = shape};

Status run_q_linear_conv(Call& c) {
  Value& y = c.out(0);
  const size_t n = count(y);
  if (!n) return Status::ok;
  int32_t* sums = c.scratch_of<int32_t>(n);
  if (!sums) return c.no_memory(n * 4);
  TRY(conv_ints(c, c.attrs<Attrs>().window, c.attrs<Attrs>().group, inputs, sums));
  const size_t m = size_t(y.dims[1]), pixels = product(y, 2, y.rank);
  const int zero = int(load_int(y.type, c.in(7).data, 0));
  const float x_scale = *c.in(1).as<float>(), y_scale = *c.in(6).as<float>();
  for (size_t i = 0; i < n; i += pixels) {
    const float w_scale = c.in(4).as<float>()[along(&c.in(4), 0, i / pixels % m, m)];
    requantize(y.type, y.as<uint8_t>() + i, sums + i, pixels, x_scale * w_scale / y_scale, zero);
  }
  return Status::ok;
}

}  // namespace mote
