// MelWeightMatrix: triangles of height 1 over the bins of a spectrum, evenly spaced on the mel scale 2595
// log10(1 + f / 700).
//   in   num_mel_bins, dft_length, sample_rate i32 i64; lower_edge_hertz, upper_edge_hertz f32 f64 f16 bf16;
//        scalars
//   out  y [dft_length / 2 + 1, num_mel_bins], a number type
//   output_datatype int = 1: its code
// Computed in double. What lies above the last bin is left out.
// Errors: bad_type, bad_shape, bad_value, bad_attribute.            Source: ONNX MelWeightMatrix-17.
#include "../element.h"
#include "../math.h"
#include "../op.h"

namespace mote {
namespace {

struct Attrs { int64_t output_datatype; };
constexpr Attr attrs[] = {ATTR(Attrs, output_datatype, 1)};

Status read_size(const Call& c, unsigned i, int64_t& n) {
  n = load_int(c.in(i).type, c.in(i).data, 0);
  return n < 1 || n > 0x7fffffff ? c.fail_in(i, Status::bad_value, n, "at least 1") : Status::ok;
}

Status shape(Call& c) {
  const int64_t type = c.attrs<Attrs>().output_datatype;
  if (type < 1 || type > 31 || !has(number_types, Type(type)))
    return c.bad_attr("output_datatype", type, "the code of a number type");
  int64_t dims[2] = {c.fresh(), c.fresh()};
  for (unsigned i = 0; i < 5; ++i) {
    TRY(c.want_type(i, i < 3 ? types(Type::i32, Type::i64) : float_types));
    const Value& v = c.in(i);
    if (concrete(v) && (v.rank > 1 || count(v) != 1))
      return c.fail_in(i, Status::bad_shape, Arg::dims(v), "a scalar");
    if (i > 2 || !c.known(i)) continue;
    int64_t n;
    TRY(read_size(c, i, n));
    if (i == 0) dims[1] = n;
    if (i == 1) dims[0] = n / 2 + 1;
  }
  return c.set_dims(0, Type(type), dims, 2);
}

// Where point i of bins + 2 lies: an element of the spectrum, 0 to `end`.
int64_t point(const Call& c, int64_t i, int64_t bins, int64_t end) {
  const auto real = [&](unsigned k) { return element_at(c.in(k), 0); };
  const double low = math::log1p(real(3) / 700), high = math::log1p(real(4) / 700);
  const double hertz = 700 * math::expm1(low + (high - low) / double(bins + 2) * double(i));
  const double at = __builtin_floor((real(1) + 1) * hertz / real(2));
  return at > 0 ? int64_t(min(at, double(end))) : 0;
}

}  // namespace

constinit const Op op_mel_weight_matrix = {.in = {5, 5}, ATTRS(Attrs, attrs), .shape = shape, .reads = 3};

Status run_mel_weight_matrix(Call& c) {
  Value& y = c.out(0);
  int64_t rate;
  TRY(read_size(c, 2, rate));
  const int64_t rows = y.dims[0], bins = y.dims[1], end = rows + 0x7fffffff;
  memset(y.data, 0, count(y) * size_of(y.type));
  for (int64_t b = 0; b < bins; ++b) {
    const int64_t left = point(c, b, bins, end), middle = point(c, b + 1, bins, end),
                  right = point(c, b + 2, bins, end);
    for (int64_t k = left; k < rows && (k < right || k == middle); ++k) {
      const double v = k < middle ? double(k - left) / double(middle - left)
                     : right > middle ? double(right - k) / double(right - middle) : 1;
      put_element(y, size_t(k * bins + b), v);
    }
  }
  return Status::ok;
}

}  // namespace mote
