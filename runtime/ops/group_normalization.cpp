// GroupNormalization: y = (x - mean) / sqrt(variance + epsilon) * scale + bias, mean and variance of every
// group of channels.
//   in   x [n, channels, d...]  f32 f64 f16 bf16; scale, bias [channels], x's type        out  y  shape and
//                               type of x
//   num_groups int, divides channels; epsilon float = 1e-5; stash_type int = 1 (f32), 10, 11 or 16
// f32: sums in 16 partial sums; other types in double, more than stash_type asks. May run in place.
// Errors: bad_type, bad_rank, bad_shape, bad_attribute.            Source: ONNX GroupNormalization-21.
#include "normalize.h"
#include "../element.h"
#include "half.h"

namespace mote {
namespace {

struct Attrs { float epsilon; int64_t num_groups, stash_type; };
constexpr Attr attrs[] = {ATTR(Attrs, epsilon, 1e-5f), REQUIRED(Attrs, num_groups),
                          ATTR(Attrs, stash_type, 1)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(group_norm_shape(c));
  if (uint64_t(a.stash_type) > 31 || !has(float_types, Type(a.stash_type)))
    return c.bad_attr("stash_type", a.stash_type, "1, 10, 11 or 16");
  const Value& x = c.in(0);
  if (a.num_groups < 1 || (known_rank(x) && x.dims[1] >= 0 && x.dims[1] % a.num_groups))
    return c.bad_attr("num_groups", a.num_groups, "a divisor of the number of channels");
  return Status::ok;
}

}  // namespace

constinit const Op op_group_normalization = {
    .in = {3, 3}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};
Status run_group_normalization(Call& c) {
  if (has(half_float_types, c.in(0).type)) return through_f32(c, run_group_normalization);
  return group_normalize(c, size_t(c.attrs<Attrs>().num_groups), double(c.attrs<Attrs>().epsilon));
}

}  // namespace mote
