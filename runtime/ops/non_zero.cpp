// NonZero: the indices of the elements that are not zero, in row-major order.
//   in   x [d0, ..., dn-1]  any but the small floats and integers; a string is zero where it is empty
//   out  i64 [n, how many]; of a scalar [0, how many]
// A NaN is not zero.
// Errors: bad_type.            Source: ONNX NonZero-13.
#include "../element.h"
#include "../op.h"

namespace mote {
namespace {

constexpr Types set = number_types | complex_types | types(Type::boolean, Type::str);

// Bit k of what it gives: element i + k is not zero; n is at most 32.
uint32_t mask_of(const Value& x, size_t i, size_t n) {
  uint32_t mask = 0;
  if (x.type == Type::str) {
    for (size_t k = 0; k < n; ++k) mask |= uint32_t(x.as<Text>()[i + k].size != 0) << k;
    return mask;
  }
  const unsigned parts = has(complex_types, x.type) ? 2 : 1;
  const Type t = x.type == Type::c64 ? Type::f32 : x.type == Type::c128 ? Type::f64 : x.type;
  double v[64];
  load_reals(t, x.as<char>() + i * size_of(x.type), 1, n * parts, v);
  for (size_t k = 0; k < n * parts; ++k) mask |= uint32_t(v[k] != 0) << (k / parts);
  return mask;
}

Status shape(Call& c) {
  TRY(c.want_type(0, set));
  const Value& x = c.in(0);
  int64_t dims[2] = {known_rank(x) ? x.rank : c.fresh(), c.fresh()};
  if (c.known(0)) {
    dims[1] = 0;
    const size_t n = count(x);
    for (size_t i = 0; i < n; i += 32)
      for (uint32_t mask = mask_of(x, i, min(n - i, size_t(32))); mask; mask &= mask - 1) ++dims[1];
  }
  return c.set_dims(0, Type::i64, dims, 2);
}

}  // namespace

constinit const Op op_non_zero = {.shape = shape, .reads = 1};

Status run_non_zero(Call& c) {
  const Value& x = c.in(0);
  const size_t n = count(x), found = size_t(c.out(0).dims[1]);
  int64_t* to = c.out(0).as<int64_t>();
  for (size_t i = 0; i < n; i += 32)
    for (uint32_t mask = mask_of(x, i, min(n - i, size_t(32))); mask; mask &= mask - 1, ++to) {
      size_t at = i + size_t(__builtin_ctz(mask));
      for (int d = x.rank; d--; at /= size_t(x.dims[d]))
        to[size_t(d) * found] = int64_t(at % size_t(x.dims[d]));
    }
  return Status::ok;
}

}  // namespace mote
