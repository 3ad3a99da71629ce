// What layer_norm and rms_norm look for.
#pragma once
#include "../rewriter.h"

namespace mote::compiler {

// The last axis alone: the reduction's axes, and it keeps them.
bool reduces_last(const Rewriter& r, const Node& reduce);
// v = d / sqrt(mean(d^2) + epsilon) over the last axis, with the division as Div, Reciprocal or Pow.
bool normalised(const Rewriter& r, const Value* v, Value*& d, float& epsilon);
// v is one number an element of x's last axis, as a dense row: itself, or without its leading ones. Null
// where it is not.
Value* row_of(Rewriter& r, Value* v, const Value* x);

}  // namespace mote::compiler
