// StringSplit: the parts of every string.
//   in   x str        out  y str [x..., most parts of any], filled up with "", z int64 [x...] how many each
//                          has
//   delimiter string = "": white space of any length, and none at the ends; maxsplit int: at most so many
//     cuts from the left, the
//   last part is the rest (without a delimiter: from its first character on)
// Errors: bad_attribute, bad_type, rank_limit.            Source: ONNX StringSplit-20.
#include "text.h"

namespace mote { namespace {

struct Attrs {
  Text delimiter;
  int64_t maxsplit;
};
constexpr int64_t unlimited = int64_max;
constexpr Attr attrs[] = {ATTR(Attrs, delimiter, ""), ATTR(Attrs, maxsplit, unlimited)};

// The next part of s from `at` on; false at the end. `cuts` counts what is still allowed.
bool next_part(Text s, Text delimiter, size_t& at, int64_t& cuts, Text& part) {
  const char *p = s.data + at, *const end = s.data + s.size;
  if (!delimiter.size) {
    const char* word = p;
    for (; p < end && is_space(next_character(p, end)); word = p) {}
    if (word >= end) return false;
    const char* stop = word;
    for (p = word; p < end && cuts; stop = p)
      if (is_space(next_character(p, end))) break;
    if (!cuts) stop = end, p = end;
    else --cuts;
    part = Text(word, size_t(stop - word));
    at = size_t(p - s.data);
    return true;
  }
  if (at > s.size) return false;
  size_t k = at;
  for (; cuts && k + delimiter.size <= s.size; ++k)
    if (Text(s.data + k, delimiter.size) == delimiter) {
      part = Text(p, k - at);
      at = k + delimiter.size;
      --cuts;
      return true;
    }
  part = Text(p, s.size - at);
  at = size_t(s.size) + 1;
  return true;
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  TRY(c.want_type(0, types(Type::str)));
  if (a.maxsplit < 0) return c.bad_attr("maxsplit", a.maxsplit, "a number that is not negative");
  c.set(0, Type::str);
  c.like(1, x);
  if (c.has_out(1)) c.out(1).type = Type::i64;
  if (!known_rank(x)) return Status::ok;
  int64_t dims[max_rank + 1];
  for (int i = 0; i < x.rank; ++i) dims[i] = x.dims[i];
  dims[x.rank] = c.fresh();
  if (c.known(0)) {
    size_t most = 0;
    for (size_t i = 0; i < count(x); ++i) {
      size_t n = 0, at = 0;
      int64_t cuts = a.maxsplit;
      for (Text part; next_part(x.as<Text>()[i], a.delimiter, at, cuts, part);) ++n;
      most = max(most, n);
    }
    dims[x.rank] = int64_t(most);
  }
  return c.set_dims(0, Type::str, dims, x.rank + 1);
}

}  // namespace
constinit const Op op_string_split = {.out = {1, 2}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1};

Status run_string_split(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  const size_t most = c.has_out(0) ? size_t(c.out(0).dims[x.rank]) : 0;
  for (size_t i = 0; i < count(x); ++i) {
    size_t n = 0, at = 0;
    int64_t cuts = a.maxsplit;
    for (Text part; next_part(x.as<Text>()[i], a.delimiter, at, cuts, part); ++n)
      if (c.has_out(0)) c.out(0).as<Text>()[i * most + n] = part;
    for (size_t k = n; k < most; ++k) c.out(0).as<Text>()[i * most + k] = "";
    if (c.has_out(1)) c.out(1).as<int64_t>()[i] = int64_t(n);
  }
  return Status::ok;
}

}  // namespace mote
