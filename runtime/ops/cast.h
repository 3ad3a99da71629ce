// What Cast and CastLike share.
#pragma once
#include "../op.h"

namespace mote {

constexpr Types cast_types = all_types & ~complex_types;

// How a float of 8 bits and less is rounded (cast.cpp).
struct CastMode {
  int64_t saturate;
  Text round_mode;
};

// Output 0 has the shape of input 0 and type `to`.
Status cast_shape(Call& c, const CastMode& mode, Type to);
// Output 0 is input 0 in output 0's type.
Status cast_run(Call& c, const CastMode& mode);

}  // namespace mote
