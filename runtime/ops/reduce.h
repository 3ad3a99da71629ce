// Reductions over a set of axes: what the Reduce operators share: end(combine of map(x) over the axes).
//   in   x [d0, ..., dn-1], axes i64 [k] optional
//   out  y  the type of x; reduced axes have one element, or none with keepdims = 0
// No axes: all of them, or with noop_with_empty_axes none of them (y = x). Negative axes count from the end;
// one named twice counts once. f32 along the innermost axes by a kernel where there is one, along others by
// adding rows to rows; other types in double or 64-bit integers, by halves.
#pragma once
#include "binary.h"

namespace mote {

// turn: reverses the order, -x or ~x; power: exp(x - max x)
enum class Map : uint8_t { none, abs, square, turn, power };
// mean: divide by the number of elements; turn: undoes Map::turn
enum class End : uint8_t { none, mean, root, log, turn };

struct Reduction {
  const Binary* combine;                             // of two elements
  // kernel: a dense row to one element; null: f32 goes through double
  float (*row)(const float* x, size_t n) = nullptr;
  enum Start : uint8_t { zero, one, lowest } start = zero;  // of no elements; lowest: of the type
  Map map = Map::none;
  End end = End::none;
};

struct ReduceAttrs { int64_t keepdims, noop_with_empty_axes; };
inline constexpr Attr reduce_attrs[] = {
  ATTR(ReduceAttrs, keepdims, 1), ATTR(ReduceAttrs, noop_with_empty_axes)};

constexpr Types reduce_types = float_types | types(Type::i32, Type::i64, Type::u32, Type::u64);
Status reduce_shape(Call& c, Types set);
inline Status reduce_numbers(Call& c) { return reduce_shape(c, reduce_types); }
Status reduce_run(Call& c, const Reduction& r);
// y of x, which need not be those of the call; bit i of `mask`: axis i is reduced. Only the type and the
// number of elements of y matter.
Status reduce_apply(Call& c, const Reduction& r, uint32_t mask, const Value& y, const Value& x);

}  // namespace mote
