// EyeLike: ones on a diagonal, zeros elsewhere.
//   in   x [rows, columns]  bool, floats, integers; only its shape and type are read
//   out  y [rows, columns], type `dtype`
//   k int = 0: y[i, i + k] is 1
//   dtype int: a type code; absent: the type of x
// Errors: bad_type, bad_rank, bad_attribute.            Source: ONNX EyeLike-22.
#include "../element.h"
#include "../op.h"

namespace mote {
namespace {

struct Attrs { int64_t k, dtype; };
constexpr Attr attrs[] = {ATTR(Attrs, k, 0), ATTR(Attrs, dtype, 0)};
constexpr Types eye_types = number_types | types(Type::boolean);

Status shape(Call& c) {
  const int64_t type = c.attrs<Attrs>().dtype;
  TRY(c.want_type(0, eye_types));
  TRY(c.want_rank(0, 2));
  if (type && (type < 0 || type >= int64_t(type_count) || !has(eye_types, Type(type))))
    return c.bad_attr("dtype", type, Arg::set(eye_types));
  if (known_rank(c.in(0))) c.like(0, c.in(0));
  else c.set(0, c.in(0).type, 2);
  if (type) c.out(0).type = Type(type);
  return Status::ok;
}

}  // namespace

constinit const Op op_eye_like = {ATTRS(Attrs, attrs), .shape = shape, .flags = dims_only};

Status run_eye_like(Call& c) {
  Value& y = c.out(0);
  const int64_t k = c.attrs<Attrs>().k;
  const size_t size = size_of(y.type);
  memset(y.data, 0, count(y) * size);
  const double one = 1;
  for (int64_t i = k < 0 && k > -y.dims[0] ? -k : 0; i < y.dims[0]; ++i) {
    int64_t j;
    if (!add(i, k, j) || j < 0 || j >= y.dims[1]) break;
    store_reals(y.type, y.as<char>() + size_t(i * y.dims[1] + j) * size, 1, 1, &one);
  }
  return Status::ok;
}

}  // namespace mote
