// DFT: y[k] = sum over j of x[j] e^(-2 pi i j k / n) along an axis; inverse: with a positive exponent,
// divided by n.
//   in   x [..., 1] (real) or [..., 2] (real and imaginary parts)  f32 f64 f16 bf16; dft_length n, i32 i64
//        scalar, optional;
//        axis i64 scalar = -2, in [-r, -2] or [0, r - 2]
//   out  y [..., 2], n long along the axis; x is cut or padded with zeros to n
//   inverse int = 0; onesided int = 0: of real x the first n / 2 + 1 elements; with inverse: x is those, y
//     the real signal [..., 1]
// n is by default the length of the axis, 2 (length - 1) for onesided with inverse. Computed in double.
// Errors: bad_type, bad_rank, bad_shape, bad_axis, bad_value, bad_attribute.            Source: ONNX DFT-20.
#include "../element.h"
#include "fourier.h"

namespace mote {
namespace {

struct Attrs { int64_t inverse, onesided; };
constexpr Attr attrs[] = {ATTR(Attrs, inverse), ATTR(Attrs, onesided)};

Status want_scalar(const Call& c, unsigned i) {
  if (c.has_in(i) && concrete(c.in(i)) && (c.in(i).rank > 1 || count(c.in(i)) != 1))
    return c.fail_in(i, Status::bad_rank, c.in(i).rank, "a scalar");
  return Status::ok;
}

Status find_axis(const Call& c, int& axis) {
  const int rank = c.in(0).rank;
  const int64_t given = c.has_in(2) ? *c.in(2).as<int64_t>() : -2;
  TRY(normalize_axis(c, given, rank, axis));
  return axis == rank - 1 ? c.fail(Status::bad_axis, given, -rank, rank - 1) : Status::ok;
}

// The length of the transform; a symbol where it is not known.
Status find_length(Call& c, int axis, int64_t& n) {
  const Attrs& a = c.attrs<Attrs>();
  const int64_t dim = c.in(0).dims[axis];
  if (c.has_in(1)) {
    n = c.known(1) ? load_int(c.in(1).type, c.in(1).data, 0) : c.fresh();
    return c.known(1) && n < 1 ? c.fail_in(1, Status::bad_value, n, "at least 1") : Status::ok;
  }
  n = !(a.inverse && a.onesided) ? dim : dim < 0 ? c.fresh() : 2 * (dim - 1);
  return n == 0 || (n < 0 && dim >= 0)
             ? c.fail_in(0, Status::bad_shape, Arg::dims(c.in(0)), "elements along the axis")
             : Status::ok;
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  TRY(c.want_type(0, float_types));
  TRY(c.want_type(1, types(Type::i32, Type::i64)));
  TRY(c.want_type(2, types(Type::i64)));
  TRY(c.want_min_rank(0, 2));
  TRY(want_scalar(c, 1));
  TRY(want_scalar(c, 2));
  if (a.inverse != 0 && a.inverse != 1) return c.bad_attr("inverse", a.inverse, "0 or 1");
  if (a.onesided != 0 && a.onesided != 1) return c.bad_attr("onesided", a.onesided, "0 or 1");
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  const int64_t parts = x.dims[x.rank - 1];
  if (parts >= 0 && (a.onesided ? parts != 1 + a.inverse : parts != 1 && parts != 2))
    return c.fail_in(0, Status::bad_shape, Arg::dims(x),
                     a.onesided ? a.inverse ? "2 at its end" : "1 at its end" : "1 or 2 at its end");
  int64_t dims[max_rank];
  for (int i = 0; i < x.rank; ++i) dims[i] = x.dims[i];
  dims[x.rank - 1] = a.inverse && a.onesided ? 1 : 2;
  if (c.has_in(2) && !c.known(2)) {
    for (int i = 0; i < x.rank - 1; ++i) dims[i] = c.fresh();
    return c.set_dims(0, x.type, dims, x.rank);
  }
  int axis;
  int64_t n;
  TRY(find_axis(c, axis));
  TRY(find_length(c, axis, n));
  dims[axis] = a.onesided && !a.inverse ? n < 0 ? c.fresh() : n / 2 + 1 : n;
  return c.set_dims(0, x.type, dims, x.rank);
}

}  // namespace

constinit const Op op_dft = {.in = {1, 3}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1u << 1 | 1u << 2};

Status run_dft(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &y = c.out(0);
  if (!count(y)) return Status::ok;
  int axis;
  int64_t length;
  TRY(find_axis(c, axis));
  TRY(find_length(c, axis, length));
  const size_t n = size_t(length), given = size_t(x.dims[axis]), found = size_t(y.dims[axis]);
  const size_t parts = size_t(x.dims[x.rank - 1]), out_parts = size_t(y.dims[y.rank - 1]),
               size = size_of(x.type);
  const size_t outer = product(x, 0, axis), inner = product(x, axis + 1, x.rank - 1);
  Fourier f;
  TRY(f.make(c, n));
  auto* row = c.scratch_of<Complex>(n);
  auto* part = c.scratch_of<double>(max(given, n));
  if (!row || !part) return c.no_memory(n * sizeof(Complex));
  const bool half = a.inverse && a.onesided;
  const size_t used = min(given, half ? n / 2 + 1 : n);
  // The inverse is the same transform with the parts exchanged before and after.
  const auto place = [&](size_t e) { return &row->re + (e ^ size_t(a.inverse)); };
  for (size_t i = 0; i < outer * inner; ++i) {
    const size_t o = i / inner, j = i % inner;
    memset(row, 0, n * sizeof(Complex));
    for (size_t e = 0; e < parts; ++e) {
      load_reals(x.type, x.as<char>() + ((o * given * inner + j) * parts + e) * size, int64_t(inner * parts),
                 used, part);
      for (size_t k = 0; k < used; ++k) place(e)[2 * k] = part[k];
    }
    if (half) {  // the other half mirrors it; what mirrors itself is real
      row[0].re = 0;
      if (n % 2 == 0) row[n / 2].re = 0;
      for (size_t k = 1; k < used; ++k)
        if (2 * k != n) row[n - k] = {-row[k].re, row[k].im};
    }
    f.run(row);
    for (size_t e = 0; e < out_parts; ++e) {
      for (size_t k = 0; k < found; ++k) part[k] = place(e)[2 * k] / (a.inverse ? double(n) : 1);
      store_reals(y.type, static_cast<char*>(y.data) + ((o * found * inner + j) * out_parts + e) * size,
                  int64_t(inner * out_parts), found, part);
    }
  }
  return Status::ok;
}

}  // namespace mote
