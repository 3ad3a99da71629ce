// What operators share that carry values through the runs of a body (Loop, Scan).
#pragma once
#include "../exec.h"

namespace mote {

// The values that a body carries: f.inputs[first, first + n), taken from inputs [from, from + n) of the node.
struct Carried {
  unsigned first, from, n;
  bool owned;  // copies on the heap: not in the first run
};
void carry_first(Call& c, Frame& f, const Carried& carried);
// after a run: its results from `result_from` on
Status carry_on(Call& c, Frame& f, Carried& carried, unsigned result_from);
// into outputs [0, n) of the node
Status carry_out(Call& c, Frame& f, const Carried& carried);

// What output `i` of the body would be, as far as it says: for steps that are never run. Symbols become 0.
Value described(const Graph& body, unsigned i);

}  // namespace mote
