// MaxUnpool: y = 0 but for y[indices[i]] = x[i]: the inverse of MaxPool as far as there is one.
//   in   x [n, channels, d...]  f32 f64 f16 bf16; indices i64, the shape of x; output_shape i64 [rank],
//                               optional
//   out  y [n, channels, (d - 1) * stride + kernel - pads ...]; with output_shape that, and then y as above
//        lies at its start
//   kernel_shape ints; strides, pads ints, optional
// Indices count in y flattened as it is without output_shape. Of equal indices the last one wins.
// Errors: bad_type, bad_rank, bad_shape, bad_attribute, bad_value, index_range.            Source: ONNX
//   MaxUnpool-22.
#include "move.h"
#include "windows.h"

namespace mote {
namespace {

struct Attrs { Span<const int64_t> kernel_shape, strides, pads; };
constexpr Attr attrs[] = {REQUIRED(Attrs, kernel_shape), ATTR(Attrs, strides), ATTR(Attrs, pads)};

// The shape without output_shape.
Status plain_dims(Call& c, int64_t* dims) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  const int axes = x.rank - 2;
  TRY(want_numbers(c, "kernel_shape", a.kernel_shape, axes, 1));
  TRY(want_numbers(c, "strides", a.strides, axes, 1));
  TRY(want_numbers(c, "pads", a.pads, axes * 2, 0));
  for (int i = 0; i < x.rank; ++i) {
    dims[i] = x.dims[i];
    if (i < 2 || x.dims[i] < 0) {
      if (i >= 2) dims[i] = c.fresh();
      continue;
    }
    TRY(dim_mul(c, max(x.dims[i] - 1, int64_t(0)), a.strides ? a.strides[i - 2] : 1, dims[i]));
    TRY(dim_add(c, dims[i], a.kernel_shape[i - 2], dims[i]));
    if (a.pads) dims[i] -= a.pads[i - 2] + a.pads[i - 2 + axes];
    if (dims[i] < 0) return c.bad_attr("pads", a.pads[i - 2], "less than the output has");
  }
  return Status::ok;
}

Status shape(Call& c) {
  TRY(c.want_type(0, float_types));
  TRY(c.want_type(1, types(Type::i64)));
  TRY(c.want_min_rank(0, 3));
  int length;
  TRY(want_vector(c, 2, types(Type::i64), length));
  const Value& x = c.in(0);
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  TRY(c.want_rank(1, x.rank));
  for (int i = 0; i < x.rank; ++i) TRY(c.want_dim(1, i, x.dims[i]));
  int64_t dims[max_rank];
  TRY(plain_dims(c, dims));
  if (!c.has_in(2)) return c.set_dims(0, x.type, dims, x.rank);
  TRY(c.want_dim(2, 0, x.rank));
  if (!c.known(2)) return c.set(0, x.type, x.rank), Status::ok;
  int n;
  TRY(read_dims(c, 2, 0, dims, n));
  for (int i = 0; i < 2; ++i)
    if (x.dims[i] >= 0 && dims[i] != x.dims[i]) return c.fail_in(2, Status::bad_value, dims[i], x.dims[i]);
  return c.set_dims(0, x.type, dims, n);
}

}  // namespace

constinit const Op op_max_unpool = {.in = {2, 3}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1u << 2};

Status run_max_unpool(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  int64_t dims[max_rank], total = 1;
  TRY(plain_dims(c, dims));
  for (int i = 0; i < x.rank; ++i) TRY(dim_mul(c, total, dims[i], total));
  const size_t n = count(x), size = size_of(x.type);
  memset(y.data, 0, count(y) * size);
  for (size_t i = 0; i < n; ++i) {
    int64_t index = c.in(1).as<int64_t>()[i], to = 0, stride = 1;
    if (index < 0 || index >= total) return c.fail(Status::index_range, index, 0, total);
    bool inside = true;
    for (int d = x.rank - 1; d >= 0; --d) {
      const int64_t at = index % dims[d];
      index /= dims[d];
      inside &= at < y.dims[d];
      to += at * stride;
      stride *= y.dims[d];
    }
    if (inside) copy_block(y.as<char>() + size_t(to) * size, x.as<char>() + i * size, size);
  }
  return Status::ok;
}

}  // namespace mote
