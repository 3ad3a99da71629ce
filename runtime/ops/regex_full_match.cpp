// RegexFullMatch: whether a whole string matches a regular expression.
//   in   str        out  bool, same shape
//   pattern string: in RE2's syntax (regex.h)
// Errors: bad_type, bad_attribute (a bad expression), unsupported.            Source: ONNX RegexFullMatch-20.
#include "regex.h"

namespace mote { namespace {

struct Attrs { Text pattern; };
constexpr Attr attrs[] = {ATTR(Attrs, pattern, "")};

Status shape(Call& c) {
  TRY(c.want_type(0, types(Type::str)));
  c.like(0, c.in(0));
  if (c.has_out(0)) c.out(0).type = Type::boolean;
  return Status::ok;
}

}  // namespace
constinit const Op op_regex_full_match = {ATTRS(Attrs, attrs), .shape = shape};

Status run_regex_full_match(Call& c) {
  Regex regex;
  TRY(regex.compile(c, c.attrs<Attrs>().pattern));
  for (size_t i = 0; i < count(c.in(0)); ++i)
    c.out(0).as<uint8_t>()[i] = regex.matches(c.in(0).as<Text>()[i]);
  return Status::ok;
}

}  // namespace mote
