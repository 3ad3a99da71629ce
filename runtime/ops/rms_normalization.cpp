// RMSNormalization: y = x / sqrt(mean of x^2 + epsilon) * scale, the mean over the axes from `axis` on.
//   in   x [d0, ..., dn-1]  f32 f64 f16 bf16; scale: a float type, broadcast to x
//   out  y  the shape of x, the type of scale
//   axis int = -1, in [-n, n]; epsilon float = 1e-5; stash_type int = 1 (f32), f16, f64 or bf16's code
// f32: sums in 4 partial sums. Other types: in double, more than stash_type asks. May run in place.
// Errors: bad_type, bad_axis, bad_attribute, not_broadcastable.   Source: ONNX RMSNormalization-23.
#include "normalize.h"

namespace mote {
namespace {

struct Attrs { int64_t axis; float epsilon; int64_t stash_type; };
constexpr Attr attrs[] = {ATTR(Attrs, axis, -1), ATTR(Attrs, epsilon, 1e-5f), ATTR(Attrs, stash_type, 1)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  TRY(c.want_type(0, float_types));
  TRY(c.want_type(1, float_types));
  if (uint64_t(a.stash_type) > 31 || !has(float_types, Type(a.stash_type)))
    return c.bad_attr("stash_type", a.stash_type, "1, 10, 11 or 16");
  int axis;
  if (known_rank(x)) TRY(norm_axis(c, a.axis, x.rank, axis));
  TRY(broadcasts(c, 1, x));
  c.like(0, x);
  if (c.has_out(0)) c.out(0).type = c.in(1).type;
  return Status::ok;
}

}  // namespace

constinit const Op op_rms_normalization = {.in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};

Status run_rms_normalization(Call& c) {
  LayerNorm n = {.x = c.in(0), .y = c.out(0), .scale = c.in(1), .bias = {}, .axis = 0,
                 .epsilon = double(c.attrs<Attrs>().epsilon), .rms = true};
  TRY(norm_axis(c, c.attrs<Attrs>().axis, n.x.rank, n.axis));
  return layer_normalize(c, n);
}

}  // namespace mote
