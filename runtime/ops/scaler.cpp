// Scaler: y = (x - offset) * scale, of every feature.
//   in   f32 f64 i64 i32 [..., F]        out  f32, same shape
//   offset, scale floats of 1 or F numbers
// Errors: bad_attribute, bad_type.            Source: ai.onnx.ml Scaler-1.
#include "ml.h"

namespace mote { namespace {

struct Attrs { Span<const float> scale, offset; };
constexpr Attr attrs[] = {REQUIRED(Attrs, scale), REQUIRED(Attrs, offset)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, ml_types));
  TRY(c.want_min_rank(0, 1));
  if (a.scale.size != a.offset.size) return c.bad_attr("scale", a.scale.size, a.offset.size);
  const int64_t f = feature_dim(c);
  if (!a.scale.size || (a.scale.size != 1 && f >= 0 && f != a.scale.size))
    return c.bad_attr("scale", a.scale.size, "1 number, or one for each feature");
  c.like(0, c.in(0));
  if (c.has_out(0)) c.out(0).type = Type::f32;
  return Status::ok;
}

}  // namespace
constinit const Op op_scaler = {ATTRS(Attrs, attrs), .shape = shape};

Status run_scaler(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  const bool each = a.scale.size > 1;
  size_t k = 0;  // feature
  for (size_t i = 0; i < count(x); ++i) {
    c.out(0).as<float>()[i] =
        float((load_real(x.type, x.data, i) - double(a.offset[k])) * double(a.scale[k]));
    if (each && ++k == a.scale.size) k = 0;
  }
  return Status::ok;
}

}  // namespace mote
