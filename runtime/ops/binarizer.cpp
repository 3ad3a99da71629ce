// Binarizer: 1 where x > threshold, else 0.
//   in   f32 f64 i64 i32        out  same type and shape
//   threshold float = 0. NaN gives 0.            Source: ai.onnx.ml Binarizer-1.
#include "ml.h"

namespace mote { namespace {

struct Attrs { float threshold; };
constexpr Attr attrs[] = {ATTR(Attrs, threshold, 0.0f)};

Status shape(Call& c) {
  TRY(c.want_type(0, ml_types));
  return c.like(0, c.in(0)), Status::ok;
}

}  // namespace
constinit const Op op_binarizer = {ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};

Status run_binarizer(Call& c) {
  const Value& x = c.in(0);
  for (size_t i = 0; i < count(x); ++i) {
    const double y = load_real(x.type, x.data, i) > double(c.attrs<Attrs>().threshold);
    store_reals(x.type, c.out(0).as<char>() + i * size_of(x.type), 1, 1, &y);
  }
  return Status::ok;
}

}  // namespace mote
