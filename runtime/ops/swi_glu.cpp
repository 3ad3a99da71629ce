// SwiGLU: y = swish(a) b = a / (1 + e^(-alpha a)) b, elementwise.
//   in   a, b  f32 f64 f16 bf16, of one type and one shape      out  y  the same
//   alpha float = 1
// f32: at most 5 ulp where alpha a is exact (swish.cpp); f16 and bf16 through f32. May run in place.
// Errors: bad_type, bad_rank, bad_shape.            Source: ONNX SwiGLU-28.
#include "unary.h"

namespace mote {
namespace {

constexpr Attr attrs[] = {ATTR(Alpha, alpha, 1.0f)};

Status shape(Call& c) {
  TRY(c.want_type(0, float_types));
  TRY(c.want_same_type(1, 0));
  const Value &a = c.in(0), &b = c.in(1);
  c.like(0, known_rank(a) ? a : b);
  if (!known_rank(a) || !known_rank(b)) return Status::ok;
  TRY(c.want_rank(1, a.rank));
  for (int i = 0; i < a.rank; ++i)
    if (!dim_merge(a.dims[i], b.dims[i], c.out(0).dims[i]))
      return c.fail_in(1, Status::bad_shape, Arg::dims(b), Arg::dims(a));
  return Status::ok;
}

}  // namespace

constinit const Op op_swi_glu = {.in = {2, 2}, ATTRS(Alpha, attrs), .shape = shape, .flags = inplace};

Status run_swi_glu(Call& c) {
  const Value &a = c.in(0), &b = c.in(1);
  Value& y = c.out(0);
  const float alpha = c.attrs<Alpha>().alpha;
  double left[block], right[block];
  float s[block];
  const size_t size = size_of(a.type);
  for (size_t i = 0, n = count(a); i < n; i += block) {
    const size_t m = min(n - i, block);
    const float* x = a.as<float>() + i;
    if (a.type == Type::f32) {
      apply(function_swish, s, x, m, alpha);
      for (size_t k = 0; k < m; ++k) y.as<float>()[i + k] = s[k] * b.as<float>()[i + k];
      continue;
    }
    load_reals(a.type, a.as<char>() + i * size, 1, m, left);
    load_reals(b.type, b.as<char>() + i * size, 1, m, right);
    apply(function_swish, a.type, left, m, alpha);
    for (size_t k = 0; k < m; ++k) left[k] *= right[k];
    store_reals(y.type, y.as<char>() + i * size, 1, m, left);
  }
  return Status::ok;
}

}  // namespace mote
