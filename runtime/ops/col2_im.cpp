// Col2Im: y[n, c, p] = the sum of those x[n, (c, k), l] whose place l * stride - pad + k * dilation is p.
//   in   x [n, channels * block, l]  numbers, bool, complex; image_shape, block_shape i64 [1 to 3]
//   out  y [n, channels, image_shape...]
//   strides, dilations, pads ints, optional
// Floats are summed in double, integers wrap, bool is true where any is.
// Errors: bad_type, bad_rank, bad_shape, bad_value, bad_attribute, unsupported (more than three axes).
//   Source: ONNX Col2Im-18.
#include "../element.h"
#include "move.h"
#include "windows.h"

namespace mote {
namespace {

struct Attrs { WindowAttrs window; };
using Ints = Span<const int64_t>;
constexpr Attr attrs[] = {make_attr<Ints>("strides", __builtin_offsetof(Attrs, window.strides), false),
                          make_attr<Ints>("dilations", __builtin_offsetof(Attrs, window.dilations), false),
                          make_attr<Ints>("pads", __builtin_offsetof(Attrs, window.pads), false)};

// Of a known image and block; n: their axes.
Status read_shapes(Call& c, int64_t* image, int& n, Windows& w) {
  int64_t block[max_rank];
  int m;
  TRY(read_dims(c, 1, 1, image, n));
  TRY(read_dims(c, 2, 1, block, m));
  if (n != m) return c.fail_in(2, Status::bad_shape, Arg::dims(c.in(2)), "one number an axis of the image");
  return make_windows(c, c.attrs<Attrs>().window, image, n, block, false, w);
}

Status shape(Call& c) {
  TRY(c.want_type(0, number_types | complex_types | types(Type::boolean)));
  TRY(c.want_rank(0, 3));
  const Value& x = c.in(0);
  int axes = -1, length;
  for (unsigned i = 1; i < 3; ++i) {
    TRY(want_vector(c, i, types(Type::i64), length));
    axes = max(axes, length);
  }
  if (!c.known(1) || !c.known(2)) {
    if (axes < 0 || axes > max_rank - 2) return c.set(0, x.type), Status::ok;
    c.set(0, x.type, axes + 2);
    if (known_rank(x) && c.has_out(0)) c.out(0).dims[0] = x.dims[0];
    return Status::ok;
  }
  int64_t dims[max_rank + 2] = {c.fresh(), c.fresh()}, block = 1, blocks = 1;
  Windows w;
  TRY(read_shapes(c, dims + 2, axes, w));
  for (int d = 0; d < 3; ++d) {
    TRY(dim_mul(c, block, w.kernel[d], block));
    TRY(dim_mul(c, blocks, w.out[d], blocks));
  }
  TRY(c.want_dim(0, 2, blocks));
  if (known_rank(x)) {
    dims[0] = x.dims[0];
    if (x.dims[1] >= 0) dims[1] = x.dims[1] / block;
    if (x.dims[1] >= 0 && x.dims[1] % block)
      return c.fail_in(0, Status::bad_shape, Arg::dims(x), "whole blocks along axis 1");
  }
  return c.set_dims(0, x.type, dims, axes + 2);
}

// The element of the image for element k of block l, or -1.
int64_t place(const Windows& w, size_t k, size_t l) {
  int64_t at = 0, stride = 1;
  for (int d = 2; d >= 0; --d) {
    const int64_t p = int64_t(l % size_t(w.out[d])) * w.stride[d] - w.pad[d] +
                      int64_t(k % size_t(w.kernel[d])) * w.dilation[d];
    if (p < 0 || p >= w.in[d]) return -1;
    at += p * stride;
    stride *= w.in[d];
    k /= size_t(w.kernel[d]);
    l /= size_t(w.out[d]);
  }
  return at;
}

}  // namespace

constinit const Op op_col2_im = {
    .in = {3, 3}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1u << 1 | 1u << 2};

Status run_col2_im(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  int64_t image[max_rank];
  int axes;
  Windows w;
  TRY(read_shapes(c, image, axes, w));
  const size_t parts = has(complex_types, x.type) ? 2 : 1, size = size_of(x.type) / parts;
  const Type t = x.type == Type::c64 ? Type::f32 : x.type == Type::c128 ? Type::f64 : x.type;
  const bool real = has(float_types, t);
  const size_t planes = product(y, 0, 2), plane = product(y, 2, y.rank), blocks = size_t(x.dims[2]);
  const size_t window = size_t(w.kernel[0] * w.kernel[1] * w.kernel[2]);
  union Sum { double real; int64_t whole; };
  auto* sums = c.scratch_of<Sum>(plane * parts);
  if (!sums) return c.no_memory(plane * 8);
  for (size_t p = 0; p < planes; ++p) {
    memset(sums, 0, plane * parts * sizeof(Sum));
    for (size_t k = 0; k < window; ++k)
      for (size_t l = 0; l < blocks; ++l) {
        const int64_t to = place(w, k, l);
        for (size_t e = 0; to >= 0 && e < parts; ++e) {
          const size_t from = ((p * window + k) * blocks + l) * parts + e;
          Sum& s = sums[size_t(to) * parts + e];
          if (real) s.real += load_real(t, x.data, from);
          else s.whole = int64_t(uint64_t(s.whole) + uint64_t(load_int(t, x.data, from)));
        }
      }
    char* to = y.as<char>() + p * plane * parts * size;
    if (real) store_reals(t, to, 1, plane * parts, &sums->real);
    else store_ints(t, to, 1, plane, &sums->whole);
  }
  return Status::ok;
}

}  // namespace mote
