// ConvInteger: a convolution (see Conv) of x - x_zero_point with w - w_zero_point.
//   in   x [n, channels, d...] i8 u8, w [m, channels / group, k...] i8 u8, x_zero_point of x's type, one
//        number, w_zero_point of w's type, one number or [m]; both optional: 0. One to three spatial axes
//   out  y [n, m, o...] i32, modulo 2^32
// Errors: bad_type, bad_shape, bad_attribute, unsupported (more than three spatial axes).   Source: ONNX
//   ConvInteger-10.
#include "conv.h"

namespace mote {
namespace {

struct Attrs {
  WindowAttrs window;
  int64_t group;
};
constexpr Attr attrs[] = {WINDOW_ATTRS(Attrs), ATTR(Attrs, group, 1)};
constexpr ConvInputs inputs = {0, 2, 1, 3, 4};  // there is no input 4

Status shape(Call& c) {
  return conv_ints_shape(c, c.attrs<Attrs>().window, c.attrs<Attrs>().group, inputs, Type::i32);
}

}  // namespace

constinit const Op op_conv_integer = {.in = {2, 4}, ATTRS(Attrs, attrs), .shape = shape};

Status run_conv_integer(Call& c) {
  return conv_ints(c, c.attrs<Attrs>().window, c.attrs<Attrs>().group, inputs, c.out(0).as<int32_t>());
}

}  // namespace mote
