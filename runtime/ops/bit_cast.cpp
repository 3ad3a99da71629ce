// BitCast: the bits of x taken as another type of as many bits.
//   in   x  any type but string        out  y  type `to`, the shape of x
//   to int: a type code: any but string, as many bits as x
// A view: nothing is copied. (Of 4 and 2 bits an element has a byte in memory whose other bits nobody reads.)
// Errors: bad_type, bad_attribute.            Source: ONNX BitCast-26.
#include "../op.h"

namespace mote {
namespace {

struct Attrs { int64_t to; };
constexpr Attr attrs[] = {REQUIRED(Attrs, to)};

Status shape(Call& c) {
  const int64_t to = c.attrs<Attrs>().to;
  TRY(c.want_type(0, all_types & ~types(Type::str)));
  const Type from = c.in(0).type;
  if (to < 1 || to >= int64_t(type_count) || type_info[to].bits != type_info[unsigned(from)].bits)
    return c.bad_attr("to", to, "a type of as many bits as the input's");
  c.like(0, c.in(0));
  c.out(0).type = Type(to);
  return Status::ok;
}

}  // namespace

constinit const Op op_bit_cast = {ATTRS(Attrs, attrs), .shape = shape, .flags = view};

}  // namespace mote
