// Between f32 and 8-bit integers.
#include "../kernels.h"
#include "../simd.h"

namespace mote {

[[gnu::noinline]] void quantize_f32_8(uint8_t* y, const float* x, size_t n, float scale, int zero, int low,
                                      int high) {
  // The bounds are integers, so that cutting first is the same; after it adding 1.5 * 2^23 rounds to an even
  // integer.
  const f32x4 by = splat4(scale), least = splat4(float(low - zero)), most = splat4(float(high - zero));
  const f32x4 magic = fixed4(12582912);
  const i32x4 back = splat4i(zero) - as_i32(magic);
  const auto four = [&](const float* p) {
    return as_i32(pmin(pmax(load4(p) / by, least), most) + magic) + back;
  };
  for (size_t i = 0; i < n; i += 16) {
    float rest[16] = {};
    const bool whole = n - i >= 16;
    if (!whole) memcpy(rest, x + i, (n - i) * 4);
    const float* p = whole ? x + i : rest;
    const i8x16 bytes = low_bytes(four(p), four(p + 4), four(p + 8), four(p + 12));
    if (whole) memcpy(y + i, &bytes, 16);
    else memcpy(y + i, &bytes, n - i);
  }
}

[[gnu::noinline]] void dequantize_u8_f32(float* y, const uint8_t* x, size_t n, float scale, int zero) {
  for (size_t i = 0; i < n; ++i) y[i] = float(int(x[i]) - zero) * scale;
}

[[gnu::noinline]] void dequantize_i8_f32(float* y, const uint8_t* x, size_t n, float scale, int zero) {
  for (size_t i = 0; i < n; ++i) y[i] = float(int(int8_t(x[i])) - zero) * scale;
}

[[gnu::noinline]] void row_range_f32(const float* x, size_t n, float& low, float& high) {
  // pmin and pmax pass a NaN of their first operand over
  f32x4 l0 = splat4(low), l1 = l0, h0 = splat4(high), h1 = h0;
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const f32x4 a = load4(x + i), b = load4(x + i + 4);
    l0 = pmin(a, l0);
    l1 = pmin(b, l1);
    h0 = pmax(a, h0);
    h1 = pmax(b, h1);
  }
  for (; i < n; ++i) {
    l0 = pmin(splat4(x[i]), l0);
    h0 = pmax(splat4(x[i]), h0);
  }
  l0 = pmin(l0, l1);
  h0 = pmax(h0, h1);
  for (unsigned k = 0; k < 4; ++k) {
    low = l0[k] < low ? l0[k] : low;
    high = h0[k] > high ? h0[k] : high;
  }
}

}  // namespace mote
