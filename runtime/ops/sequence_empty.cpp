// SequenceEmpty: a sequence without elements.
//   out  sequence of type `dtype`
//   dtype int = 1 (float32)
// Errors: bad_attribute.            Source: ONNX SequenceEmpty-11.
#include "sequence.h"

namespace mote { namespace {

struct Attrs { int64_t dtype; };
constexpr Attr attrs[] = {ATTR(Attrs, dtype, 1)};

Status shape(Call& c) {
  const int64_t type = c.attrs<Attrs>().dtype;
  if (type < 1 || type >= type_count) return c.bad_attr("dtype", type, "the code of an element type");
  return set_sequence(c, 0, Type(type)), Status::ok;
}

Status begin(Call& c, Frame& f) { return make_sequence(c, f, 0, Type(c.attrs<Attrs>().dtype), 0); }

constexpr Control control = {.begin = begin};

}  // namespace
constinit const Op op_sequence_empty = {
    .in = {0, 0}, ATTRS(Attrs, attrs), .shape = shape, .flags = holds, .control = &control};
}  // namespace mote
