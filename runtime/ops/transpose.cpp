// Transpose: permutes axes, y.dims[i] = data.dims[perm[i]].
//   in   data [d0, ..., dn-1]        out  same type
//   perm ints = n-1, ..., 0
// Errors: bad_attribute.            Source: ONNX Transpose-25.
// After merging neighbouring axes that stay together, either rows are contiguous on both sides and copied
// whole, or the walk meets planes whose rows lie in the columns of the input; those are turned in tiles
// that stay in the cache.
#include "move.h"
#include "../simd.h"

namespace mote { namespace {

struct Attrs { Span<const int64_t> perm; };
constexpr Attr attrs[] = { ATTR(Attrs, perm) };

int perm_of(const Call& c, int i, int rank) {
  const Attrs& a = c.attrs<Attrs>();
  return a.perm ? int(a.perm[size_t(i)]) : rank - 1 - i;
}

Status shape(Call& c) {
  const Value& x = c.in(0);
  const Attrs& a = c.attrs<Attrs>();
  unsigned seen = 0;
  for (int64_t p : a.perm) {
    if (p < 0 || p >= a.perm.size || p >= max_rank || seen >> p & 1)
      return c.bad_attr("perm", p, "each axis once");
    seen |= 1u << p;
  }
  if (!known_rank(x)) return c.set(0, x.type, a.perm ? int(a.perm.size) : int(unknown_rank)), Status::ok;
  if (a.perm && a.perm.size != unsigned(x.rank)) return c.bad_attr("perm", a.perm.size, "one entry an axis");
  int64_t dims[max_rank];
  for (int i = 0; i < x.rank; ++i) dims[i] = x.dims[perm_of(c, i, x.rank)];
  return c.set_dims(0, x.type, dims, x.rank);
}

// to[j * to_step + i] = from[i * from_step + j] for i < n, j < m; four rows by four columns at a time.
void turn_4(float* to, size_t to_step, const float* from, size_t from_step, size_t n, size_t m) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const float* f = from + i * from_step;
    float* t = to + i;
    size_t j = 0;
    for (; j + 4 <= m; j += 4, f += 4, t += 4 * to_step) {
      const f32x4 a = load4(f), b = load4(f + from_step);
      const f32x4 c = load4(f + 2 * from_step), d = load4(f + 3 * from_step);
      const f32x4 ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
      const f32x4 ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      const f32x4 cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
      const f32x4 cd1 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
      store4(t, __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5));
      store4(t + to_step, __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7));
      store4(t + 2 * to_step, __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5));
      store4(t + 3 * to_step, __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7));
    }
    for (; j < m; ++j, ++f, t += to_step)
      for (size_t k = 0; k < 4; ++k) t[k] = f[k * from_step];
  }
  for (; i < n; ++i)
    for (size_t j = 0; j < m; ++j) to[j * to_step + i] = from[i * from_step + j];
}

// One tile of a plane: n elements along the rows of the output, m along those of the input. Steps: elements.
[[gnu::noinline]] void turn(char* to, size_t to_step, const char* from, size_t from_step, size_t n, size_t m,
                            size_t bytes) {
  if (bytes == 4 && n >= 4 && m >= 4) {
    turn_4(reinterpret_cast<float*>(to), to_step, reinterpret_cast<const float*>(from), from_step, n, m);
  } else if (n < m) {
    for (size_t i = 0; i < n; ++i)
      copy_row(to + i * bytes, int64_t(to_step), from + i * from_step * bytes, 1, int64_t(m), bytes);
  } else {
    for (size_t j = 0; j < m; ++j)
      copy_row(to + j * to_step * bytes, 1, from + j * bytes, int64_t(from_step), int64_t(n), bytes);
  }
}

// Elements: 64 lines of the input, 4 KB, stay in the first cache while their columns are read.
constexpr size_t tile = 64;

void turn_plane(char* to, size_t to_step, const char* from, size_t from_step, size_t n, size_t m,
                size_t bytes) {
  for (size_t i = 0; i < n; i += tile)
    for (size_t j = 0; j < m; j += tile)
      turn(to + (j * to_step + i) * bytes, to_step, from + (i * from_step + j) * bytes, from_step,
           min(tile, n - i), min(tile, m - j), bytes);
}

// Runs of at least 16 bytes, of elements of at least 4: by vectors, the last of which overlaps. A call of
// memcpy takes longer than such a run: [64, 49, 3, 2, 12] to [3, 64, 2, 49, 12] 0.26, so 0.09 ms
// (swin_small_like).
constexpr size_t short_run = 512;  // bytes
[[gnu::noinline]] void copy_runs(char* to, size_t to_step, const char* from, size_t from_step, size_t runs,
                                 size_t bytes) {
  const auto copy = [&](size_t i) {
    store4(reinterpret_cast<float*>(to + i), load4(reinterpret_cast<const float*>(from + i)));
  };
  for (; runs; --runs, to += to_step, from += from_step) {
    for (size_t i = 0; i + 16 <= bytes; i += 16) copy(i);
    if (bytes % 16) copy(bytes - 16);
  }
}

}  // namespace

constinit const Op op_transpose = { .in = {1, 1}, ATTRS(Attrs, attrs), .shape = shape };

Status run_transpose(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const size_t bytes = size_of(x.type);
  Walk<2> w(y.dims, y.rank);
  if (w.empty) return Status::ok;
  int64_t dense[max_rank], strides[max_rank];
  dense_strides(y.dims, y.rank, strides);
  w.operand(0, strides);
  dense_strides(x.dims, x.rank, dense);
  for (int i = 0; i < y.rank; ++i) strides[i] = dense[perm_of(c, i, y.rank)];
  w.operand(1, strides);
  w.start();
  // The axis along which the input is contiguous, if that is not the row: taken out of the walk, it makes a
  // plane of each row.
  int64_t m = 1, to_step = 0;
  const size_t run = size_t(w.count) * bytes;
  if (w.step[1] == 1 && w.rank && bytes >= 4 && run >= 16 && run <= short_run) {
    const int last = --w.rank;
    do {
      copy_runs(y.as<char>() + size_t(w.at[0]) * bytes, size_t(w.strides[0][last]) * bytes,
                x.as<char>() + size_t(w.at[1]) * bytes, size_t(w.strides[1][last]) * bytes,
                size_t(w.dims[last]), run);
    } while (w.next());
    return Status::ok;
  }
  if (w.step[1] != 1) {
    int axis = 0;
    while (axis < w.rank && w.strides[1][axis] != 1) ++axis;
    if (axis < w.rank) {
      m = w.dims[axis];
      to_step = w.strides[0][axis];
      for (--w.rank; axis < w.rank; ++axis) {
        w.dims[axis] = w.dims[axis + 1];
        for (int k = 0; k < 2; ++k) w.strides[k][axis] = w.strides[k][axis + 1];
      }
    }
  }
  do {
    char* to = y.as<char>() + size_t(w.at[0]) * bytes;
    const char* from = x.as<char>() + size_t(w.at[1]) * bytes;
    if (m == 1) copy_row(to, 1, from, w.step[1], w.count, bytes);
    else turn_plane(to, size_t(to_step), from, size_t(w.step[1]), size_t(w.count), size_t(m), bytes);
  } while (w.next());
  return Status::ok;
}

}  // namespace mote
