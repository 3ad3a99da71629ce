// Det: the determinant of every matrix in x, by elimination with the greatest pivot of each column, in
// double.
//   in   x [..., m, m]  f32 f64 f16 bf16        out  y [...]  the same type; of a matrix without elements 1
// Errors: bad_type, bad_rank, bad_shape.            Source: ONNX Det-22.
#include "../element.h"
#include "../op.h"

namespace mote {
namespace {

Status shape(Call& c) {
  TRY(c.want_type(0, float_types));
  TRY(c.want_min_rank(0, 2));
  const Value& x = c.in(0);
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  TRY(c.want_dim(0, x.rank - 1, x.dims[x.rank - 2]));
  return c.set_dims(0, x.type, x.dims, x.rank - 2);
}

// Of a [n, n], which it destroys.
double determinant(double* a, size_t n) {
  double result = 1;
  for (size_t k = 0; k < n; ++k) {
    size_t pivot = k;
    for (size_t i = k + 1; i < n; ++i)
      if (__builtin_fabs(a[i * n + k]) > __builtin_fabs(a[pivot * n + k])) pivot = i;
    const double head = a[pivot * n + k];
    result *= pivot == k ? head : -head;
    if (head == 0) return 0;
    for (size_t j = k; j < n && pivot != k; ++j) swap(a[pivot * n + j], a[k * n + j]);
    for (size_t i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / head;
      for (size_t j = k + 1; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
    }
  }
  return result;
}

}  // namespace

constinit const Op op_det = {.shape = shape};

Status run_det(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const size_t n = size_t(x.dims[x.rank - 1]), matrices = count(y);
  double* a = c.scratch_of<double>(n * n);
  if (!a) return c.no_memory(n * n * 8);
  for (size_t i = 0; i < matrices; ++i) {
    load_reals(x.type, x.as<char>() + i * n * n * size_of(x.type), 1, n * n, a);
    put_element(y, i, determinant(a, n));
  }
  return Status::ok;
}

}  // namespace mote
