#include "random.h"
#include "../element.h"
#include "../math.h"

namespace mote {

Random::Random(Call& c, float seed) {
  if (seed == seed) {
    key[0] = bits_as<uint32_t>(seed);
    key[1] = turn = 0;
    return;
  }
  uint32_t hash = 2166136261;
  for (uint32_t i = 0; i < c.node_name.size; ++i) hash = (hash ^ uint8_t(c.node_name.data[i])) * 16777619;
  key[0] = hash;
  key[1] = 1;
  turn = c.env.random_turns++;
}

void Random::pair(uint64_t i, double u[2]) const {
  uint32_t x[4] = {uint32_t(i), uint32_t(i >> 32), turn, 0}, k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; ++round, k0 += 0x9e3779b9, k1 += 0xbb67ae85) {
    const uint64_t a = uint64_t(x[0]) * 0xd2511f53, b = uint64_t(x[2]) * 0xcd9e8d57;
    x[0] = uint32_t(b >> 32) ^ x[1] ^ k0;
    x[1] = uint32_t(b);
    x[2] = uint32_t(a >> 32) ^ x[3] ^ k1;
    x[3] = uint32_t(a);
  }
  for (int k = 0; k < 2; ++k) u[k] = double((uint64_t(x[2 * k + 1]) << 32 | x[2 * k]) >> 11) * 0x1p-53;
}

double Random::one(uint64_t i) const {
  double u[2];
  pair(i / 2, u);
  return u[i % 2];
}

Status dtype_of(const Call& c, int64_t dtype, Type fallback, Types set, Type& out) {
  if (dtype < 0 || dtype >= int64_t(type_count)) return c.bad_attr("dtype", dtype, Arg::set(set));
  out = dtype ? Type(dtype) : fallback;
  return has(set, out) ? Status::ok : c.bad_attr("dtype", out, Arg::set(set));
}

Status random_shape(Call& c) {
  const RandomAttrs& a = c.attrs<RandomAttrs>();
  Type type;
  TRY(dtype_of(c, a.dtype, Type::f32, float_types, type));
  for (int64_t d : a.shape)
    if (d < 0) return c.bad_attr("shape", d, "0 or more");
  return c.set_dims(0, type, a.shape.data, int(min(a.shape.size, uint32_t(max_rank + 1))));
}

Status random_like_shape(Call& c) {
  Type type;
  TRY(c.want_type(0, number_types | complex_types | types(Type::boolean, Type::str)));
  TRY(dtype_of(c, c.attrs<RandomAttrs>().dtype, c.in(0).type, float_types, type));
  c.like(0, c.in(0));
  c.out(0).type = type;
  return Status::ok;
}

static Status random_run(Call& c, void (*turn)(double u[2], double a, double b)) {
  const RandomAttrs& a = c.attrs<RandomAttrs>();
  Value& y = c.out(0);
  const Random random(c, a.seed);
  for (size_t i = 0, n = count(y); i < n; i += 2) {
    double u[2];
    random.pair(i / 2, u);
    turn(u, double(a.a), double(a.b));
    store_reals(y.type, y.as<char>() + i * size_of(y.type), 1, min(n - i, size_t(2)), u);
  }
  return Status::ok;
}

Status uniform_run(Call& c) {
  return random_run(c, [](double u[2], double low, double high) {
    for (int k = 0; k < 2; ++k) u[k] = low + (high - low) * u[k];
  });
}

// Box and Muller: two uniform numbers make two normal ones.
Status normal_run(Call& c) {
  return random_run(c, [](double u[2], double mean, double scale) {
    const double radius = scale * __builtin_sqrt(-2 * math::log(1 - u[0])),
                 angle = 2 * 3.14159265358979323846 * u[1];
    u[0] = mean + radius * math::cos(angle);
    u[1] = mean + radius * math::sin(angle);
  });
}

}  // namespace mote
