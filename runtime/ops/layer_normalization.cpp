// LayerNormalization: y = (x - mean) / sqrt(var + epsilon) * scale + b, mean and variance over
// the axes from `axis` on.
//   in   x [d0, ..., dn-1]  f32 f64 f16 bf16; scale, b (optional): x's type, broadcast to x
//   out  y  shape and type of x; mean, inv_std_dev (optional) [d0, ..., daxis-1, 1, ..., 1]  f32, or bf16
//        with stash_type 16
//   axis int = -1, in [-n, n]; epsilon float = 1e-5; stash_type int = 1 (f32) or 16 (bf16)
// f32: sums in 16 partial sums. Other types: in double, more than stash_type asks; the normalised x, its
// product with scale and the sum with b are rounded to x's type each, as the standard's definition does.
// May run in place.
// Errors: bad_type, bad_axis, bad_attribute, not_broadcastable.   Source: ONNX LayerNormalization-17.
#include "normalize.h"

namespace mote {
namespace {

struct Attrs { int64_t axis; float epsilon; int64_t stash_type; };
constexpr Attr attrs[] = {ATTR(Attrs, axis, -1), ATTR(Attrs, epsilon, 1e-5f), ATTR(Attrs, stash_type, 1)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, float_types));
  TRY(c.want_same_type(1, 0));
  TRY(c.want_same_type(2, 0));
  if (a.stash_type != 1 && a.stash_type != 16) return c.bad_attr("stash_type", a.stash_type, "1 or 16");
  const Value& x = c.in(0);
  const Type stash = a.stash_type == 16 ? Type::bf16 : Type::f32;
  c.like(0, x);
  int axis = 0;
  if (known_rank(x)) TRY(norm_axis(c, a.axis, x.rank, axis));
  TRY(broadcasts(c, 1, x));
  TRY(broadcasts(c, 2, x));
  TRY(set_statistics(c, 1, stash, x, axis));
  return set_statistics(c, 2, stash, x, axis);
}

}  // namespace

constinit const Op op_layer_normalization = {
  .in = {2, 3}, .out = {1, 3}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};

Status run_layer_normalization(Call& c) {
  LayerNorm n = {.x = c.in(0), .y = c.out(0), .scale = c.in(1), .bias = {}, .axis = 0,
                 .epsilon = double(c.attrs<Attrs>().epsilon), .mean_out = 1, .inverse_out = 2};
  if (c.has_in(2)) n.bias = c.in(2);
  TRY(norm_axis(c, c.attrs<Attrs>().axis, n.x.rank, n.axis));
  return layer_normalize(c, n);
}

}  // namespace mote
