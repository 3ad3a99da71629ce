// What the windows share: y[i] = a - b cos(2 pi i / n) + c cos(4 pi i / n), n = size, or size - 1 where it is
// not periodic.
//   in   size scalar or [1]  i32 i64        out  y [size], type `output_datatype`: a float or an integer
//   periodic int = 1
//   output_datatype int = 1 (float32)
// Integers are cut towards zero from f32. A symmetric window of one element is NaN (0 / 0), as the operator's
// function has it.
#pragma once
#include "../op.h"

namespace mote {

struct WindowAttrs { int64_t output_datatype, periodic; };
extern const Attr window_attrs[2];
Status window_shape(Call& c);
Status window_run(Call& c, double a, double b, double cc);
constexpr Op window_op = {ATTRS(WindowAttrs, window_attrs), .shape = window_shape, .reads = 1};

}  // namespace mote
