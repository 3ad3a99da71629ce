// Weights of convolutions in the course of rewriting.
#pragma once
#include "../rewriter.h"

namespace mote::compiler {

// A float32 constant that is one number, or one a channel of a tensor [n, channels, ...] of that rank, as [1]
// or [channels]; null otherwise.
Value* per_channel(Rewriter& r, const Value* v, int64_t channels, int rank);
// weight * scale, scale one number or [channels] along `axis`. What is scaled already is scaled once, by the
// product.
Value* scaled(Rewriter& r, const Node& n, Value* weight, Value* scale, int axis);

}  // namespace mote::compiler
