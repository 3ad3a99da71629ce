// Between f32 and 8-bit integers.
#include "../kernels.h"
#include "../simd.h"

namespace mote {

void quantize_f32_8(uint8_t* y, const float* x, size_t n, float scale, int zero, int low, int high) {
  // The bounds are integers, so that cutting first is the same; after it adding 1.5 * 2^23 rounds to an even integer.
  const f32x4 by = splat4(scale), least = splat4(float(low - zero)), most = splat4(float(high - zero));
  const f32x4 magic = splat4(12582912);
  const i32x4 back = splat4i(zero) - as_i32(magic);
  for (size_t i = 0; i < n; i += 4) {
    const size_t m = min<size_t>(4, n - i);
    float part[4] = {};
    if (m < 4) for (size_t k = 0; k < m; ++k) part[k] = x[i + k];
    const f32x4 v = pmin(pmax(load4(m < 4 ? part : x + i) / by, least), most);
    const i32x4 q = as_i32(v + magic) + back;
    if (m < 4) for (size_t k = 0; k < m; ++k) y[i + k] = uint8_t(q[k]);
    else y[i] = uint8_t(q[0]), y[i + 1] = uint8_t(q[1]), y[i + 2] = uint8_t(q[2]), y[i + 3] = uint8_t(q[3]);
  }
}

void dequantize_u8_f32(float* y, const uint8_t* x, size_t n, float scale, int zero) {
  for (size_t i = 0; i < n; ++i) y[i] = float(int(x[i]) - zero) * scale;
}

void dequantize_i8_f32(float* y, const uint8_t* x, size_t n, float scale, int zero) {
  for (size_t i = 0; i < n; ++i) y[i] = float(int(int8_t(x[i])) - zero) * scale;
}

void row_range_f32(const float* x, size_t n, float& low, float& high) {
  for (size_t i = 0; i < n; ++i) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
  }
}

}  // namespace mote
