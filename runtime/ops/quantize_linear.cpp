// QuantizeLinear: y = saturate(round(x / y_scale) + y_zero_point), rounded to the nearest even.
//   in   x  f32 f16 bf16 i32, y_scale f32 f16 bf16 i32 f8e8m0: one number, [d] along `axis`, or x's shape
//           with blocks along
//        `axis`, y_zero_point like y_scale, of y's type, optional: 0
//   out  y like x: integers of 2 to 16 bits, f4e2m1, f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz
//   axis int = 1, in [-r, r); block_size int = 0: elements that share a scale; saturate int = 1: as Cast has
//     it
//   output_dtype int = 0: y's type where there is no zero point; 0: u8
//   precision int = 0: the type x / y_scale is rounded to; 0: that of y_scale (i32: double, f8e8m0: that of
//     x)
// NaN gives the least integer.
// Errors: bad_axis, bad_attribute, bad_rank, bad_shape, bad_type.            Source: ONNX QuantizeLinear-28.
#include "quantize.h"

namespace mote {
namespace {

struct Attrs {
  GrainAttrs grain;
  int64_t saturate, output_dtype, precision;
};
constexpr Attr attrs[] = {
    make_attr<int64_t>("axis", __builtin_offsetof(Attrs, grain.axis), false, 1),
    make_attr<int64_t>("block_size", __builtin_offsetof(Attrs, grain.block_size), false),
    ATTR(Attrs, saturate, 1), ATTR(Attrs, output_dtype), ATTR(Attrs, precision)};
constexpr Types small_ints = types(Type::i8, Type::u8, Type::i16, Type::u16) | subbyte_int_types;
constexpr Types quantized_types = small_ints | float8_types | types(Type::f4e2m1);
constexpr Types real_inputs = types(Type::f32, Type::f16, Type::bf16, Type::i32);

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, real_inputs));
  TRY(c.want_type(1, real_inputs | types(Type::f8e8m0)));
  TRY(c.want_type(2, quantized_types));
  Type type = c.has_in(2) ? c.in(2).type : Type::u8;
  if (a.output_dtype) {
    if (a.output_dtype < 1 || a.output_dtype >= int64_t(type_count) ||
        !has(quantized_types, Type(a.output_dtype)))
      return c.bad_attr("output_dtype", a.output_dtype, "a quantised type");
    if (c.has_in(2) && int64_t(type) != a.output_dtype)
      return c.bad_attr("output_dtype", a.output_dtype, type);
    type = Type(a.output_dtype);
  }
  if (a.precision &&
      (a.precision < 1 || a.precision >= int64_t(type_count) || !has(float_types, Type(a.precision))))
    return c.bad_attr("precision", a.precision, "a type of floats");
  TRY(check_grain(c, a.grain));
  c.like(0, c.in(0));
  c.out(0).type = type;
  return Status::ok;
}

// One block of at most `block` elements, in doubles.
void quantize(const Call& c, Type precision, const Stretch& s) {
  const Value &x = c.in(0), &scale = c.in(1), &y = c.out(0);
  double v[block], by[block], zero[block] = {};
  load_reals(x.type, element(x, s.at), 1, s.n, v);
  load_reals(scale.type, element(scale, s.scale), int64_t(s.step), s.n, by);
  if (c.has_in(2)) load_reals(y.type, element(c.in(2), s.scale), int64_t(s.step), s.n, zero);
  const auto rounded = [&](double* d) {
    if (precision == Type::f64) return;
    double stored[block];
    store_reals(precision, stored, 1, s.n, d);
    load_reals(precision, stored, 1, s.n, d);
  };
  rounded(v);
  rounded(by);
  for (size_t i = 0; i < s.n; ++i) v[i] /= by[i];
  rounded(v);
  if (has(small_ints, y.type)) {
    const Range r = range_of(y.type);
    for (size_t i = 0; i < s.n; ++i) v[i] = quantized(v[i], int(zero[i]), r);
    store_reals(y.type, element(y, s.at), 1, s.n, v);
    return;
  }
  const bool saturate = c.attrs<Attrs>().saturate || y.type == Type::f4e2m1;
  auto* to = static_cast<uint8_t*>(y.data) + s.at;
  for (size_t i = 0; i < s.n; ++i) to[i] = f64_to_small_float(y.type, v[i] + zero[i], saturate);
}

}  // namespace

constinit const Op op_quantize_linear = {.in = {2, 3}, ATTRS(Attrs, attrs), .shape = shape};

Status run_quantize_linear(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &scale = c.in(1);
  Value& y = c.out(0);
  const Type by = scale.type == Type::i32 ? Type::f64 : scale.type == Type::f8e8m0 ? x.type : scale.type;
  const Type precision = a.precision ? Type(a.precision) : by == Type::i32 ? Type::f64 : by;
  const bool hot =
      x.type == Type::f32 && scale.type == Type::f32 && precision == Type::f32 && has(eight_bits, y.type);
  Stretch s;
  for (size_t i = 0; stretch(c, a.grain, i, s); ++i) {
    if (hot && !s.step) {
      const int zero = c.has_in(2) ? int(load_int(y.type, c.in(2).data, s.scale)) : 0;
      const Range r = range_of(y.type);
      quantize_f32_8(y.as<uint8_t>() + s.at, x.as<float>() + s.at, s.n, scale.as<float>()[s.scale], zero,
                     r.low, r.high);
      continue;
    }
    for (size_t k = 0; k < s.n; k += block)
      quantize(c, precision, {s.at + k, min(block, s.n - k), s.scale + k * s.step, s.step});
  }
  return Status::ok;
}

}  // namespace mote
