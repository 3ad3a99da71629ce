// QLinearGlobalAveragePool: the mean of each channel, y = saturate(round(mean(x - x_zero) x_scale / y_scale)
// + y_zero).
//   in   x [n, channels, d...], or [n, d..., channels] with channels_last, i8 or u8; x_scale f32, x_zero,
//        y_scale f32, y_zero, one number each
//   out  y, every d 1
// Summed exactly, scaled in f32.
// Errors: bad_type, bad_rank, bad_shape.            Source: onnxruntime, com.microsoft 1.
#include "quantize.h"

namespace mote {
namespace {

struct Attrs {
  int64_t channels_last;
};
constexpr Attr attrs[] = {ATTR(Attrs, channels_last)};

Status shape(Call& c) {
  const Value& x = c.in(0);
  const bool last = c.attrs<Attrs>().channels_last != 0;
  TRY(c.want_type(0, eight_bits));
  for (unsigned i = 1; i < 5; ++i) {
    if (i % 2) TRY(c.want_type(i, types(Type::f32)));
    else TRY(c.want_same_type(i, 0));
    TRY(want_single(c, i));
  }
  TRY(c.want_min_rank(0, 3));
  c.like(0, x);
  for (int i = 1; i < x.rank - 1; ++i) c.out(0).dims[last ? i : i + 1] = 1;
  return Status::ok;
}

}  // namespace

constinit const Op op_ms_q_linear_global_average_pool = {.in = {5, 5}, ATTRS(Attrs, attrs), .shape = shape};

Status run_ms_q_linear_global_average_pool(Call& c) {
  const Value& x = c.in(0);
  const bool last = c.attrs<Attrs>().channels_last != 0;
  const size_t channels = size_t(x.dims[last ? x.rank - 1 : 1]);
  const size_t plane = last ? product(x, 1, x.rank - 1) : product(x, 2, x.rank);
  const int x_zero = int(load_int(x.type, c.in(2).data, 0)), y_zero = int(load_int(x.type, c.in(4).data, 0));
  const float scale = *c.in(1).as<float>() / *c.in(3).as<float>();
  for (size_t i = 0; i < size_t(x.dims[0]) * channels; ++i) {
    const size_t first = last ? i / channels * plane * channels + i % channels : i * plane;
    int64_t sum = 0, part[block];
    for (size_t k = 0; k < plane; k += block) {
      const size_t n = min(block, plane - k), step = last ? channels : 1;
      load_ints(x.type, x.as<char>() + first + k * step, int64_t(step), n, part);
      for (size_t e = 0; e < n; ++e) sum += part[e] - x_zero;
    }
    const double mean = double(float(sum) / float(plane) * scale);
    c.out(0).as<uint8_t>()[i] = uint8_t(int(quantized(mean, y_zero, range_of(x.type))));
  }
  return Status::ok;
}

}  // namespace mote
