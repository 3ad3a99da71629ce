// What ScatterElements, ScatterND and GatherElements share: indices of elements, updates that are combined.
#pragma once
#include "move.h"

namespace mote {

enum class Reduction : uint8_t { none, add, mul, max, min };

// bad_attribute where the name is not known; bad_type where `type` cannot be combined so.
Status read_reduction(const Call& c, Text name, Reduction& out);
// to[i] = f(to[i], from[i]) for n dense elements: as numpy does, so that a NaN stays, integers wrap, and add
// and mul of bool are or and and.
void combine(Reduction f, Type type, char* to, const char* from, size_t n);

// shape() of both operators on elements: data and indices of one rank, indices at most as long but along
// `axis`.
Status check_elements(Call& c, int64_t axis);
// For every index: y[index] = f(y[index], x), where `scatter`, or else y = x[index].
Status move_elements(Call& c, int64_t axis, Value& y, const Value& x, bool scatter, Reduction f);

}  // namespace mote
