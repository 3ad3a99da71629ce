// Inverse: y[b] = x[b]^-1, of matrices.
//   in   x [..., n, n]  f32 f64 f16        out  y, like x
// Gauss and Jordan with the greatest pivot, in double, rounded once. A matrix without an inverse gives
//   infinities and NaN.
// Errors: bad_type, bad_rank, bad_shape.            Source: onnxruntime, com.microsoft 1.
#include "../element.h"
#include "../op.h"

namespace mote {
namespace {

Status shape(Call& c) {
  const Value& x = c.in(0);
  TRY(c.want_type(0, types(Type::f32, Type::f64, Type::f16)));
  TRY(c.want_min_rank(0, 2));
  if (known_rank(x)) TRY(c.want_dim(0, x.rank - 1, x.dims[x.rank - 2]));
  c.like(0, x);
  return Status::ok;
}

// m [n, 2 n]: the matrix and the identity become the identity and the inverse.
void invert(double* m, size_t n) {
  const size_t wide = 2 * n;
  for (size_t k = 0; k < n; ++k) {
    size_t best = k;
    for (size_t i = k + 1; i < n; ++i)
      if (__builtin_fabs(m[i * wide + k]) > __builtin_fabs(m[best * wide + k])) best = i;
    for (size_t j = 0; j < wide && best != k; ++j) swap(m[k * wide + j], m[best * wide + j]);
    const double pivot = m[k * wide + k];
    for (size_t j = 0; j < wide; ++j) m[k * wide + j] /= pivot;
    for (size_t i = 0; i < n; ++i) {
      const double by = m[i * wide + k];
      for (size_t j = 0; i != k && j < wide; ++j) m[i * wide + j] -= by * m[k * wide + j];
    }
  }
}

}  // namespace

constinit const Op op_ms_inverse = {.shape = shape, .flags = inplace};

Status run_ms_inverse(Call& c) {
  const Value& x = c.in(0);
  const size_t n = size_t(x.dims[x.rank - 1]), all = count(x);
  if (!all) return Status::ok;
  double* m = c.scratch_of<double>(2 * n * n);
  if (!m) return c.no_memory(2 * n * n * sizeof(double));
  for (size_t first = 0; first < all; first += n * n) {
    for (size_t i = 0; i < n; ++i) {
      load_reals(x.type, x.as<char>() + (first + i * n) * size_of(x.type), 1, n, m + i * 2 * n);
      for (size_t j = 0; j < n; ++j) m[i * 2 * n + n + j] = i == j;
    }
    invert(m, n);
    for (size_t i = 0; i < n; ++i)
      store_reals(x.type, c.out(0).as<char>() + (first + i * n) * size_of(x.type), 1, n, m + i * 2 * n + n);
  }
  return Status::ok;
}

}  // namespace mote
