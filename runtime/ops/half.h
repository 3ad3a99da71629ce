// Operators on floats of 16 bits that have a fast way for f32.
#pragma once
#include "../op.h"

namespace mote {

// Runs `run` on f32 copies of the inputs of f16 and bf16, in scratch; outputs of these types are rounded at
// the end, once.
Status through_f32(Call& c, Run run);

}  // namespace mote
