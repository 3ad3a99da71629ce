// What the quantising operators share. A real x stands as q = saturate(round(x / scale) + zero point).
#pragma once
#include "../element.h"
#include "../kernels.h"
#include "product.h"

namespace mote {

constexpr Types eight_bits = types(Type::i8, Type::u8);

// To the nearest integer, to the even one of two; |x| < 2^51.
inline double round_even(double x) {
  const double magic = 6755399441055744.0;  // 1.5 * 2^52: adding it leaves no bits behind the point
  return x + magic - magic;
}

// What an integer type of at most 16 bits holds.
struct Range {
  int low, high;
};
Range range_of(Type t);

// saturate(round(x) + zero); NaN gives the least value.
inline double quantized(double x, int zero, Range r) {
  const double low = r.low - zero, high = r.high - zero;
  return round_even(x > low ? x < high ? x : high : low) + zero;
}

inline char* element(const Value& v, size_t i) { return static_cast<char*>(v.data) + i * size_of(v.type); }

// y = saturate(round(x * scale) + zero), in f32: sums of products of quantised numbers, quantised again.
void requantize(Type type, void* y, const int32_t* x, size_t n, float scale, int zero);

// ---- one scale of a whole tensor, of each index along an axis, or of blocks along it

struct GrainAttrs {
  int64_t axis, block_size;
};
// Checks in(1), the scale, and in(2), the zero point, against in(0).
Status check_grain(Call& c, const GrainAttrs& a);
// A stretch of x: n elements from `at` on, whose scales start at `scale`, `step` (0 or 1) apart.
struct Stretch {
  size_t at, n, scale, step;
};
// The i-th stretch of in(0), in order; false when there are no more.
bool stretch(const Call& c, const GrainAttrs& a, size_t i, Stretch& s);

// ---- scales and zero points of a matrix: one number, one an index i of n, or n in each matrix

// `v` is in(i) of a matrix that is in(of), and goes along its rows (axis -2) or columns (axis -1).
Status check_along(const Call& c, unsigned i, unsigned of, int axis);
// Where the number of `index` (of n) of matrix number `matrix` lies; v may be null (then 0).
inline size_t along(const Value* v, size_t matrix, size_t index, size_t n) {
  return !v || count(*v) == 1 ? 0 : v->rank == 1 ? index : matrix * n + index;
}

// The factors of product q.seek() was called for, less their zero points, which may be absent. Numbers of
// inputs.
struct Factors {
  unsigned a, a_zero, b, b_zero;
};
void quantized_factors(const Call& c, const Batches& q, Factors f, WideMatrix& a, WideMatrix& b);

// in(i) is one number.
Status want_single(const Call& c, unsigned i);
// in(i) is one number, or one for each of the outputs of the weight in(w).
Status want_channels(const Call& c, unsigned i, unsigned w);

}  // namespace mote
