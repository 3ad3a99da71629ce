// CastLike: y = x in the type of another tensor, of which nothing else matters.
//   in   x     any type but complex      out  y  the type of like, the shape of x
//        like  any type but complex
//   saturate int = 1, round_mode text = "up": as Cast has them (cast.cpp), which says how
// May run in place.
// Errors: bad_type, bad_attribute, bad_value (a string that is no number).            Source: ONNX
//   CastLike-25.
#include "cast.h"

namespace mote {
namespace {

constexpr Attr attrs[] = {ATTR(CastMode, saturate, 1), ATTR(CastMode, round_mode, "up")};

Status shape(Call& c) {
  TRY(c.want_type(1, cast_types));
  return cast_shape(c, c.attrs<CastMode>(), c.in(1).type);
}

}  // namespace

constinit const Op op_cast_like = {.in = {2, 2}, ATTRS(CastMode, attrs), .shape = shape, .flags = inplace};
Status run_cast_like(Call& c) { return cast_run(c, c.attrs<CastMode>()); }

}  // namespace mote
