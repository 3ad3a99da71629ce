// Reductions over a set of axes: what ReduceSum, ReduceMax and ReduceMean share.
//   in   x [d0, ..., dn-1], axes i64 [k] optional
//   out  y  the type of x; reduced axes have one element, or none with keepdims = 0
// No axes: all of them, or with noop_with_empty_axes none of them (y = x). Negative axes count from the end;
// one named twice counts once.
// f32 along the innermost axes by a kernel, along others by adding rows to rows; other types in double or
// 64-bit integers, by halves.
#pragma once
#include "binary.h"

namespace mote {

struct Reduction {
  const Binary* combine;                    // of two elements
  float (*row)(const float* x, size_t n);   // kernel: a dense row to one element
  bool lowest;                              // of no elements: the lowest value of the type; otherwise 0
  bool mean;                                // divide by the number of elements
};

struct ReduceAttrs { int64_t keepdims, noop_with_empty_axes; };
inline constexpr Attr reduce_attrs[] = {
  ATTR(ReduceAttrs, keepdims, 1), ATTR(ReduceAttrs, noop_with_empty_axes)};

Status reduce_shape(Call& c, Types set);
Status reduce_run(Call& c, const Reduction& r);

}  // namespace mote
