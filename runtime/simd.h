// Four floats at a time: the only file with intrinsics. On wasm with simd128 these are single instructions;
// elsewhere GCC vector extensions, which `base` lowers to scalar code with the same results, lane for lane.
#pragma once
#include "base.h"
#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace mote {

typedef float f32x4 __attribute__((vector_size(16)));
typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef int16_t i16x8 __attribute__((vector_size(16)));
typedef int8_t i8x16 __attribute__((vector_size(16)));
typedef float f32x4_unaligned __attribute__((vector_size(16), aligned(4), may_alias));

inline f32x4 load4(const float* p) { return *reinterpret_cast<const f32x4_unaligned*>(p); }
inline void store4(float* p, f32x4 v) { *reinterpret_cast<f32x4_unaligned*>(p) = v; }
inline f32x4 splat4(float x) { return f32x4{x, x, x, x}; }
inline i32x4 splat4i(int32_t x) { return i32x4{x, x, x, x}; }
// A constant in all lanes, for loops: LLVM would write it out anew at each use, and V8 makes each of those
// from two 64-bit integers in five instructions. Behind this it is a local, made once before the loop (Node
// 24, relaxed: 512 K exps took 1.33 ms with plain constants, 0.72 ms with these).
inline f32x4 fixed4(float x) {
  f32x4 v = splat4(x);
#if defined(__wasm_simd128__)
  __asm__("" : "+r"(v));
#endif
  return v;
}
inline i32x4 as_i32(f32x4 v) { return i32x4(v); }
inline f32x4 as_f32(i32x4 v) { return f32x4(v); }
inline i32x4 fixed4i(int32_t x) { return as_i32(fixed4(bits_as<float>(x))); }
inline f32x4 to_f32(i32x4 v) { return __builtin_convertvector(v, f32x4); }
// mask ? a : b, lane by lane; mask lanes are 0 or -1 as comparisons give them.
inline f32x4 select(i32x4 mask, f32x4 a, f32x4 b) { return as_f32((mask & as_i32(a)) | (~mask & as_i32(b))); }

// Whether any lane of a mask is set.
inline bool any4(i32x4 mask) {
#if defined(__wasm_simd128__)
  return wasm_v128_any_true(v128_t(mask));
#else
  return (mask[0] | mask[1] | mask[2] | mask[3]) != 0;
#endif
}

