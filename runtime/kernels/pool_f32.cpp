// Windows over planes of f32 in two steps, since the greatest of a window is the greatest of its columns, and
// so with sums: what stands one below another first, then neighbours.
//   lines_max_f32 lines_sum_f32   y[i] = the greatest or the sum of x[r * step + i] over r < rows
//   taps_max_f32 taps_sum_f32     y[i] = the greatest or the sum of x[offset[t] + i] over t < taps; x is
//                                 readable 3 floats further
//   phases_f32                    to[p * wide + i] = from[i * phases + p], i < wide; from is readable 8
//                                 floats further
// NaN where one takes part. 3 x 3 by steps of 2 takes 3 + 3 / 2 loads an output in place of 9.
#include "../kernels.h"
#include "../simd.h"

namespace mote {
namespace {

struct Greatest {
  f32x4 operator()(f32x4 a, f32x4 b) const { return max4(a, b); }
};
struct Sum {
  f32x4 operator()(f32x4 a, f32x4 b) const { return a + b; }
};

void store_some(float* y, f32x4 v, size_t n) {
  if (n >= 4) return store4(y, v);
  for (size_t i = 0; i < n; ++i) y[i] = v[i];
}

template <class F> inline void lines(float* y, const float* x, size_t step, size_t rows, size_t n) {
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const float* p = x + i;
    f32x4 a = load4(p), b = load4(p + 4), c = load4(p + 8), d = load4(p + 12);
    for (size_t r = 1; r < rows; ++r) {
      p += step;
      a = F{}(a, load4(p));
      b = F{}(b, load4(p + 4));
      c = F{}(c, load4(p + 8));
      d = F{}(d, load4(p + 12));
    }
    store4(y + i, a);
    store4(y + i + 4, b);
    store4(y + i + 8, c);
    store4(y + i + 12, d);
  }
  for (; i + 4 <= n; i += 4) {
    const float* p = x + i;
    f32x4 a = load4(p);
    for (size_t r = 1; r < rows; ++r) a = F{}(a, load4(p += step));
    store4(y + i, a);
  }
  for (; i < n; ++i) {
    f32x4 a = splat4(x[i]);
    for (size_t r = 1; r < rows; ++r) a = F{}(a, splat4(x[r * step + i]));
    y[i] = a[0];
  }
}

template <class F>
inline void taps(float* y, const float* x, const int32_t* offset, size_t n_taps, size_t n) {
  for (size_t i = 0; i < n; i += 8) {
    const float* p = x + i;
    const bool two = n - i > 4;
    f32x4 a = load4(p + offset[0]), b = two ? load4(p + offset[0] + 4) : a;
    for (size_t t = 1; t < n_taps; ++t) {
      a = F{}(a, load4(p + offset[t]));
      if (two) b = F{}(b, load4(p + offset[t] + 4));
    }
    store_some(y + i, a, n - i);
    if (two) store_some(y + i + 4, b, n - i - 4);
  }
}

}  // namespace

[[gnu::noinline]] void lines_max_f32(float* y, const float* x, size_t step, size_t rows, size_t n) {
  lines<Greatest>(y, x, step, rows, n);
}
[[gnu::noinline]] void lines_sum_f32(float* y, const float* x, size_t step, size_t rows, size_t n) {
  lines<Sum>(y, x, step, rows, n);
}
[[gnu::noinline]] void taps_max_f32(float* y, const float* x, const int32_t* offset, size_t n_taps,
                                    size_t n) {
  taps<Greatest>(y, x, offset, n_taps, n);
}
[[gnu::noinline]] void taps_sum_f32(float* y, const float* x, const int32_t* offset, size_t n_taps,
                                    size_t n) {
  taps<Sum>(y, x, offset, n_taps, n);
}

[[gnu::noinline]] void phases_f32(float* to, size_t wide, const float* from, size_t phases) {
  if (phases == 2) {
    float* odd = to + wide;
    for (size_t i = 0; i < wide; i += 4) {
      const f32x4 a = load4(from + i * 2), b = load4(from + i * 2 + 4);
      store_some(to + i, even4(a, b), wide - i);
      store_some(odd + i, odd4(a, b), wide - i);
    }
    return;
  }
  for (size_t p = 0; p < phases; ++p)
    for (size_t i = 0; i < wide; ++i) to[p * wide + i] = from[i * phases + p];
}

}  // namespace mote
