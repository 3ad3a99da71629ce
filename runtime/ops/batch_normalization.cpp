// BatchNormalization: y = (x - mean) / sqrt(var + epsilon) * scale + b, a mean and a variance for every
// channel.
//   in   x [n, c, d2, ...]  (rank 1: c = 1); scale, b [c]; mean, var [c].  f32 f64 f16 bf16: x, (scale, b),
//        (mean, var) a type each
//   out  y  shape and type of x; running_mean, running_var [c] (with training_mode)
//   epsilon float = 1e-5; momentum float = 0.9; training_mode int = 0
// training_mode: mean and variance (of the population) are x's own; and what runs is
// given * momentum + own * (1 - momentum).
// May run in place: what a channel needs is computed before the first element is written.
// Errors: bad_type, bad_rank, bad_shape, bad_arity.            Source: ONNX BatchNormalization-15.
#include "../element.h"
#include "../kernels.h"
#include "binary.h"

namespace mote {
namespace {

struct Attrs { float epsilon, momentum; int64_t training_mode; };
constexpr Attr attrs[] = {
  ATTR(Attrs, epsilon, 1e-5f), ATTR(Attrs, momentum, 0.9f), ATTR(Attrs, training_mode)};

Status shape(Call& c) {
  const Value& x = c.in(0);
  TRY(c.want_type(0, float_types));
  TRY(c.want_type(1, float_types));
  TRY(c.want_same_type(2, 1));
  TRY(c.want_type(3, float_types));
  TRY(c.want_same_type(4, 3));
  TRY(c.want_min_rank(0, 1));
  int64_t channels = !known_rank(x) ? c.fresh() : x.rank < 2 ? 1 : x.dims[1];
  for (unsigned i = 1; i < 5; ++i) {
    TRY(c.want_rank(i, 1));
    TRY(c.want_dim(i, 0, channels));
    if (channels < 0 && known_rank(c.in(i))) channels = c.in(i).dims[0];
  }
  const bool more = c.has_out(1) || c.has_out(2);
  if (more && !c.attrs<Attrs>().training_mode) return c.fail(Status::bad_arity, c.n_out, "outputs", 1);
  c.like(0, x);
  TRY(c.set_dims(1, c.in(3).type, &channels, 1));
  return c.set_dims(2, c.in(3).type, &channels, 1);
}

// y = (x - mean) * factor + b over one row in doubles; without y, what it adds to a sum: of x, or of (x -
// mean)^2 where `square`.
[[gnu::noinline]]
double generic_row(Type t, void* y, const void* x, size_t n, double mean, double factor, double b,
                   bool square) {
  double row[block], sum = 0;
  const size_t size = size_of(t);
  for (size_t i = 0; i < n; i += block) {
    const size_t m = min(n - i, block);
    load_reals(t, static_cast<const char*>(x) + i * size, 1, m, row);
    for (size_t k = 0; k < m; ++k) {
      const double d = row[k] - mean;
      sum += square ? d * d : row[k];
      row[k] = d * factor + b;
    }
    if (y) store_reals(t, static_cast<char*>(y) + i * size, 1, m, row);
  }
  return sum;
}

struct Shape { size_t batch, channels, inner; };  // x as [batch, channels, inner]

// Of channel k: the mean of x, or of (x - mean)^2 where `square`.
double own_mean(const Value& x, const Shape& s, size_t k, double mean, bool square) {
  double sum = 0;
  for (size_t n = 0; n < s.batch; ++n) {
    const char* row = x.as<char>() + (n * s.channels + k) * s.inner * size_of(x.type);
    sum += generic_row(x.type, nullptr, row, s.inner, mean, 0, 0, square);
  }
  return sum / double(s.batch * s.inner);
}

// The row of all channels of one image where each has one element: (x - mean) * factor + b, all of them rows.
void channel_row(float* y, const float* x, const float* mean, const float* factor, const float* b,
                 size_t channels) {
  binary_sub.f32(y, x, 1, mean, 1, channels);
  binary_mul.f32(y, y, 1, factor, 1, channels);
  binary_add.f32(y, y, 1, b, 1, channels);
}

}  // namespace

constinit const Op op_batch_normalization = {
  .in = {5, 5}, .out = {1, 3}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};

Status run_batch_normalization(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const Attrs& a = c.attrs<Attrs>();
  const Shape s = {size_t(x.dims[0]), x.rank < 2 ? 1 : size_t(x.dims[1]), product(x, 2, x.rank)};
  float* means = c.scratch_of<float>(s.channels);
  float* factors = c.scratch_of<float>(s.channels);
  float* biases = c.scratch_of<float>(s.channels);
  double* exact = c.scratch_of<double>(s.channels * 3);  // the same three of every channel
  if (!means || !factors || !biases || !exact) return c.no_memory(s.channels * 36);
  for (size_t k = 0; k < s.channels; ++k) {
    double given[5];
    for (unsigned i = 1; i < 5; ++i) given[i] = load_real(c.in(i).type, c.in(i).data, k);
    if (a.training_mode) {
      const double momentum = double(a.momentum);
      double own = 0;  // the mean, then the variance around it
      for (unsigned o = 1; o < 3; ++o) {
        own = own_mean(x, s, k, own, o == 2);
        const double running = given[o + 2] * momentum + own * (1 - momentum);
        if (c.has_out(o))
          store_reals(c.out(o).type, c.out(o).as<char>() + k * size_of(c.out(o).type), 1, 1, &running);
        given[o + 2] = own;
      }
    }
    exact[k * 3] = given[3];
    exact[k * 3 + 1] = given[1] / __builtin_sqrt(given[4] + double(a.epsilon));
    exact[k * 3 + 2] = given[2];
    means[k] = float(exact[k * 3]);
    factors[k] = float(exact[k * 3 + 1]);
    biases[k] = float(exact[k * 3 + 2]);
  }
  const bool f32 = x.type == Type::f32;
  const float one = 1;
  const size_t size = size_of(x.type);
  for (size_t n = 0; n < s.batch; ++n) {
    if (f32 && s.inner == 1) {
      const size_t at = n * s.channels;
      channel_row(y.as<float>() + at, x.as<float>() + at, means, factors, biases, s.channels);
      continue;
    }
    for (size_t k = 0; k < s.channels; ++k)
      for (size_t i = 0; i < s.inner; i += row_chunk) {
        const size_t m = min(s.inner - i, row_chunk), at = ((n * s.channels + k) * s.inner + i) * size;
        char* to = y.as<char>() + at;
        const char* from = x.as<char>() + at;
        const double* e = exact + k * 3;
        if (f32)
          row_normalize_f32(reinterpret_cast<float*>(to), reinterpret_cast<const float*>(from), means[k],
                            factors[k], &one, 0, biases + k, 0, m);
        else generic_row(x.type, to, from, m, e[0], e[1], e[2], false);
      }
  }
  return Status::ok;
}

}  // namespace mote
