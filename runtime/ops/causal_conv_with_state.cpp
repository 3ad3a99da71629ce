// CausalConvWithState: y[b, c, i] = bias[c] + sum over t of w[c, 0, t] x[b, c, i + t - (k - 1)]; what lies
// before x is past_state.
//   in   x [batch, channels, n], w [channels, 1, k], bias [channels], past_state [batch, channels, k - 1]: 0
//        where absent;
//        f32 f16 bf16
//   out  y like x, present_state [batch, channels, k - 1]: the last of past_state and x
//   activation text = "none", "silu" or "swish": y sigmoid(y)
// Computed in double, rounded before the activation and after it.
// Errors: bad_attribute, bad_type, bad_rank, bad_shape.            Source: ONNX CausalConvWithState-27.
#include "../element.h"
#include "../math.h"
#include "../op.h"

namespace mote {
namespace {

struct Attrs {
  Text activation;
};
constexpr Attr attrs[] = {ATTR(Attrs, activation, "none")};

bool silu(const Call& c) { return !(c.attrs<Attrs>().activation == "none"); }

Status shape(Call& c) {
  const Text f = c.attrs<Attrs>().activation;
  if (silu(c) && !(f == "silu") && !(f == "swish")) return c.bad_attr("activation", f, "none, silu or swish");
  TRY(c.want_type(0, types(Type::f32, Type::f16, Type::bf16)));
  for (unsigned i = 1; i < 4; ++i) TRY(c.want_same_type(i, 0));
  const Value &x = c.in(0), &w = c.in(1);
  TRY(c.want_rank(0, 3));
  TRY(c.want_rank(1, 3));
  TRY(c.want_rank(2, 1));
  TRY(c.want_rank(3, 3));
  TRY(c.want_dim(1, 1, 1));
  int64_t state[3] = {c.fresh(), c.fresh(), c.fresh()};
  if (known_rank(x)) {
    TRY(c.want_dim(1, 0, x.dims[1]));
    TRY(c.want_dim(2, 0, x.dims[1]));
    TRY(c.want_dim(3, 0, x.dims[0]));
    TRY(c.want_dim(3, 1, x.dims[1]));
    state[0] = x.dims[0];
    state[1] = x.dims[1];
  }
  if (known_rank(w) && w.dims[2] >= 0) {
    if (!w.dims[2]) return c.fail_in(1, Status::bad_shape, Arg::dims(w), "at least one tap");
    TRY(c.want_dim(3, 2, w.dims[2] - 1));
    state[2] = w.dims[2] - 1;
  }
  c.like(0, x);
  return c.set_dims(1, x.type, state, 3);
}

}  // namespace

constinit const Op op_causal_conv_with_state = {
    .in = {2, 4}, .out = {2, 2}, ATTRS(Attrs, attrs), .shape = shape};

Status run_causal_conv_with_state(Call& c) {
  const Value &x = c.in(0), &w = c.in(1);
  const size_t channels = size_t(x.dims[1]), n = size_t(x.dims[2]), k = size_t(w.dims[2]), before = k - 1;
  const size_t s = size_of(x.type);
  double* row = c.scratch_of<double>(before + n + k);
  if (!row) return c.no_memory((before + n + k) * sizeof(double));
  double* tap = row + before + n;
  const auto at = [&](const Value& v, size_t i) { return static_cast<char*>(v.data) + i * s; };
  for (size_t i = 0; i < size_t(x.dims[0]) * channels; ++i) {
    const size_t channel = i % channels;
    for (size_t q = 0; q < before; ++q) row[q] = 0;
    if (c.has_in(3)) load_reals(x.type, at(c.in(3), i * before), 1, before, row);
    load_reals(x.type, at(x, i * n), 1, n, row + before);
    load_reals(x.type, at(w, channel * k), 1, k, tap);
    if (c.has_out(1)) store_reals(x.type, at(c.out(1), i * before), 1, before, row + n);
    if (!c.has_out(0)) continue;
    const double bias = c.has_in(2) ? load_real(x.type, c.in(2).data, channel) : 0;
    for (size_t q = 0; q < n; ++q) {
      double sum = bias;
      for (size_t t = 0; t < k; ++t) sum += tap[t] * row[q + t];
      row[q] = sum;  // what stood there is not read again
    }
    store_reals(x.type, at(c.out(0), i * n), 1, n, row);
    if (!silu(c)) continue;
    load_reals(x.type, at(c.out(0), i * n), 1, n, row);
    for (size_t q = 0; q < n; ++q) row[q] *= math::sigmoid(row[q]);
    store_reals(x.type, at(c.out(0), i * n), 1, n, row);
  }
  return Status::ok;
}

}  // namespace mote
