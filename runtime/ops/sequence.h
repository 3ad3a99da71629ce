// What operators on sequences share. Those that give sequences are control operators without a body: what
// begin() makes lies on the values heap.
#pragma once
#include "../exec.h"

namespace mote {

Status want_kind(const Call& c, unsigned i, Kind kind);                      // bad_kind
Status want_one(const Call& c, unsigned i);                                  // one element: bad_shape
// Reads the known integer at input i, a position in [-n, last], counted from n where it is negative:
// index_range.
Status read_position(const Call& c, unsigned i, int64_t n, int64_t last, size_t& at);

void set_sequence(Call& c, unsigned o, Type type);                           // in shape(): of unknown length
Status make_sequence(Call& c, Frame& f, unsigned o, Type type, size_t n);    // in begin(): n absent elements
// memory for v, whose type and shape are set
Status make_tensor(Call& c, Frame& f, Value& v);

}  // namespace mote
