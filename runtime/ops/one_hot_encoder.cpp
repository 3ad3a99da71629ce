// OneHotEncoder: y[..., k] = 1 where x is category k, else 0.
//   in   str, or i64 i32 f32 f64 (floats without their fraction)        out  f32, one dimension more: that of
//        the categories
//   cats_strings or cats_int64s; zeros int = 1: what is no category gives zeros, otherwise an error
// Errors: bad_attribute, bad_type, bad_value, rank_limit.            Source: ai.onnx.ml OneHotEncoder-1.
#include "ml.h"

namespace mote { namespace {

struct Attrs {
  Span<const int64_t> cats_int64s;
  Span<const Text> cats_strings;
  int64_t zeros;
};
constexpr Attr attrs[] = {ATTR(Attrs, cats_int64s), ATTR(Attrs, cats_strings), ATTR(Attrs, zeros, 1)};

Value categories(const Attrs& a) { return a.cats_strings ? list_of(a.cats_strings) : list_of(a.cats_int64s); }

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  const uint32_t n = a.cats_strings ? a.cats_strings.size : a.cats_int64s.size;
  if (bool(a.cats_strings) == bool(a.cats_int64s) || !n)
    return c.bad_attr("cats_*", n, "categories of one type");
  TRY(c.want_type(0, a.cats_strings ? types(Type::str) : ml_types));
  if (!known_rank(x)) return c.set(0, Type::f32), Status::ok;
  int64_t dims[max_rank + 1];
  for (int i = 0; i < x.rank; ++i) dims[i] = x.dims[i];
  dims[x.rank] = n;
  return c.set_dims(0, Type::f32, dims, x.rank + 1);
}

}  // namespace
constinit const Op op_one_hot_encoder = {ATTRS(Attrs, attrs), .shape = shape};

Status run_one_hot_encoder(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value keys = categories(a);
  Lookup lookup;
  TRY(lookup.build(c, keys));
  memset(c.out(0).data, 0, size_t(c.out(0).bytes));
  for (size_t i = 0; i < count(c.in(0)); ++i) {
    const int64_t at = lookup.find(c.in(0), i);
    if (at >= 0) c.out(0).as<float>()[i * count(keys) + size_t(at)] = 1;
    else if (!a.zeros)
      return c.fail_in(0, Status::bad_value, "a value that is no category", "categories only");
  }
  return Status::ok;
}

}  // namespace mote
