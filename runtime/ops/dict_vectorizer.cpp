// DictVectorizer: y[k] = the value of the map at vocabulary[k], 0 or "" where it has none.
//   in   map of string or int64 to i64 f32 f64 str        out  [1, size of the vocabulary], type of the
//        values
//   string_vocabulary or int64_vocabulary: of the type of the keys
// Errors: bad_attribute, bad_kind, bad_type.            Source: ai.onnx.ml DictVectorizer-1.
#include "ml.h"
#include "move.h"
#include "sequence.h"

namespace mote { namespace {

struct Attrs {
  Span<const Text> string_vocabulary;
  Span<const int64_t> int64_vocabulary;
};
constexpr Attr attrs[] = {ATTR(Attrs, string_vocabulary), ATTR(Attrs, int64_vocabulary)};

Value vocabulary(const Attrs& a) {
  return a.string_vocabulary ? list_of(a.string_vocabulary) : list_of(a.int64_vocabulary);
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(want_kind(c, 0, Kind::map));
  if (bool(a.string_vocabulary) == bool(a.int64_vocabulary))
    return c.bad_attr("*_vocabulary", "none or both", "one list");
  const Value keys = vocabulary(a);
  TRY(c.want_type(0, types(Type::i64, Type::f32, Type::f64, Type::str)));
  const Value* parts = c.in(0).as<Value>();
  if (parts && parts[0].type != keys.type) return c.fail_in(0, Status::bad_type, parts[0].type, keys.type);
  const int64_t dims[] = {1, int64_t(count(keys))};
  return c.set_dims(0, parts ? parts[1].type : c.in(0).type, dims, 2);
}

}  // namespace
constinit const Op op_dict_vectorizer = {ATTRS(Attrs, attrs), .shape = shape, .flags = holds, .reads = 1};

Status run_dict_vectorizer(Call& c) {
  const Value *parts = c.in(0).as<Value>(), keys = vocabulary(c.attrs<Attrs>());
  Value& y = c.out(0);
  if (parts[0].type != keys.type) return c.fail_in(0, Status::bad_type, parts[0].type, keys.type);
  if (parts[1].type != y.type) return c.fail_in(0, Status::bad_type, parts[1].type, y.type);
  Lookup lookup;
  TRY(lookup.build(c, parts[0]));
  const size_t bytes = size_of(y.type);
  memset(y.data, 0, size_t(y.bytes));
  for (size_t i = 0; i < count(keys); ++i)
    if (const int64_t at = lookup.find(keys, i); at >= 0)
      copy_block(y.as<char>() + i * bytes, parts[1].as<char>() + size_t(at) * bytes, bytes);
  return Status::ok;
}

}  // namespace mote
