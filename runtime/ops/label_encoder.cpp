// LabelEncoder: y = values[i] where x = keys[i], the default where it is no key. Of equal keys the last
// counts; NaN equals NaN.
//   in   str i64 f32 i32 i16 f64, the type of the keys        out  same shape, type of the values
//   keys_strings, keys_int64s, keys_floats or keys_tensor; values_strings, values_int64s, values_floats or
//     values_tensor, as many
//   default_string = "_Unused", default_int64 = -1, default_float = -0, or default_tensor
// Errors: bad_attribute, bad_type.            Source: ai.onnx.ml LabelEncoder-4.
#include "ml.h"
#include "move.h"

namespace mote { namespace {

struct Attrs {
  const Value *keys_tensor, *values_tensor, *default_tensor;
  Span<const Text> keys_strings, values_strings;
  Span<const int64_t> keys_int64s, values_int64s;
  Span<const float> keys_floats, values_floats;
  Text default_string;
  int64_t default_int64;
  float default_float;
};
constexpr Attr attrs[] = {ATTR(Attrs, keys_tensor),       ATTR(Attrs, values_tensor),
                          ATTR(Attrs, default_tensor),    ATTR(Attrs, keys_strings),
                          ATTR(Attrs, values_strings),    ATTR(Attrs, keys_int64s),
                          ATTR(Attrs, values_int64s),     ATTR(Attrs, keys_floats),
                          ATTR(Attrs, values_floats),     ATTR(Attrs, default_string, "_Unused"),
                          ATTR(Attrs, default_int64, -1), ATTR(Attrs, default_float, -0.0f)};
constexpr Types labels = types(Type::str, Type::i64, Type::f32, Type::i32, Type::i16, Type::f64);

// The one of four lists that is given.
Status only(Call& c, const char* name, const Value* tensor, Span<const Text> texts, Span<const int64_t> ints,
            Span<const float> reals, Value& out) {
  if (bool(tensor) + bool(texts) + bool(ints) + bool(reals) != 1)
    return c.bad_attr(name, "none or several", "one list");
  out = tensor ? *tensor : texts ? list_of(texts) : ints ? list_of(ints) : list_of(reals);
  return has(labels, out.type) ? Status::ok : c.bad_attr(name, out.type, Arg::set(labels));
}

Status lists(Call& c, Value& keys, Value& values) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(only(c, "keys_*", a.keys_tensor, a.keys_strings, a.keys_int64s, a.keys_floats, keys));
  TRY(only(c, "values_*", a.values_tensor, a.values_strings, a.values_int64s, a.values_floats, values));
  if (count(keys) != count(values)) return c.bad_attr("values_*", count(values), count(keys));
  const Value* d = a.default_tensor;
  if (d && (d->type != values.type || count(*d) != 1))
    return c.bad_attr("default_tensor", d->type, values.type);
  return Status::ok;
}

Status shape(Call& c) {
  Value keys, values;
  TRY(lists(c, keys, values));
  TRY(c.want_type(0, types(keys.type)));
  c.like(0, c.in(0));
  if (c.has_out(0)) c.out(0).type = values.type;
  return Status::ok;
}

}  // namespace
constinit const Op op_label_encoder = {ATTRS(Attrs, attrs), .shape = shape};

Status run_label_encoder(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  Value& y = c.out(0);
  Value keys, values;
  Lookup lookup;
  TRY(lists(c, keys, values));
  TRY(lookup.build(c, keys));
  alignas(8) char other[sizeof(Text)];
  const double real = a.default_float;
  if (a.default_tensor) memcpy(other, a.default_tensor->data, size_of(y.type));
  else if (y.type == Type::str) memcpy(other, &a.default_string, sizeof(Text));
  else if (has(float_types, y.type)) store_reals(y.type, other, 1, 1, &real);
  else store_ints(y.type, other, 1, 1, &a.default_int64);
  const size_t bytes = size_of(y.type), n = count(y);
  for (size_t i = 0; i < n; ++i) {
    const int64_t at = lookup.find(c.in(0), i);
    copy_block(y.as<char>() + i * bytes, at < 0 ? other : values.as<char>() + size_t(at) * bytes, bytes);
  }
  return Status::ok;
}

}  // namespace mote
