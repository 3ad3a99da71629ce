// Products of 8-bit integers as floats: what DynamicQuantizeMatMul and MatMulIntegerToFloat share.
#pragma once
#include "quantize.h"

namespace mote {

// y = (a - a_zero) (b - b_zero) a_scale b_scale + bias [n] (or null), of the product q.seek(t) was called
// for.
Status float_of_ints(Call& c, const Batches& q, size_t t, const WideMatrix& a, const WideMatrix& b,
                     const Value& a_scale, const Value& b_scale, const Value* bias);

}  // namespace mote
