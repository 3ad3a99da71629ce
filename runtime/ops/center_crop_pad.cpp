// CenterCropPad: the middle of x, with zeros around it where x is smaller than `shape`.
//   in   x  any but the small floats and integers; shape i32 i64 [k]        out  y  x's type
//   axes ints [k], optional: the axes that shape speaks of, negative ones from the end; absent: all of them
// Of an odd rest the smaller half is cropped or padded in front. Strings are padded with empty ones.
// Errors: bad_type, bad_axis, bad_attribute, bad_shape, bad_value.            Source: ONNX CenterCropPad-18.
#include "move.h"

namespace mote {
namespace {

struct Attrs { Span<const int64_t> axes; };
constexpr Attr attrs[] = {ATTR(Attrs, axes)};

Status shape(Call& c) {
  TRY(c.want_type(0, number_types | complex_types | types(Type::boolean, Type::str)));
  int length;
  TRY(want_vector(c, 1, types(Type::i32, Type::i64), length));
  const Value& x = c.in(0);
  const Span<const int64_t> axes = c.attrs<Attrs>().axes;
  if (!known_rank(x))
    return c.set(0, x.type, axes || length < 0 || length > max_rank ? unknown_rank : length), Status::ok;
  TRY(c.want_dim(1, 0, axes ? axes.size : uint32_t(x.rank)));
  int64_t dims[max_rank], sizes[max_rank];
  for (int i = 0; i < x.rank; ++i) dims[i] = x.dims[i];
  const bool known = c.known(1);
  int n = x.rank;
  if (known) TRY(read_dims(c, 1, 0, sizes, n));
  unsigned seen = 0;
  for (int i = 0; i < (axes ? int(axes.size) : x.rank); ++i) {
    int axis = i;
    if (axes) TRY(normalize_axis(c, axes[i], x.rank, axis));
    if (seen >> axis & 1) return c.bad_attr("axes", axes[i], "each axis once");
    seen |= 1u << axis;
    dims[axis] = known ? sizes[i] : c.fresh();
  }
  return c.set_dims(0, x.type, dims, x.rank);
}

}  // namespace

constinit const Op op_center_crop_pad = {.in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1u << 1};

Status run_center_crop_pad(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  int64_t dims[max_rank], x_strides[max_rank], y_strides[max_rank], from = 0, to = 0;
  bool padded = false;
  for (int i = 0; i < x.rank; ++i) {
    dims[i] = min(x.dims[i], y.dims[i]);
    padded |= y.dims[i] > dims[i];
  }
  if (padded) memset(y.data, 0, count(y) * size_of(y.type));
  Walk<2> w(dims, x.rank);
  if (w.empty) return Status::ok;
  dense_strides(x.dims, x.rank, x_strides);
  dense_strides(y.dims, y.rank, y_strides);
  for (int i = 0; i < x.rank; ++i) {
    from += (x.dims[i] - dims[i]) / 2 * x_strides[i];
    to += (y.dims[i] - dims[i]) / 2 * y_strides[i];
  }
  w.operand(0, y_strides, to);
  w.operand(1, x_strides, from);
  copy_walk(w, y, x);
  return Status::ok;
}

}  // namespace mote
