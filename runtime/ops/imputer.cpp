// Imputer: replaces one value by others.
//   in   f32 f64 i64 i32 [..., F]        out  same type and shape
//   floats: replaced_value_float = 0 (may be NaN), imputed_value_floats; integers: replaced_value_int64 = 0,
//     imputed_value_int64s;
//   1 or F numbers
// Errors: bad_attribute, bad_type.            Source: ai.onnx.ml Imputer-1.
#include "ml.h"

namespace mote { namespace {

struct Attrs {
  Span<const float> imputed_value_floats;
  Span<const int64_t> imputed_value_int64s;
  int64_t replaced_value_int64;
  float replaced_value_float;
};
constexpr Attr attrs[] = {ATTR(Attrs, imputed_value_floats), ATTR(Attrs, imputed_value_int64s),
                          ATTR(Attrs, replaced_value_int64, 0), ATTR(Attrs, replaced_value_float, 0.0f)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, ml_types));
  TRY(c.want_min_rank(0, 1));
  const bool real = has(float_types, c.in(0).type);
  const uint32_t n = real ? a.imputed_value_floats.size : a.imputed_value_int64s.size;
  const int64_t f = feature_dim(c);
  if (!n || (n != 1 && f >= 0 && f != n))
    return c.bad_attr(real ? "imputed_value_floats" : "imputed_value_int64s", n,
                      "1 number, or one for each feature");
  return c.like(0, c.in(0)), Status::ok;
}

}  // namespace
constinit const Op op_imputer = {ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};

Status run_imputer(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  const bool real = has(float_types, x.type);
  const size_t n = real ? a.imputed_value_floats.size : a.imputed_value_int64s.size, bytes = size_of(x.type);
  const double old = double(a.replaced_value_float);
  memmove(c.out(0).data, x.data, size_t(x.bytes));
  size_t k = 0;
  for (size_t i = 0; i < count(x); ++i) {
    char* to = c.out(0).as<char>() + i * bytes;
    if (real) {
      const double v = load_real(x.type, to, 0), y = double(a.imputed_value_floats[k]);
      if (v == old || (v != v && old != old)) store_reals(x.type, to, 1, 1, &y);
    } else if (load_int(x.type, to, 0) == a.replaced_value_int64) {
      store_ints(x.type, to, 1, 1, &a.imputed_value_int64s[k]);
    }
    if (n > 1 && ++k == n) k = 0;
  }
  return Status::ok;
}

}  // namespace mote
