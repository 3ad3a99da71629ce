// QGemm: y = alpha a_scale b_scale ((a' - a_zero) (b' - b_zero) + c), and where y_scale is given
// saturate(round(that / y_scale) + y_zero). a' is a or its transpose, b' likewise.
//   in   a [m, k] ([k, m] with transA), a_scale, a_zero, b [k, n] ([n, k] with transB), b_scale, b_zero, c
//        i32, broadcasts to [m, n], optional, y_scale, y_zero optional; a, b and y i8 or u8, scales f32; one
//          number each, or [n] of b
//   out  y [m, n] of y_zero's type, or f32
// Summed exactly, scaled in f32.
// Errors: bad_type, bad_rank, bad_shape, missing_input.            Source: onnxruntime, com.microsoft 1.
#include "quantize.h"

namespace mote {
namespace {

struct Attrs {
  float alpha;
  int64_t transA, transB;
};
constexpr Attr attrs[] = {ATTR(Attrs, alpha, 1.0f), ATTR(Attrs, transA), ATTR(Attrs, transB)};

Status shape(Call& c) {
  const Attrs& t = c.attrs<Attrs>();
  const Types f32 = types(Type::f32);
  for (unsigned i = 0; i < 6; i += 3) {
    TRY(c.want_type(i, eight_bits));
    TRY(c.want_rank(i, 2));
    TRY(c.want_type(i + 1, f32));
    TRY(c.want_same_type(i + 2, i));
  }
  TRY(c.want_type(6, types(Type::i32)));
  TRY(c.want_type(7, f32));
  TRY(c.want_type(8, eight_bits));
  if (c.has_in(7) != c.has_in(8)) return c.fail(Status::missing_input, c.has_in(7) ? 8 : 7);
  const unsigned singles[] = {1, 2, 7, 8};
  for (unsigned i : singles) TRY(want_single(c, i));
  const Value &a = c.in(0), &b = c.in(3);
  int64_t dims[2] = {c.fresh(), c.fresh()}, k;
  if (known_rank(a)) dims[0] = a.dims[t.transA ? 1 : 0];
  if (known_rank(b)) dims[1] = b.dims[t.transB ? 0 : 1];
  if (known_rank(a) && known_rank(b) && !dim_merge(a.dims[t.transA ? 0 : 1], b.dims[t.transB ? 1 : 0], k))
    return c.fail_in(3, Status::bad_shape, Arg::dims(b), a.dims[t.transA ? 0 : 1]);
  for (unsigned i = 4; i < 6; ++i)
    if (known_rank(c.in(i)) && c.in(i).rank && c.in(i).dims[0] != 1) {
      TRY(c.want_rank(i, 1));
      TRY(c.want_dim(i, 0, dims[1]));
    }
  TRY(c.set_dims(0, c.has_in(8) ? c.in(8).type : Type::f32, dims, 2));
  if (!c.has_in(6) || !known_rank(c.in(6))) return Status::ok;
  const Value& bias = c.in(6);
  bool fits = bias.rank <= 2;
  for (int i = 0; fits && i < bias.rank; ++i)
    fits = bias.dims[i] == 1 || dim_merge(bias.dims[i], dims[i + 2 - bias.rank], k);
  return fits ? Status::ok : c.fail(Status::not_broadcastable, Arg::dims(bias), Arg::dims(c.out(0)));
}

void store(const void* call, size_t i, size_t j, const double* sums, size_t n) {
  const Call& c = *static_cast<const Call*>(call);
  const Value& y = c.out(0);
  const size_t wide = size_t(y.dims[1]);
  const float scale = c.attrs<Attrs>().alpha * *c.in(1).as<float>();
  const float by = c.has_in(7) ? *c.in(7).as<float>() : 1.0f;
  const int zero = c.has_in(8) ? int(load_int(y.type, c.in(8).data, 0)) : 0;
  for (size_t e = 0; e < n; ++e) {
    double sum = sums[e];
    if (c.has_in(6)) {
      const Value& bias = c.in(6);
      const size_t columns = bias.rank ? size_t(bias.dims[bias.rank - 1]) : 1;
      const size_t row = bias.rank == 2 && bias.dims[0] > 1 ? i : 0;
      sum += bias.as<int32_t>()[row * columns + (columns > 1 ? j + e : 0)];
    }
    const float v = float(sum) * (scale * c.in(4).as<float>()[along(&c.in(4), 0, j + e, wide)] / by);
    if (y.type == Type::f32) static_cast<float*>(y.data)[i * wide + j + e] = v;
    else
      static_cast<uint8_t*>(y.data)[i * wide + j + e] =
          uint8_t(int(quantized(double(v), zero, range_of(y.type))));
  }
}

}  // namespace

constinit const Op op_ms_q_gemm = {.in = {6, 9}, ATTRS(Attrs, attrs), .shape = shape};

Status run_ms_q_gemm(Call& c) {
  const Attrs& t = c.attrs<Attrs>();
  const Value &a = c.in(0), &b = c.in(3);
  const size_t m = size_t(c.out(0).dims[0]), n = size_t(c.out(0).dims[1]),
               k = size_t(a.dims[t.transA ? 0 : 1]);
  const WideMatrix wa = {a.type, {a.data, t.transA ? 1 : int64_t(k), t.transA ? int64_t(m) : 1}, &c.in(2)};
  const WideMatrix wb = {b.type, {b.data, t.transB ? 1 : int64_t(n), t.transB ? int64_t(k) : 1}, &c.in(5), 0,
                         count(c.in(5)) > 1};
  return product_wide(c, wa, wb, m, k, n, store, &c);
}

}  // namespace mote
