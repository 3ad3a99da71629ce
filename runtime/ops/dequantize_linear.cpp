// DequantizeLinear: y = (x - x_zero_point) * x_scale.
//   in   x  integers of 2 to 16 bits, i32, f4e2m1, f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz, x_scale f32 f16
//           bf16 f8e8m0:
//        one number, [d] along `axis`, or x's shape with blocks along `axis`, x_zero_point like x_scale, of
//          x's type,
//        optional: 0
//   out  y like x: f32 f16 bf16
//   axis int = 1, in [-r, r); block_size int = 0: elements that share a scale
//   output_dtype int = 0: y's type; 0: that of x_scale
// The difference is rounded to f32, the product once.
// Errors: bad_axis, bad_attribute, bad_rank, bad_shape, bad_type.            Source: ONNX
//   DequantizeLinear-28.
#include "quantize.h"

namespace mote {
namespace {

struct Attrs {
  GrainAttrs grain;
  int64_t output_dtype;
};
constexpr Attr attrs[] = {
    make_attr<int64_t>("axis", __builtin_offsetof(Attrs, grain.axis), false, 1),
    make_attr<int64_t>("block_size", __builtin_offsetof(Attrs, grain.block_size), false),
    ATTR(Attrs, output_dtype)};
constexpr Types real_outputs = types(Type::f32, Type::f16, Type::bf16);
constexpr Types inputs = types(Type::i8, Type::u8, Type::i16, Type::u16, Type::i32, Type::f4e2m1) |
                         subbyte_int_types | float8_types;

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, inputs));
  TRY(c.want_type(1, real_outputs | types(Type::f8e8m0)));
  TRY(c.want_same_type(2, 0));
  const int64_t type = a.output_dtype ? a.output_dtype : int64_t(c.in(1).type);
  if (type < 1 || type >= int64_t(type_count) || !has(real_outputs, Type(type)))
    return c.bad_attr("output_dtype", a.output_dtype, Arg::set(real_outputs));
  TRY(check_grain(c, a.grain));
  c.like(0, c.in(0));
  c.out(0).type = Type(type);
  return Status::ok;
}

// One block of at most `block` elements, in doubles.
void dequantize(const Call& c, const Stretch& s) {
  const Value &x = c.in(0), &scale = c.in(1), &y = c.out(0);
  double v[block], by[block], zero[block] = {};
  load_reals(x.type, element(x, s.at), 1, s.n, v);
  load_reals(scale.type, element(scale, s.scale), int64_t(s.step), s.n, by);
  if (c.has_in(2)) load_reals(x.type, element(c.in(2), s.scale), int64_t(s.step), s.n, zero);
  for (size_t i = 0; i < s.n; ++i) v[i] = double(float(v[i] - zero[i])) * by[i];
  store_reals(y.type, element(y, s.at), 1, s.n, v);
}

}  // namespace

constinit const Op op_dequantize_linear = {.in = {2, 3}, ATTRS(Attrs, attrs), .shape = shape};

Status run_dequantize_linear(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &scale = c.in(1);
  Value& y = c.out(0);
  const bool hot = has(eight_bits, x.type) && scale.type == Type::f32 && y.type == Type::f32;
  Stretch s;
  for (size_t i = 0; stretch(c, a.grain, i, s); ++i) {
    if (hot && !s.step) {
      const int zero = c.has_in(2) ? int(load_int(x.type, c.in(2).data, s.scale)) : 0;
      (x.type == Type::u8 ? dequantize_u8_f32 : dequantize_i8_f32)(
          y.as<float>() + s.at, x.as<uint8_t>() + s.at, s.n, scale.as<float>()[s.scale], zero);
      continue;
    }
    for (size_t k = 0; k < s.n; k += block)
      dequantize(c, {s.at + k, min(block, s.n - k), s.scale + k * s.step, s.step});
  }
  return Status::ok;
}

}  // namespace mote
