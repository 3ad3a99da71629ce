// Range: y[i] = start + i * delta, for as many i as stay before limit.
//   in   start, limit, delta [] (or [1])  f32 f64 f16 bf16 i16 i32 i64
//   out  [max(ceil((limit - start) / delta), 0)]
// Floats are computed in double and rounded once, whatever stash_type says.
// Errors: bad_value (delta 0 or NaN), too_large.            Source: ONNX Range-27.
#include "../element.h"
#include "../op.h"

namespace mote { namespace {

struct Attrs { int64_t stash_type; };
constexpr Attr attrs[] = { ATTR(Attrs, stash_type, 1) };
constexpr Types range_types = float_types | types(Type::i16, Type::i32, Type::i64);

double real(const Call& c, unsigned i) { return load_real(c.in(i).type, c.in(i).data, 0); }
int64_t integer(const Call& c, unsigned i) { return load_int(c.in(i).type, c.in(i).data, 0); }

Status length(Call& c, int64_t& n) {
  const Type type = c.in(0).type;
  n = 0;
  if (has(float_types, type)) {
    const double start = real(c, 0), limit = real(c, 1), delta = real(c, 2);
    const double steps = __builtin_ceil((limit - start) / delta);
    if (delta == 0 || !(steps == steps))
      return c.fail_in(2, Status::bad_value, delta == 0 ? "0" : "NaN", "steps that reach the limit");
    if (steps >= 0x1p62) return c.fail(Status::too_large, "a dimension", "more than 2^62");
    if (steps > 0) n = int64_t(steps);
    return Status::ok;
  }
  const int64_t start = integer(c, 0), limit = integer(c, 1), delta = integer(c, 2);
  if (delta == 0) return c.fail_in(2, Status::bad_value, 0, "steps that reach the limit");
  uint64_t steps = 0;
  if (delta > 0 && start < limit) steps = 1 + (uint64_t(limit) - uint64_t(start) - 1) / uint64_t(delta);
  if (delta < 0 && start > limit) steps = 1 + (uint64_t(start) - uint64_t(limit) - 1) / (0 - uint64_t(delta));
  if (steps >> 62) return c.fail(Status::too_large, "a dimension", "more than 2^62");
  n = int64_t(steps);
  return Status::ok;
}

Status shape(Call& c) {
  bool known = true;
  for (unsigned i = 0; i < 3; ++i) {
    TRY(c.want_type(i, range_types));
    TRY(c.want_same_type(i, 0));
    if (known_rank(c.in(i)) && c.in(i).rank > 0) {
      TRY(c.want_rank(i, 1));
      TRY(c.want_dim(i, 0, 1));
    }
    known &= c.known(i) && concrete(c.in(i));
  }
  int64_t n = c.fresh();
  if (known) TRY(length(c, n));
  return c.set_dims(0, c.in(0).type, &n, 1);
}

}  // namespace

constinit const Op op_range = { .in = {3, 3}, ATTRS(Attrs, attrs), .shape = shape, .reads = 7 };

Status run_range(Call& c) {
  const Type type = c.in(0).type;
  const size_t n = size_t(c.out(0).dims[0]);
  char* to = c.out(0).as<char>();
  for (size_t at = 0; at < n; at += block) {
    const size_t more = min(block, n - at);
    char* rows = to + at * size_of(type);
    if (has(float_types, type)) {
      const double start = real(c, 0), delta = real(c, 2);
      double values[block];
      for (size_t i = 0; i < more; ++i) values[i] = start + double(at + i) * delta;
      store_reals(type, rows, 1, more, values);
    } else {
      const uint64_t start = uint64_t(integer(c, 0)), delta = uint64_t(integer(c, 2));
      int64_t values[block];
      for (size_t i = 0; i < more; ++i) values[i] = int64_t(start + uint64_t(at + i) * delta);
      store_ints(type, rows, 1, more, values);
    }
  }
  return Status::ok;
}

}  // namespace mote
