#include "normalize.h"

#include "../element.h"
#include "../kernels.h"
#include "../parallel.h"

namespace mote {

Status norm_axis(const Call& c, int64_t given, int rank, int& axis) {
  if (given < -rank || given > rank) return c.fail(Status::bad_axis, given, -rank, rank + 1);
  axis = int(given < 0 ? given + rank : given);
  return Status::ok;
}

Status broadcasts(const Call& c, unsigned i, const Value& x) {
  if (!c.has_in(i) || !known_rank(c.in(i)) || !known_rank(x)) return Status::ok;
  const Value& v = c.in(i);
  for (int k = 1; k <= v.rank; ++k) {
    const int64_t d = v.dims[v.rank - k], of = k <= x.rank ? x.dims[x.rank - k] : 1;
    if (d != 1 && d >= 0 && of >= 0 && d != of)
      return c.fail(Status::not_broadcastable, Arg::dims(v), Arg::dims(x));
  }
  return v.rank > x.rank ? c.fail(Status::not_broadcastable, Arg::dims(v), Arg::dims(x)) : Status::ok;
}

Status set_statistics(Call& c, unsigned o, Type type, const Value& x, int axis) {
  if (!known_rank(x)) return c.set(o, type), Status::ok;
  int64_t dims[max_rank];
  for (int i = 0; i < x.rank; ++i) dims[i] = i < axis ? x.dims[i] : 1;
  return c.set_dims(o, type, dims, x.rank);
}

namespace {

// 1 where v is exactly the normalised axes of x, 0 where it is one element, -1 where it must be broadcast
// otherwise.
int step_in_row(const Value& v, const Value& x, int axis) {
  if (count(v) == 1) return 0;
  for (int k = 1; k <= x.rank; ++k) {
    const int64_t d = k <= v.rank ? v.dims[v.rank - k] : 1;
    if (d != (x.rank - k >= axis ? x.dims[x.rank - k] : 1)) return -1;
  }
  return 1;
}

// Normalises a row of n elements in doubles.
[[gnu::noinline]]
void generic_row(const Value& y, const Value& x, size_t at, size_t n, const LayerNorm& l, double* row,
                 double& mean, double& inverse) {
  load_reals(x.type, x.as<char>() + at * size_of(x.type), 1, n, row);
  double sum = 0, moment = 0;
  for (size_t i = 0; i < n; ++i) sum += row[i];
  mean = l.rms ? 0 : sum / double(n);
  for (size_t i = 0; i < n; ++i) moment += (row[i] - mean) * (row[i] - mean);
  inverse = 1 / __builtin_sqrt(moment / double(n) + l.epsilon);
  for (size_t i = 0; i < n; ++i) row[i] = (row[i] - mean) * inverse;
  store_reals(y.type, static_cast<char*>(y.data) + at * size_of(y.type), 1, n, row);
}

// Mean and 1 / sqrt(variance + epsilon) of a dense row of f32.
void statistics_f32(const float* x, size_t n, double epsilon, bool rms, float& mean, double& inverse) {
  mean = rms ? 0 : n ? row_sum_f32(x, n) / float(n) : 0.0f / 0.0f;
  const float variance = n ? row_moment_f32(x, mean, n) / float(n) : 0.0f / 0.0f;
  inverse = 1 / __builtin_sqrt(double(variance) + epsilon);
}

// Element i of output o, where it is asked for.
void stash(const Call& c, unsigned o, size_t i, double value) {
  if (c.has_out(o)) put_element(c.out(o), i, value);
}

}  // namespace

Status layer_normalize(Call& c, const LayerNorm& l) {
  const Value& x = l.x;
  Value y = l.y, scale = l.scale, bias = l.bias;
  const size_t rows = product(x, 0, l.axis), n = product(x, l.axis, x.rank);
  const float one = 1, zero = 0;
  const int scale_step = step_in_row(scale, x, l.axis),
            bias_step = bias.data ? step_in_row(bias, x, l.axis) : 0;
  const bool f32 = x.type == Type::f32 && y.type == Type::f32,
             fused = f32 && scale_step >= 0 && bias_step >= 0;
  if (rows > 1 || !fused) {
    // The output may lie on scale or bias where these have x's size: they are needed after its first row is
    // written.
    Value* const both[] = {&scale, &bias};
    for (Value* v : both)
      if (v->data && v->data == y.data) {
        const size_t bytes = count(*v) * size_of(v->type);
        void* copy = c.scratch(bytes);
        if (!copy) return c.no_memory(bytes);
        v->data = memcpy(copy, v->data, bytes);
      }
  }
  // f16 and bf16: the normalised row is rounded to the type before scale and bias, which are operations of
  // the type.
  const bool half = has(half_float_types, x.type) && x.type == y.type;
  double* row = f32 ? nullptr : c.scratch_of<double>(n);
  if (!f32 && !row) return c.no_memory(n);
  const auto one_row = [&](size_t i) {
    double mean, inverse;
    if (half) {
      float* wide = reinterpret_cast<float*>(row);
      float center;
      load_floats(x.type, x.as<char>() + i * n * 2, 1, n, wide);
      statistics_f32(wide, n, l.epsilon, l.rms, center, inverse);
      mean = double(center);
      if (n) row_normalize_f32(wide, wide, center, float(inverse), &one, 0, &zero, 0, n);
      store_floats(y.type, y.as<char>() + i * n * 2, n, wide);
    } else if (f32) {
      const float* from = x.as<float>() + i * n;
      float center;
      statistics_f32(from, n, l.epsilon, l.rms, center, inverse);
      mean = double(center);
      if (n)
        row_normalize_f32(y.as<float>() + i * n, from, center, float(inverse),
                          fused ? scale.as<float>() : &one, fused ? size_t(scale_step) : 0,
                          fused && bias.data ? bias.as<float>() : &zero, fused ? size_t(bias_step) : 0, n);
    } else {
      generic_row(y, x, i * n, n, l, row, mean, inverse);
    }
    stash(c, l.mean_out, i, mean);
    stash(c, l.inverse_out, i, inverse);
  };
  // other types share a row of scratch
  parallel_for(rows, f32 ? rows * n : 0, [&](size_t from, size_t to, unsigned) {
    for (size_t i = from; i < to; ++i) one_row(i);
  });
  if (fused) return Status::ok;
  TRY(binary_apply(c, binary_mul, y, y, scale));
  return bias.data ? binary_apply(c, binary_add, y, y, bias) : Status::ok;
}

Status rms_norm_shape(Call& c) {
  const RmsAttrs& a = c.attrs<RmsAttrs>();
  const Value& x = c.in(0);
  TRY(c.want_type(0, float_types));
  TRY(c.want_type(1, float_types));
  if (uint64_t(a.stash_type) > 31 || !has(float_types, Type(a.stash_type)))
    return c.bad_attr("stash_type", a.stash_type, "1, 10, 11 or 16");
  int axis = 0;
  if (known_rank(x)) TRY(norm_axis(c, a.axis, x.rank, axis));
  TRY(broadcasts(c, 1, x));
  TRY(set_statistics(c, 1, x.type == Type::f64 ? Type::f64 : Type::f32, x, axis));
  c.like(0, x);
  if (c.has_out(0)) c.out(0).type = c.in(1).type;
  return Status::ok;
}

Status rms_norm_run(Call& c) {
  LayerNorm n = {.x = c.in(0), .y = c.out(0), .scale = c.in(1), .bias = {}, .axis = 0,
                 .epsilon = double(c.attrs<RmsAttrs>().epsilon), .rms = true, .inverse_out = 1};
  TRY(norm_axis(c, c.attrs<RmsAttrs>().axis, n.x.rank, n.axis));
  return layer_normalize(c, n);
}

Status skip_norm_shape(Call& c) {
  const Value& x = c.in(0);
  TRY(c.want_type(0, float_types));
  TRY(c.want_min_rank(0, 2));
  for (unsigned i = 1; i < c.n_in; ++i) {
    TRY(c.want_same_type(i, 0));
    if (i > 1) TRY(c.want_rank(i, 1));
    if (i > 1 && known_rank(x)) TRY(c.want_dim(i, 0, x.dims[x.rank - 1]));
  }
  TRY(broadcasts(c, 1, x));
  c.like(0, x);
  for (unsigned o = 1; o < 3; ++o) TRY(set_statistics(c, o, Type::f32, x, x.rank - 1));
  c.like(3, x);
  return Status::ok;
}

Status skip_norm_run(Call& c, bool rms) {
  const unsigned bias = rms ? 3 : 4;
  LayerNorm n = {.x = c.has_out(3) ? c.out(3) : c.out(0),
                 .y = c.out(0),
                 .scale = c.in(2),
                 .bias = {},
                 .axis = c.in(0).rank - 1,
                 .epsilon = double(c.attrs<SkipAttrs>().epsilon),
                 .rms = rms,
                 .mean_out = 1,
                 .inverse_out = 2};
  TRY(binary_apply(c, binary_add, n.x, c.in(0), c.in(1)));
  if (c.has_in(bias)) TRY(binary_apply(c, binary_add, n.x, n.x, c.in(bias)));
  if (!rms && c.has_in(3)) n.bias = c.in(3);
  return layer_normalize(c, n);
}

Status group_norm_shape(Call& c) {
  TRY(c.want_type(0, float_types));
  TRY(c.want_min_rank(0, 2));
  const int64_t channels = known_rank(c.in(0)) ? c.in(0).dims[1] : c.fresh();
  for (unsigned i = 1; i < 3; ++i) {
    TRY(c.want_same_type(i, 0));
    TRY(c.want_rank(i, 1));
    TRY(c.want_dim(i, 0, channels));
  }
  c.like(0, c.in(0));
  return Status::ok;
}

Status group_normalize(Call& c, size_t groups, double epsilon) {
  const Value &x = c.in(0), &scale = c.in(1), &bias = c.in(2);
  Value& y = c.out(0);
  const size_t channels = size_t(x.dims[1]), inner = product(x, 2, x.rank), size = size_of(x.type);
  const size_t per = groups ? channels / groups : 0, n = per * inner, rows = n ? count(x) / n : 0;
  double* row = x.type == Type::f32 ? nullptr : c.scratch_of<double>(n);
  if (x.type != Type::f32 && !row) return c.no_memory(n);
  const LayerNorm l = {.x = x, .y = y, .scale = {}, .bias = {}, .axis = 0, .epsilon = epsilon};
  const auto one_row = [&](size_t r) {
    float center = 0;
    double mean, inverse;
    if (row) generic_row(y, x, r * n, n, l, row, mean, inverse);
    else statistics_f32(x.as<float>() + r * n, n, epsilon, false, center, inverse);
    for (size_t k = 0; k < per; ++k) {
      const size_t channel = r % groups * per + k, at = r * n + k * inner;
      if (!row) {
        row_normalize_f32(y.as<float>() + at, x.as<float>() + at, center, float(inverse),
                          scale.as<float>() + channel, 0, bias.as<float>() + channel, 0, inner);
        continue;
      }
      const double factor = element_at(scale, channel), add = element_at(bias, channel);
      double* part = row + k * inner;
      for (size_t i = 0; i < inner; ++i) part[i] = part[i] * factor + add;
      store_reals(y.type, y.as<char>() + at * size, 1, inner, part);
    }
  };
  parallel_for(rows, row ? 0 : rows * n, [&](size_t from, size_t to, unsigned) {
    for (size_t r = from; r < to; ++r) one_row(r);
  });
  return Status::ok;
}

}  // namespace mote
