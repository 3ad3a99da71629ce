// f16 and bf16 from and to f32, eight at a time. To them: to nearest even, once; a NaN becomes the quiet one
// of its sign.
//   widen_f16 widen_bf16     narrow_f16 narrow_bf16
#include "../kernels.h"
#include "../simd.h"

namespace mote {
namespace {

i32x4 least_of(i32x4 a, int32_t b) {
  const i32x4 most = fixed4i(b), over = a > most;
  return (over & most) | (~over & a);
}

f32x4 from_f16(i32x4 v) {
  const i32x4 code = (v & fixed4i(0x7fff)) << 13;
  // 112 is the difference of the biases, 127 - 15; the product also normalises subnormals. Infinities and NaN
  // get all exponent bits.
  const i32x4 number =
      as_i32(as_f32(code) * fixed4(0x1p112f)) | ((code > fixed4i((0x7c00 << 13) - 1)) & fixed4i(0x7f800000));
  return as_f32(number | (v & fixed4i(0x8000)) << 16);
}

// Adding a power of two that is 2^13 times the last place of the result rounds to that place (after M.
// Dukhan's FP16).
i32x4 to_f16(f32x4 v) {
  const i32x4 bits = as_i32(v), magnitude = bits & fixed4i(0x7fffffff), least = fixed4i(0x38800000);
  // 2^16 is infinity already
  const i32x4 power = least_of(magnitude & fixed4i(0x7f800000), 0x47800000), small = power < least;
  // too great a number is infinity on the way
  const f32x4 scaled = as_f32(magnitude) * fixed4(0x1p112f) * fixed4(0x1p-110f);
  const i32x4 sum = as_i32(scaled + as_f32(((small & least) | (~small & power)) + fixed4i(0x07800000)));
  const i32x4 code = ((sum >> 13) & fixed4i(0x7c00)) + (sum & fixed4i(0x0fff)),
              nan = magnitude > fixed4i(0x7f800000);
  return (~nan & code) | (nan & fixed4i(0x7e00)) | ((bits >> 16) & fixed4i(0x8000));
}

i32x4 to_bf16(f32x4 v) {
  const i32x4 bits = as_i32(v), magnitude = bits & fixed4i(0x7fffffff), nan = magnitude > fixed4i(0x7f800000);
  const i32x4 number = least_of(magnitude, 0x7f800000),
              code = (number + fixed4i(0x7fff) + ((number >> 16) & fixed4i(1))) >> 16;
  return (~nan & code) | (nan & fixed4i(0x7fc0)) | ((bits >> 16) & fixed4i(0x8000));
}

typedef int16_t i16x8_unaligned __attribute__((vector_size(16), aligned(2), may_alias));

template <class F> inline void widen(float* y, const uint16_t* x, size_t n, F f) {
  for (size_t i = 0; i < n; i += 8) {
    i16x8 v = {};
    if (n - i >= 8) {
      v = *reinterpret_cast<const i16x8_unaligned*>(x + i);
      store4(y + i, f(wide_low(v)));
      store4(y + i + 4, f(wide_high(v)));
      continue;
    }
    float rest[8];
    memcpy(&v, x + i, (n - i) * 2);
    store4(rest, f(wide_low(v)));
    store4(rest + 4, f(wide_high(v)));
    memcpy(y + i, rest, (n - i) * 4);
  }
}

template <class F> inline void narrow(uint16_t* y, const float* x, size_t n, F f) {
  for (size_t i = 0; i < n; i += 8) {
    if (n - i >= 8) {
      *reinterpret_cast<i16x8_unaligned*>(y + i) = low_halves(f(load4(x + i)), f(load4(x + i + 4)));
      continue;
    }
    float rest[8] = {};
    memcpy(rest, x + i, (n - i) * 4);
    const i16x8 v = low_halves(f(load4(rest)), f(load4(rest + 4)));
    memcpy(y + i, &v, (n - i) * 2);
  }
}

}  // namespace

[[gnu::noinline]] void widen_f16(float* y, const uint16_t* x, size_t n) { widen(y, x, n, from_f16); }
[[gnu::noinline]] void widen_bf16(float* y, const uint16_t* x, size_t n) {
  widen(y, x, n, [](i32x4 v) { return as_f32(v << 16); });
}
[[gnu::noinline]] void narrow_f16(uint16_t* y, const float* x, size_t n) { narrow(y, x, n, to_f16); }
[[gnu::noinline]] void narrow_bf16(uint16_t* y, const float* x, size_t n) { narrow(y, x, n, to_bf16); }

}  // namespace mote
