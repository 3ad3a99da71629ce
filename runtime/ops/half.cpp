#include "half.h"

#include "../element.h"

namespace mote {

Status through_f32(Call& c, Run run) {
  constexpr unsigned most = 16;
  Value values[2 * most];
  Value* list[2 * most];
  Call wide = c;
  if (c.n_in > most || c.n_out > most)
    return c.fail(Status::unsupported, "more than 16 inputs or outputs of 16-bit floats");
  wide.ins = list;
  wide.outs = list + most;
  for (unsigned i = 0; i < c.n_in + c.n_out; ++i) {
    const bool input = i < c.n_in;
    const unsigned at = input ? i : most + i - c.n_in;
    Value* from = input ? c.ins[i] : c.outs[i - c.n_in];
    list[at] = from;
    if (!from || !has(half_float_types, from->type)) continue;
    const size_t n = count(*from);
    Value& v = values[at] = *from;
    v.type = Type::f32;
    v.data = c.scratch_of<float>(n);
    v.bytes = n * 4;
    if (!v.data) return c.no_memory(n * 4);
    if (input) load_floats(from->type, from->data, 1, n, v.as<float>());
    list[at] = &v;
  }
  TRY(run(wide));
  for (unsigned o = 0; o < c.n_out; ++o)
    if (c.outs[o] && wide.outs[o] != c.outs[o])
      store_floats(c.outs[o]->type, c.outs[o]->data, count(*c.outs[o]), wide.outs[o]->as<float>());
  return Status::ok;
}

}  // namespace mote
