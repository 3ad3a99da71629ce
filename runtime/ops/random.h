// Random numbers, the same on every host: the counter-based generator Philox4x32-10 (Salmon et al., "Parallel
// random numbers: as easy as 1, 2, 3", 2011). Draw i of a node comes from words 2 (i mod 2) and the next (the
// low one first) of the block with
//   counter  i / 2 (low, high), turn, 0
//   key      with a seed: its bits as a float32, and 0; without: FNV-1a (32 bits) of the node's name, and 1
//   u[i] = the upper 53 of the 64 bits, times 2^-53, in [0, 1)
// With a seed `turn` is 0, so every execution of the node draws the same numbers. Without, it counts the
// executions of unseeded random nodes since the run began: nodes and steps of a loop draw different numbers,
// and every run draws the same ones again.
#pragma once
#include "../op.h"

namespace mote {

constexpr float no_seed = __builtin_nanf("");  // the default of an attribute `seed`

struct Random {
  uint32_t key[2], turn;
  Random(Call& c, float seed);
  void pair(uint64_t i, double u[2]) const;  // draws 2 i and 2 i + 1
  double one(uint64_t i) const;
};

// Type of a dtype attribute in `set`, or `fallback` where it is 0.
Status dtype_of(const Call& c, int64_t dtype, Type fallback, Types set, Type& out);

// What RandomUniform, RandomNormal and their Likes share: a and b are low and high, or mean and scale.
struct RandomAttrs {
  float a, b, seed;
  int64_t dtype;
  Span<const int64_t> shape;
};
constexpr Attr random_attr(const char* name, size_t offset, float value) {
  return make_attr<float>(name, offset, false, value);
}
#define RANDOM_ATTRS(a_name, a_value, b_name, b_value, ...)                                            \
  {random_attr(a_name, __builtin_offsetof(RandomAttrs, a), a_value),                                   \
   random_attr(b_name, __builtin_offsetof(RandomAttrs, b), b_value), ATTR(RandomAttrs, seed, no_seed), \
   ATTR(RandomAttrs, dtype, 0) __VA_OPT__(, __VA_ARGS__)}
Status random_shape(Call& c);       // by the attribute
Status random_like_shape(Call& c);  // by input 0
Status uniform_run(Call& c);
Status normal_run(Call& c);

}  // namespace mote
