// STFT: the transforms of windows of a signal: y[b, f, k] = sum over j of window[j] x[b, f * frame_step + j]
// e^(-2 pi i j k / n).
//   in   x [b, length, 1] (real) or [b, length, 2]  f32 f64 f16 bf16; frame_step i32 i64 scalar; window [n],
//        x's type, optional;
//        frame_length n, i32 i64 scalar, optional: by default the length of the window, or of the signal
//   out  y [b, frames, n / 2 + 1 or n, 2]
//   onesided int = 1: the first n / 2 + 1 elements, of a real signal only
// Computed in double.
// Errors: bad_type, bad_rank, bad_shape, bad_value, bad_attribute.            Source: ONNX STFT-17.
#include "../element.h"
#include "fourier.h"

namespace mote {
namespace {

struct Attrs { int64_t onesided; };
constexpr Attr attrs[] = {ATTR(Attrs, onesided, 1)};

Status read_scalar(Call& c, unsigned i, int64_t& n) {
  n = c.fresh();
  if (!c.known(i)) return Status::ok;
  if (count(c.in(i)) != 1) return c.fail_in(i, Status::bad_shape, Arg::dims(c.in(i)), "one element");
  n = load_int(c.in(i).type, c.in(i).data, 0);
  return n < 1 ? c.fail_in(i, Status::bad_value, n, "at least 1") : Status::ok;
}

Status read_lengths(Call& c, int64_t& step, int64_t& n) {
  const Value& x = c.in(0);
  TRY(read_scalar(c, 1, step));
  if (c.has_in(3)) {
    TRY(read_scalar(c, 3, n));
    if (c.has_in(2)) TRY(c.want_dim(2, 0, n));
    return Status::ok;
  }
  n = c.has_in(2) ? known_rank(c.in(2)) ? c.in(2).dims[0] : c.fresh() : known_rank(x) ? x.dims[1] : c.fresh();
  return n ? Status::ok
           : c.fail_in(c.has_in(2) ? 2 : 0, Status::bad_shape, Arg::dims(c.in(c.has_in(2) ? 2 : 0)),
                       "elements");
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  TRY(c.want_type(0, float_types));
  TRY(c.want_type(1, types(Type::i32, Type::i64)));
  TRY(c.want_same_type(2, 0));
  TRY(c.want_type(3, types(Type::i32, Type::i64)));
  TRY(c.want_rank(0, 3));
  TRY(c.want_rank(2, 1));
  if (a.onesided != 0 && a.onesided != 1) return c.bad_attr("onesided", a.onesided, "0 or 1");
  if (known_rank(x) && x.dims[2] >= 0 && x.dims[2] != 1 && (a.onesided || x.dims[2] != 2))
    return c.fail_in(0, Status::bad_shape, Arg::dims(x), a.onesided ? "1 at its end" : "1 or 2 at its end");
  int64_t step, n, dims[4] = {known_rank(x) ? x.dims[0] : c.fresh(), c.fresh(), c.fresh(), 2};
  TRY(read_lengths(c, step, n));
  if (n >= 0) dims[2] = a.onesided ? n / 2 + 1 : n;
  if (known_rank(x) && x.dims[1] >= 0 && n >= 0) {
    if (n > x.dims[1]) return c.fail_in(0, Status::bad_shape, Arg::dims(x), "a signal as long as a frame");
    if (step >= 0) dims[1] = (x.dims[1] - n) / step + 1;
  }
  return c.set_dims(0, x.type, dims, 4);
}

}  // namespace

constinit const Op op_stft = {.in = {2, 4}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1u << 1 | 1u << 3};

Status run_stft(Call& c) {
  const Value &x = c.in(0), &y = c.out(0);
  if (!count(y)) return Status::ok;
  int64_t step, length;
  TRY(read_lengths(c, step, length));
  const size_t n = size_t(length), parts = size_t(x.dims[2]), frames = size_t(y.dims[1]),
               bins = size_t(y.dims[2]);
  const size_t size = size_of(x.type), rows = size_t(y.dims[0]) * frames;
  const bool real = parts == 1 && bins <= n / 2 + 1;
  Fourier f;
  RealFourier r;
  TRY(real ? r.make(c, n) : f.make(c, n));
  auto* line = c.scratch_of<Complex>(n);
  auto* part = c.scratch_of<double>(n);
  auto* window = c.scratch_of<double>(n);
  if (!line || !part || !window) return c.no_memory(n * sizeof(Complex));
  for (size_t k = 0; k < n; ++k) window[k] = 1;
  if (c.has_in(2)) load_reals(x.type, c.in(2).data, 1, n, window);
  for (size_t i = 0; i < rows; ++i) {
    const size_t from = i / frames * size_t(x.dims[1]) + i % frames * size_t(step);
    if (!real) memset(line, 0, n * sizeof(Complex));
    for (size_t e = 0; e < parts; ++e) {
      load_reals(x.type, x.as<char>() + (from * parts + e) * size, int64_t(parts), n, part);
      for (size_t k = 0; k < n; ++k) part[k] *= window[k];
      for (size_t k = 0; !real && k < n; ++k) (&line->re)[2 * k + e] = part[k];
    }
    if (real) r.run(line, part);
    else f.run(line);
    store_reals(y.type, static_cast<char*>(y.data) + i * bins * 2 * size, 1, bins * 2, &line->re);
  }
  return Status::ok;
}

}  // namespace mote
