// ConstantOfShape: a tensor of one value.
//   in   shape int64 [rank]        out  [shape], the type of `value`
//   value tensor of one element = float32 0
// Errors: bad_attribute, bad_value, rank_limit.            Source: ONNX ConstantOfShape-25.
#include "move.h"

namespace mote { namespace {

struct Attrs { const Value* value; };
constexpr Attr attrs[] = { ATTR(Attrs, value) };

Status shape(Call& c) {
  const Value* value = c.attrs<Attrs>().value;
  const Type type = value ? value->type : Type::f32;
  int n;
  if (value && count(*value) != 1) return c.bad_attr("value", Arg::dims(*value), "one element");
  TRY(want_vector(c, 0, types(Type::i64), n));
  if (n > max_rank) return c.fail(Status::rank_limit, n, max_rank);
  if (!c.known(0)) return c.set(0, type, n), Status::ok;
  int64_t dims[max_rank];
  TRY(read_dims(c, 0, 0, dims, n));
  return c.set_dims(0, type, dims, n);
}

}  // namespace

constinit const Op op_constant_of_shape = { .in = {1, 1}, ATTRS(Attrs, attrs), .shape = shape,
                                            .reads = 1 << 0 };

Status run_constant_of_shape(Call& c) {
  const Value* value = c.attrs<Attrs>().value;
  Value& y = c.out(0);
  constexpr float zero = 0;
  const char* element = value ? value->as<char>() : reinterpret_cast<const char*>(&zero);
  if (count(y)) fill(y.as<char>(), element, count(y), size_of(y.type));
  return Status::ok;
}

}  // namespace mote
