// AffineGrid: y[n, p] = theta[n] * (x, y, (z), 1), for the positions p of an image in [-1, 1].
//   in   theta [n, 2, 3] or [n, 3, 4]  f32 f64 f16 bf16; size i64 [4] (n, c, h, w) or [5] (n, c, d, h, w)
//   out  y [n, h, w, 2] or [n, d, h, w, 3], the last axis of the image first
//   align_corners int = 0: -1 and 1 are the edges of the outermost elements; 1: their centres
// Computed in double.
// Errors: bad_type, bad_rank, bad_shape, bad_value.            Source: ONNX AffineGrid-20.
#include "../element.h"
#include "move.h"

namespace mote {
namespace {

struct Attrs { int64_t align_corners; };
constexpr Attr attrs[] = {ATTR(Attrs, align_corners)};

Status shape(Call& c) {
  TRY(c.want_type(0, float_types));
  TRY(c.want_rank(0, 3));
  int length;
  TRY(want_vector(c, 1, types(Type::i64), length));
  const Value& theta = c.in(0);
  int axes = length >= 0                               ? length - 2
             : known_rank(theta) && theta.dims[1] >= 0 ? int(min(theta.dims[1], int64_t(9)))
                                                       : -1;
  if (axes < 0 && known_rank(theta) && theta.dims[2] >= 0) axes = int(min(theta.dims[2], int64_t(9))) - 1;
  if (length >= 0 && axes != 2 && axes != 3)
    return c.fail_in(1, Status::bad_shape, Arg::dims(c.in(1)), "4 or 5 elements");
  if (axes < 0) return c.set(0, theta.type), Status::ok;
  if (axes != 2 && axes != 3)
    return c.fail_in(0, Status::bad_shape, Arg::dims(theta), "[n, 2, 3] or [n, 3, 4]");
  TRY(c.want_dim(0, 1, axes));
  TRY(c.want_dim(0, 2, axes + 1));
  int64_t dims[max_rank];
  c.set(0, theta.type, axes + 2);
  if (c.has_out(0)) c.out(0).dims[axes + 1] = axes;
  if (known_rank(theta) && c.has_out(0)) c.out(0).dims[0] = theta.dims[0];
  if (!c.known(1)) return Status::ok;
  int n;
  TRY(read_dims(c, 1, 0, dims, n));
  TRY(c.want_dim(0, 0, dims[0]));
  for (int i = 1; i <= axes; ++i) dims[i] = dims[i + 1];
  dims[axes + 1] = axes;
  return c.set_dims(0, theta.type, dims, axes + 2);
}

}  // namespace

constinit const Op op_affine_grid = {.in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1u << 1};

Status run_affine_grid(Call& c) {
  const Value& theta = c.in(0);
  Value& y = c.out(0);
  const bool corners = c.attrs<Attrs>().align_corners != 0;
  const size_t axes = size_t(y.rank - 2), points = product(y, 1, y.rank - 1), batch = size_t(y.dims[0]);
  for (size_t i = 0; i < batch * points; ++i) {
    double at[4];
    size_t rest = i % points;
    for (size_t d = 0; d < axes; ++d) {  // x, y, z
      const size_t dim = size_t(y.dims[axes - d]);
      const double n = double(dim), k = double(rest % dim);
      rest /= dim;
      at[d] = !corners ? (2 * k + 1) / n - 1 : dim > 1 ? 2 * k / (n - 1) - 1 : -1;
    }
    at[axes] = 1;
    for (size_t r = 0; r < axes; ++r) {
      double sum = 0;
      for (size_t d = 0; d <= axes; ++d)
        sum += element_at(theta, (i / points * axes + r) * (axes + 1) + d) * at[d];
      put_element(y, i * axes + r, sum);
    }
  }
  return Status::ok;
}

}  // namespace mote