// a * b + c: one rounding in the relaxed variants where the machine has FMA, two everywhere else.
inline f32x4 madd(f32x4 a, f32x4 b, f32x4 c) {
#if defined(__wasm_relaxed_simd__)
  return f32x4(wasm_f32x4_relaxed_madd(v128_t(a), v128_t(b), v128_t(c)));
#else
  return a * b + c;
#endif
}
// Whether madd rounds once, as far as a variant can know.
#if defined(__wasm_relaxed_simd__)
constexpr bool madd_fused = true;
#else
constexpr bool madd_fused = false;
#endif
// a < b ? a : b and a > b ? a : b: the second operand where a NaN takes part. One instruction each on wasm
// and x86.
inline f32x4 pmin(f32x4 a, f32x4 b) {
#if defined(__wasm_simd128__)
  return f32x4(wasm_f32x4_pmin(v128_t(b), v128_t(a)));
#else
  return select(a < b, a, b);
#endif
}
inline f32x4 pmax(f32x4 a, f32x4 b) {
#if defined(__wasm_simd128__)
  return f32x4(wasm_f32x4_pmax(v128_t(b), v128_t(a)));
#else
  return select(a > b, a, b);
#endif
}
// The greater one; NaN where either is NaN.
inline f32x4 max4(f32x4 a, f32x4 b) {
#if defined(__wasm_simd128__)
  // Both ways round: a NaN comes out of one of them, all else is the same twice. V8 makes 7 instructions of
  // f32x4.max on x86.
  return as_f32(as_i32(pmax(a, b)) | as_i32(pmax(b, a)));
#else
  return select((a > b) | (a != a), a, b);
#endif
}
// Lanes 0, 2, 4, 6 and 1, 3, 5, 7 of the eight floats (a, b).
inline f32x4 even4(f32x4 a, f32x4 b) { return __builtin_shufflevector(a, b, 0, 2, 4, 6); }
inline f32x4 odd4(f32x4 a, f32x4 b) { return __builtin_shufflevector(a, b, 1, 3, 5, 7); }
// Lanes 0, 0, 1, 1 and 2, 2, 3, 3.
inline f32x4 low_twice4(f32x4 a) { return __builtin_shufflevector(a, a, 0, 0, 1, 1); }
inline f32x4 high_twice4(f32x4 a) { return __builtin_shufflevector(a, a, 2, 2, 3, 3); }
// The low halves of 32-bit lanes, and the low bytes of 32-bit lanes.
inline i16x8 low_halves(i32x4 a, i32x4 b) {
  return __builtin_shufflevector(i16x8(a), i16x8(b), 0, 2, 4, 6, 8, 10, 12, 14);
}
inline i8x16 low_bytes(i32x4 a, i32x4 b, i32x4 c, i32x4 d) {
  return __builtin_shufflevector(i8x16(low_halves(a, b)), i8x16(low_halves(c, d)), 0, 2, 4, 6, 8, 10, 12, 14,
                                 16, 18, 20, 22, 24, 26, 28, 30);
}
// Eight unsigned 16-bit lanes as 32-bit ones: the first four, the last four.
inline i32x4 wide_low(i16x8 v) {
  return i32x4(__builtin_shufflevector(v, i16x8{}, 0, 8, 1, 9, 2, 10, 3, 11));
}
inline i32x4 wide_high(i16x8 v) {
  return i32x4(__builtin_shufflevector(v, i16x8{}, 4, 12, 5, 13, 6, 14, 7, 15));
}
// Turns the 4 x 4 matrix with the rows a, b, c, d over its diagonal.
inline void transpose4(f32x4& a, f32x4& b, f32x4& c, f32x4& d) {
  const f32x4 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), AB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const f32x4 cd = __builtin_shufflevector(c, d, 0, 4, 1, 5), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  c = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
  d = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
}
inline f32x4 abs4(f32x4 a) { return as_f32(as_i32(a) & splat4i(0x7fffffff)); }
inline f32x4 sqrt4(f32x4 a) {
#if defined(__wasm_simd128__)
  return f32x4(wasm_f32x4_sqrt(v128_t(a)));
#else
  return f32x4{__builtin_sqrtf(a[0]), __builtin_sqrtf(a[1]), __builtin_sqrtf(a[2]), __builtin_sqrtf(a[3])};
#endif
}
// To a whole number: down, up, to the nearest (ties to even). Infinities, NaN and -0 stay.
#if defined(__wasm_simd128__)
inline f32x4 floor4(f32x4 a) { return f32x4(wasm_f32x4_floor(v128_t(a))); }
inline f32x4 ceil4(f32x4 a) { return f32x4(wasm_f32x4_ceil(v128_t(a))); }
inline f32x4 nearest4(f32x4 a) { return f32x4(wasm_f32x4_nearest(v128_t(a))); }
#else
inline f32x4 floor4(f32x4 a) {
  return f32x4{__builtin_floorf(a[0]), __builtin_floorf(a[1]), __builtin_floorf(a[2]),
               __builtin_floorf(a[3])};
}
inline f32x4 ceil4(f32x4 a) {
  return f32x4{__builtin_ceilf(a[0]), __builtin_ceilf(a[1]), __builtin_ceilf(a[2]), __builtin_ceilf(a[3])};
}
inline f32x4 nearest4(f32x4 a) {
  return f32x4{__builtin_rintf(a[0]), __builtin_rintf(a[1]), __builtin_rintf(a[2]), __builtin_rintf(a[3])};
}
#endif
// Truncates to int; lanes out of range give an unspecified integer (callers clamp first).
inline i32x4 to_i32(f32x4 v) {
#if defined(__wasm_simd128__)
  return i32x4(wasm_i32x4_trunc_sat_f32x4(v128_t(v)));
#else
  return __builtin_convertvector(v, i32x4);
#endif
}
// The same pointer, of which the compiler knows nothing more. For the pointers that a hot loop advances: left
// to itself LLVM turns their constant offsets into additions, which cost a wasm kernel a tenth of its speed.
template <class T> inline const T* opaque(const T* p) {
  __asm__("" : "+r"(p));
  return p;
}
// Sum of the lanes, always in the order (0 + 2) + (1 + 3).
inline float sum4(f32x4 v) { return (v[0] + v[2]) + (v[1] + v[3]); }

}  // namespace mote
