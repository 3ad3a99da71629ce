// Dropout: y = x where nothing is trained; else y = mask ? x / (1 - ratio) : 0, each element kept with
// probability 1 - ratio.
//   in   x              f32 f64 f16 bf16 f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz     out  y     the type and
//                       shape of x
//        ratio          scalar of those types, optional: 0.5, in [0, 1)                 mask  bool, the shape
//                       of x, optional
//        training_mode  scalar bool, optional: false
//   seed int = 0
// The mask is the same on every host: element i is kept where u >= ratio, u in [0, 1) being the upper 53 bits
//   of output i of
// SplitMix64 that starts from the seed. Dropped elements are 0 whatever they were. May run in place.
// Errors: bad_type, bad_rank, bad_value (ratio).            Source: ONNX Dropout-22.
#include "../decimal.h"
#include "unary.h"

namespace mote {
namespace {

struct Attrs { int64_t seed; };
constexpr Attr attrs[] = {ATTR(Attrs, seed, 0)};

Status shape(Call& c) {
  constexpr Types set = float_types | float8_types;
  TRY(unary_shape(c, set));
  TRY(c.want_type(1, set));
  TRY(c.want_rank(1, 0));
  TRY(c.want_type(2, types(Type::boolean)));
  TRY(c.want_rank(2, 0));
  c.like(1, c.in(0));
  if (c.has_out(1)) c.out(1).type = Type::boolean;
  return Status::ok;
}

double uniform(uint64_t seed, uint64_t i) {
  uint64_t z = seed + (i + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return double((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

}  // namespace

constinit const Op op_dropout = {
    .in = {1, 3}, .out = {1, 2}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace | random};

Status run_dropout(Call& c) {
  const Value& x = c.in(0);
  const size_t n = count(x);
  uint8_t* mask = c.has_out(1) ? c.out(1).as<uint8_t>() : nullptr;
  const bool training = c.has_in(2) && load_int(Type::boolean, c.in(2).data, 0);
  const double ratio = !training ? 0 : c.has_in(1) ? load_real(c.in(1).type, c.in(1).data, 0) : 0.5;
  if (!(ratio >= 0 && ratio < 1)) {
    char text[real_text];
    return c.fail_in(1, Status::bad_value, Text(text, format_real(c.in(1).type, ratio, text)),
                     "a number in [0, 1)");
  }
  if (ratio == 0) {
    if (c.out(0).data != x.data) memcpy(c.out(0).data, x.data, n * size_of(x.type));
    if (mask) memset(mask, 1, n);
    return Status::ok;
  }
  const uint64_t seed = uint64_t(c.attrs<Attrs>().seed);
  const double scale = 1 / (1 - ratio);
  uint64_t i = 0;
  through_reals(c.out(0), x, [=, &i](double v) {
    const bool keep = uniform(seed, i) >= ratio;
    if (mask) mask[i] = keep;
    ++i;
    return keep ? v * scale : 0;
  });
  return Status::ok;
}

}  // namespace mote
