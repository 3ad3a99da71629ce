// Bernoulli: y = 1 with probability x, else 0, elementwise: 1 where u[i] < x[i], u being uniform in [0, 1)
// (random.h).
//   in   x  f32 f64 f16 bf16, in [0, 1]        out  y  the shape of x, type `dtype`
//   dtype int: bool, a float or an integer; absent: the type of x
//   seed float: absent: random.h says which numbers then
// A NaN gives 0. May run in place.
// Errors: bad_type, bad_attribute.            Source: ONNX Bernoulli-22.
#include "random.h"
#include "unary.h"

namespace mote {
namespace {

struct Attrs {
  float seed;
  int64_t dtype;
};
constexpr Attr attrs[] = {ATTR(Attrs, seed, no_seed), ATTR(Attrs, dtype, 0)};

Status shape(Call& c) {
  Type type;
  TRY(float_shape(c));
  TRY(dtype_of(c, c.attrs<Attrs>().dtype, c.in(0).type, number_types | types(Type::boolean), type));
  c.out(0).type = type;
  return Status::ok;
}

}  // namespace

constinit const Op op_bernoulli = {ATTRS(Attrs, attrs), .shape = shape, .flags = random | inplace};

Status run_bernoulli(Call& c) {
  const Random random(c, c.attrs<Attrs>().seed);
  uint64_t i = 0;
  through_reals(c.out(0), c.in(0), [&](double x) { return random.one(i++) < x ? 1.0 : 0.0; });
  return Status::ok;
}

}  // namespace mote
