#include "optimizer.h"

namespace mote {

Status optimizer_shape(Call& c, unsigned states) {
  const Types floats = types(Type::f32, Type::f64);
  if ((c.n_in - 2) % (states + 2))
    return c.fail(Status::bad_arity, int64_t(c.n_in), "inputs", "2 and as many of each kind");
  const unsigned n = (c.n_in - 2) / (states + 2);
  TRY(c.want_type(0, floats));
  TRY(c.want_type(1, types(Type::i64)));
  for (unsigned i = 0; i < 2; ++i)
    if (concrete(c.in(i)) && count(c.in(i)) != 1)
      return c.fail_in(i, Status::bad_shape, Arg::dims(c.in(i)), "one element");
  if (c.n_out > n * (states + 1))
    return c.fail(Status::bad_arity, int64_t(c.n_out), "outputs", n * (states + 1));
  for (unsigned k = 0; k < n; ++k) {
    const Value& x = c.in(2 + k);
    TRY(c.want_type(2 + k, floats));
    for (unsigned s = 1; s < states + 2; ++s) {
      const unsigned i = 2 + s * n + k;
      if (!c.has_in(i)) return c.fail(Status::missing_input, i);
      TRY(c.want_same_type(i, 2 + k));
      if (!known_rank(x)) continue;
      TRY(c.want_rank(i, x.rank));
      for (int axis = 0; axis < x.rank; ++axis) TRY(c.want_dim(i, axis, x.dims[axis]));
    }
    for (unsigned s = 0; s <= states; ++s) c.like(s * n + k, x);
  }
  return Status::ok;
}

double rate_of(const Call& c) { return load_real(c.in(0).type, c.in(0).data, 0); }
int64_t updates_of(const Call& c) { return *c.in(1).as<int64_t>(); }

}  // namespace mote
