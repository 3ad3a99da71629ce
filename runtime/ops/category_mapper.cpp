// CategoryMapper: strings to integers or integers to strings, by two lists of equal length.
//   in   str or i64        out  i64 or str, same shape
//   cats_int64s, cats_strings; default_int64 = -1, default_string = "_Unused" for what is in neither
// Errors: bad_attribute, bad_type.            Source: ai.onnx.ml CategoryMapper-1.
#include "ml.h"

namespace mote { namespace {

struct Attrs {
  Span<const int64_t> cats_int64s;
  Span<const Text> cats_strings;
  int64_t default_int64;
  Text default_string;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, cats_int64s), REQUIRED(Attrs, cats_strings),
                          ATTR(Attrs, default_int64, -1), ATTR(Attrs, default_string, "_Unused")};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, types(Type::str, Type::i64)));
  if (a.cats_int64s.size != a.cats_strings.size)
    return c.bad_attr("cats_int64s", a.cats_int64s.size, a.cats_strings.size);
  c.like(0, c.in(0));
  if (c.has_out(0)) c.out(0).type = c.in(0).type == Type::str ? Type::i64 : Type::str;
  return Status::ok;
}

}  // namespace
constinit const Op op_category_mapper = {ATTRS(Attrs, attrs), .shape = shape};

Status run_category_mapper(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const bool to_int = c.in(0).type == Type::str;
  Lookup lookup;
  TRY(lookup.build(c, to_int ? list_of(a.cats_strings) : list_of(a.cats_int64s)));
  for (size_t i = 0; i < count(c.in(0)); ++i) {
    const int64_t at = lookup.find(c.in(0), i);
    if (to_int) c.out(0).as<int64_t>()[i] = at < 0 ? a.default_int64 : a.cats_int64s[size_t(at)];
    else c.out(0).as<Text>()[i] = at < 0 ? a.default_string : a.cats_strings[size_t(at)];
  }
  return Status::ok;
}

}  // namespace mote
