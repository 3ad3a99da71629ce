// Optional: an optional that holds its input, or nothing.
//   in   any value, or absent        out  the same value, or an absent optional of `type`
//   type string: an element type as graph JSON names it; needed where there is no input
// Errors: missing_attribute.            Source: ONNX Optional-28.
#include "sequence.h"

namespace mote { namespace {

struct Attrs { Text type; };
constexpr Attr attrs[] = {ATTR(Attrs, type)};

Status shape(Call& c) {
  if (c.has_in(0)) return c.like(0, c.in(0)), Status::ok;
  if (!c.attrs<Attrs>().type.data) return c.fail(Status::missing_attribute, "type");
  c.set(0, Type::none);
  if (!c.has_out(0)) return Status::ok;
  c.out(0).kind = Kind::absent;
  for (unsigned i = 1; i < type_count; ++i)
    if (c.attrs<Attrs>().type == type_name(Type(i))) c.out(0).type = Type(i);
  return Status::ok;
}

Status begin(Call& c, Frame& f) {
  return c.has_in(0) && c.has_out(0) ? keep(f, c.in(0), c.out(0)) : Status::ok;
}

constexpr Control control = {.begin = begin};

}  // namespace
constinit const Op op_optional = {
    .in = {0, 1}, ATTRS(Attrs, attrs), .shape = shape, .flags = holds, .control = &control};
}  // namespace mote
