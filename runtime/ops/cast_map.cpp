// CastMap: the values of a map in the order of its keys.
//   in   map of int64 to float or string        out  [1, n]
//   cast_to string = "TO_FLOAT", or TO_STRING, TO_INT64 (without the fraction); map_form string = "DENSE": n
//     is the size of the map;
//   "SPARSE": n = max_map, a value stands where its key says, elsewhere 0 or ""
// Errors: bad_attribute, bad_kind, bad_type, bad_value (a text that is no number), index_range.    Source:
//   ai.onnx.ml CastMap-1.
#include "../decimal.h"
#include "ml.h"
#include "sequence.h"

namespace mote { namespace {

struct Attrs {
  Text cast_to, map_form;
  int64_t max_map;
};
constexpr Attr attrs[] = {ATTR(Attrs, cast_to, "TO_FLOAT"), ATTR(Attrs, map_form, "DENSE"),
                          ATTR(Attrs, max_map, 1)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const bool sparse = a.map_form == "SPARSE";
  TRY(want_kind(c, 0, Kind::map));
  if (!sparse && !(a.map_form == "DENSE")) return c.bad_attr("map_form", a.map_form, "DENSE or SPARSE");
  const Type type = a.cast_to == "TO_FLOAT" ? Type::f32 : a.cast_to == "TO_STRING" ? Type::str : Type::i64;
  if (type == Type::i64 && !(a.cast_to == "TO_INT64"))
    return c.bad_attr("cast_to", a.cast_to, "TO_FLOAT, TO_STRING or TO_INT64");
  if (sparse && a.max_map < 1) return c.bad_attr("max_map", a.max_map, "a positive number");
  const Value* parts = c.in(0).as<Value>();
  if (parts && parts[0].type != Type::i64) return c.fail_in(0, Status::bad_type, parts[0].type, Type::i64);
  const Types values = types(Type::f32, Type::str);
  if (parts && !has(values, parts[1].type))
    return c.fail_in(0, Status::bad_type, parts[1].type, Arg::set(values));
  const int64_t dims[] = {1, sparse ? a.max_map : parts ? int64_t(count(parts[0])) : c.fresh()};
  return c.set_dims(0, type, dims, 2);
}

}  // namespace
constinit const Op op_cast_map = {ATTRS(Attrs, attrs), .shape = shape, .flags = holds, .reads = 1};

Status run_cast_map(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const bool sparse = a.map_form == "SPARSE";
  const Value *parts = c.in(0).as<Value>(), &values = parts[1];
  const auto* keys = parts[0].as<int64_t>();
  const size_t n = count(parts[0]);
  Value& y = c.out(0);
  auto* order = c.scratch_of<size_t>(n);
  if (!order) return c.no_memory(n * sizeof(size_t));
  for (size_t i = 0; i < n; ++i) order[i] = i;
  for (size_t gap = n / 2; gap; gap /= 2)  // Shell's sort
    for (size_t i = gap; i < n; ++i)
      for (size_t k = i; k >= gap && keys[order[k]] < keys[order[k - gap]]; k -= gap)
        swap(order[k], order[k - gap]);
  memset(y.data, 0, size_t(y.bytes));
  for (size_t i = 0; i < n; ++i) {
    const size_t from = order[i];
    if (sparse && (keys[from] < 0 || keys[from] >= a.max_map))
      return c.fail(Status::index_range, keys[from], 0, a.max_map);
    const size_t to = sparse ? size_t(keys[from]) : i;
    double x = 0;
    if (values.type == Type::str) {
      const Text s = values.as<Text>()[from];
      if (y.type == Type::str) y.as<Text>()[to] = s;
      else if (!parse_real(s, false, x)) return c.fail_in(0, Status::bad_value, s, "the text of a number");
    } else {
      x = double(values.as<float>()[from]);
    }
    if (y.type == Type::str && values.type != Type::str) {
      char text[real_text];
      const size_t size = format_real(Type::f32, x, text);
      char* bytes = c.string_bytes(size);
      if (!bytes) return c.no_memory(size);
      memcpy(bytes, text, size);
      y.as<Text>()[to] = Text(bytes, size);
    } else if (y.type != Type::str) {
      store_reals(y.type, y.as<char>() + to * size_of(y.type), 1, 1, &x);
    }
  }
  return Status::ok;
}

}  // namespace mote
