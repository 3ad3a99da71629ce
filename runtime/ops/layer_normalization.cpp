// LayerNormalization: y = (x - mean) / sqrt(var + epsilon) * scale + b, mean and variance over
// the axes from `axis` on.
//   in   x [d0, ..., dn-1]  f32 f64 f16 bf16; scale, b (optional): x's type, broadcast to x
//   out  y  shape and type of x; mean, inv_std_dev (optional) [d0, ..., daxis-1, 1, ..., 1]  f32, or bf16
//        with stash_type 16
//   axis int = -1, in [-n, n]; epsilon float = 1e-5; stash_type int = 1 (f32) or 16 (bf16)
// f32: sums in 16 partial sums. Other types: in double, more than stash_type asks; the normalised x, its
// product with scale and the sum with b are rounded to x's type each, as the standard's definition does.
// May run in place.
// Errors: bad_type, bad_axis, bad_attribute, not_broadcastable.   Source: ONNX LayerNormalization-17.
#include "../element.h"
#include "../kernels.h"
#include "binary.h"

namespace mote {
namespace {

struct Attrs { int64_t axis; float epsilon; int64_t stash_type; };
constexpr Attr attrs[] = {ATTR(Attrs, axis, -1), ATTR(Attrs, epsilon, 1e-5f), ATTR(Attrs, stash_type, 1)};

Status find_axis(const Call& c, int rank, int& axis) {
  const int64_t given = c.attrs<Attrs>().axis;
  if (given < -rank || given > rank) return c.fail(Status::bad_axis, given, -rank, rank + 1);
  axis = int(given < 0 ? given + rank : given);
  return Status::ok;
}

// Input i broadcasts to x, and not x to it.
Status broadcasts(const Call& c, unsigned i) {
  if (!c.has_in(i) || !known_rank(c.in(i))) return Status::ok;
  const Value &x = c.in(0), &v = c.in(i);
  for (int k = 1; k <= v.rank; ++k) {
    const int64_t d = v.dims[v.rank - k], of = k <= x.rank ? x.dims[x.rank - k] : 1;
    if (d != 1 && d >= 0 && of >= 0 && d != of)
      return c.fail(Status::not_broadcastable, Arg::dims(v), Arg::dims(x));
  }
  return v.rank > x.rank ? c.fail(Status::not_broadcastable, Arg::dims(v), Arg::dims(x)) : Status::ok;
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, float_types));
  TRY(c.want_same_type(1, 0));
  TRY(c.want_same_type(2, 0));
  if (a.stash_type != 1 && a.stash_type != 16) return c.bad_attr("stash_type", a.stash_type, "1 or 16");
  const Value& x = c.in(0);
  const Type stash = a.stash_type == 16 ? Type::bf16 : Type::f32;
  c.like(0, x);
  if (!known_rank(x)) return c.set(1, stash), c.set(2, stash), Status::ok;
  int axis;
  TRY(find_axis(c, x.rank, axis));
  TRY(broadcasts(c, 1));
  TRY(broadcasts(c, 2));
  int64_t dims[max_rank];
  for (int i = 0; i < x.rank; ++i) dims[i] = i < axis ? x.dims[i] : 1;
  TRY(c.set_dims(1, stash, dims, x.rank));
  return c.set_dims(2, stash, dims, x.rank);
}

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
void generic_row(Type t, void* y, const void* x, size_t n, double epsilon, double* row, double& mean,
                 double& inverse) {
  load_reals(t, x, 1, n, row);
  double sum = 0, moment = 0;
  for (size_t i = 0; i < n; ++i) sum += row[i];
  mean = sum / double(n);
  for (size_t i = 0; i < n; ++i) moment += (row[i] - mean) * (row[i] - mean);
  inverse = 1 / __builtin_sqrt(moment / double(n) + epsilon);
  for (size_t i = 0; i < n; ++i) row[i] = (row[i] - mean) * inverse;
  store_reals(t, y, 1, n, row);
}

// Element i of output o, where it is asked for.
void stash(const Call& c, unsigned o, size_t i, double value) {
  if (!c.has_out(o)) return;
  const Value& v = c.out(o);
  store_reals(v.type, static_cast<char*>(v.data) + i * size_of(v.type), 1, 1, &value);
}

}  // namespace

constinit const Op op_layer_normalization = {
  .in = {2, 3}, .out = {1, 3}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};

Status run_layer_normalization(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const double epsilon = double(c.attrs<Attrs>().epsilon);
  int axis;
  TRY(find_axis(c, x.rank, axis));
  const size_t rows = product(x, 0, axis), n = product(x, axis, x.rank), size = size_of(x.type);
  const float one = 1, zero = 0;
  Value none;  // stands for 1 or 0
  none.rank = 0;
  Value scale = c.in(1), bias = c.has_in(2) ? c.in(2) : none;
  int scale_step = step_in_row(scale, x, axis), bias_step = step_in_row(bias, x, axis);
  const bool f32 = x.type == Type::f32, fused = f32 && scale_step >= 0 && bias_step >= 0;
  if (rows > 1 || !fused) {
    // The output may lie on scale or b where these have x's size: they are needed after its first row is
    // written.
    Value* const both[] = {&scale, &bias};
    for (Value* v : both)
      if (v->data && v->data == y.data) {
        void* copy = c.scratch(count(*v) * size);
        if (!copy) return c.no_memory(count(*v) * size);
        v->data = memcpy(copy, v->data, count(*v) * size);
      }
  }
  double* row = f32 ? nullptr : c.scratch_of<double>(n);
  if (!f32 && !row) return c.no_memory(n);
  for (size_t i = 0; i < rows; ++i) {
    double mean, inverse;
    char* to = y.as<char>() + i * n * size;
    const char* from = x.as<char>() + i * n * size;
    if (f32) {
      const float* values = reinterpret_cast<const float*>(from);
      const float center = n ? row_sum_f32(values, n) / float(n) : 0.0f / 0.0f;
      mean = double(center);
      const float variance = n ? row_moment_f32(values, center, n) / float(n) : center;
      inverse = 1 / __builtin_sqrt(double(variance) + epsilon);
      if (n) row_normalize_f32(reinterpret_cast<float*>(to), values, center, float(inverse),
                               fused ? scale.as<float>() : &one, fused ? size_t(scale_step) : 0,
                               fused && bias.data ? bias.as<float>() : &zero, fused ? size_t(bias_step) : 0, n);
    } else {
      generic_row(x.type, to, from, n, epsilon, row, mean, inverse);
    }
    stash(c, 1, i, mean);
    stash(c, 2, i, inverse);
  }
  if (fused) return Status::ok;
  TRY(binary_apply(c, binary_mul, y, y, scale));
  return bias.data ? binary_apply(c, binary_add, y, y, bias) : Status::ok;
}

}  // namespace mote
