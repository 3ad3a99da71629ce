// Copies matrices into panels, [k][4] or [k][8] each, which the matrix kernels read in a straight line.
//   pack_f32_p4, pack_f32_p8  from a plain or transposed matrix, one panel
//   pack_f32_image            im2col: from the windows of a convolution, a block of pixels at a time
#include "../kernels.h"
#include "../simd.h"

namespace mote {
namespace {

template <unsigned Width>
inline void pack(float* to, const float* from, size_t row, size_t column, size_t k, size_t n) {
  if (column == 1 && n == Width) {
    for (size_t i = 0; i < k; ++i, to += Width, from += row)
      for (unsigned j = 0; j < Width; j += 4) store4(to + j, load4(from + j));
    return;
  }
  if (n < Width)
    for (size_t i = 0; i < k * Width; i += 4) store4(to + i, splat4(0));
  size_t j = 0;
  if (row == 1)
    for (; j + 4 <= n; j += 4) {
      const float *a = from + j * column, *b = a + column, *c = b + column, *d = c + column;
      float* q = to + j;
      size_t i = 0;
      for (; i + 4 <= k; i += 4, q += Width * 4) {
        f32x4 v0 = load4(a + i), v1 = load4(b + i), v2 = load4(c + i), v3 = load4(d + i);
        transpose4(v0, v1, v2, v3);
        store4(q, v0);
        store4(q + Width, v1);
        store4(q + Width * 2, v2);
        store4(q + Width * 3, v3);
      }
      for (; i < k; ++i, q += Width) store4(q, f32x4{a[i], b[i], c[i], d[i]});
    }
  for (; j < n; ++j)
    for (size_t i = 0; i < k; ++i) to[i * Width + j] = from[i * row + j * column];
}

}  // namespace

[[gnu::noinline]] void pack_f32_p4(float* to, const float* from, size_t row, size_t column, size_t k,
                                   size_t n) {
  pack<4>(to, from, row, column, k, n);
}

[[gnu::noinline]] void pack_f32_p8(float* to, const float* from, size_t row, size_t column, size_t k,
                                   size_t n) {
  pack<8>(to, from, row, column, k, n);
}

[[gnu::noinline]] void pack_f32_lines(float* to, size_t panel, const float* from, size_t row, size_t k,
                                      size_t n) {
  for (size_t i = 0; i < k; ++i, from += row, to += 8) {
    float* q = to;
    size_t j = 0;
    for (; j + 8 <= n; j += 8, q += panel) {
      store4(q, load4(from + j));
      store4(q + 4, load4(from + j + 4));
    }
    for (size_t e = 0; j + e < n; ++e) q[e] = from[j + e];
  }
}

namespace {

// Where a row of the im2col matrix is written: pixel p of the block is lane p % 8 of panel p / 8. Eight
// floats are stored whatever n is: what spills over is the place of later pixels and of the next row, both
// written later.
struct Row {
  float* to;
  size_t panel;

  float* lane(size_t p) const { return to + (p >> 3) * panel + (p & 7); }
  void zeros(size_t p, size_t n) const {
    while (n) {
      const size_t m = min(n, 8 - (p & 7));
      store4(lane(p), splat4(0));
      store4(lane(p) + 4, splat4(0));
      p += m;
      n -= m;
    }
  }
  void copy(size_t p, const float* from, const float* end, size_t n, size_t step) const {
    while (n) {
      const size_t m = min(n, 8 - (p & 7));
      float* q = lane(p);
      const size_t readable = size_t(end - from);
      if (step == 1 && readable >= 8) {
        store4(q, load4(from));
        store4(q + 4, load4(from + 4));
      } else if (step == 2 && readable >= 16) {
        store4(q, even4(load4(from), load4(from + 4)));
        store4(q + 4, even4(load4(from + 8), load4(from + 12)));
      } else {
        for (size_t i = 0; i < m; ++i) q[i] = from[i * step];
      }
      p += m;
      n -= m;
      from += m * step;
    }
  }
};

// A run of pixels in one output row.
struct Run {
  int32_t z, y, x, n;
};

}  // namespace

[[gnu::noinline]] void pack_f32_image(float* to, size_t panel, const Image& im, size_t k0, size_t k1,
                                      size_t p0, size_t p1) {
  Run runs[256];  // a block has at most 256 pixels
  unsigned n_runs = 0;
  for (size_t p = p0; p < p1;) {
    Run& r = runs[n_runs++];
    const size_t row = p / size_t(im.out[2]);
    r.x = int32_t(p % size_t(im.out[2]));
    r.y = int32_t(row % size_t(im.out[1])) * im.stride[1] - im.pad[1];
    r.z = int32_t(row / size_t(im.out[1])) * im.stride[0] - im.pad[0];
    r.n = int32_t(min(p1 - p, size_t(im.out[2] - r.x)));
    p += size_t(r.n);
  }
  const size_t plane = size_t(im.in[0]) * size_t(im.in[1]) * size_t(im.in[2]);
  int32_t kx = int32_t(k0 % size_t(im.kernel[2]));
  size_t rest = k0 / size_t(im.kernel[2]);
  int32_t ky = int32_t(rest % size_t(im.kernel[1]));
  rest /= size_t(im.kernel[1]);
  int32_t kz = int32_t(rest % size_t(im.kernel[0]));
  const float* channel = im.x + rest / size_t(im.kernel[0]) * plane;
  const size_t tail = round_up(p1 - p0, 8) - (p1 - p0);
  const int32_t step = im.stride[2];
  for (size_t k = k0; k < k1; ++k, to += 8) {
    const Row row = {to, panel};
    const int32_t dx = kx * im.dilation[2] - im.pad[2];
    // The output columns [first, last) whose element lies inside the input row.
    const int32_t first = dx >= 0 ? 0 : int32_t((int64_t(step) - 1 - dx) / step);
    const int32_t last =
        im.in[2] > dx ? int32_t(min<int64_t>(im.out[2], (int64_t(im.in[2]) - dx + step - 1) / step)) : 0;
    size_t p = 0;
    for (unsigned i = 0; i < n_runs; ++i) {
      const Run& r = runs[i];
      const int32_t y = r.y + ky * im.dilation[1], z = r.z + kz * im.dilation[0];
      const int32_t from = max(r.x, first), until = min(r.x + r.n, last);
      if (uint32_t(y) >= uint32_t(im.in[1]) || uint32_t(z) >= uint32_t(im.in[0]) || from >= until) {
        row.zeros(p, size_t(r.n));
      } else {
        const float* line = channel + (size_t(z) * size_t(im.in[1]) + size_t(y)) * size_t(im.in[2]);
        row.zeros(p, size_t(from - r.x));
        row.copy(p + size_t(from - r.x), line + (from * step + dx), im.end, size_t(until - from),
                 size_t(step));
        row.zeros(p + size_t(until - r.x), size_t(r.x + r.n - until));
      }
      p += size_t(r.n);
    }
    row.zeros(p, tail);
    if (++kx == im.kernel[2]) {
      kx = 0;
      if (++ky == im.kernel[1]) {
        ky = 0;
        if (++kz == im.kernel[0]) {
          kz = 0;
          channel += plane;
        }
      }
    }
  }
}

}  // namespace mote
