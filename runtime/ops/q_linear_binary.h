// What QLinearAdd and QLinearMul share.
#pragma once
#include "../op.h"

namespace mote {

Status q_linear_binary_shape(Call& c);
Status q_linear_binary(Call& c, float (*f)(float, float));

}  // namespace mote
