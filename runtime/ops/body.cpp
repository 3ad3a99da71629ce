#include "body.h"

namespace mote {

void carry_first(Call& c, Frame& f, const Carried& s) {
  for (unsigned i = 0; i < s.n; ++i) f.inputs[s.first + i] = c.in(s.from + i);
}

// All copies before the first drop: a body may hand its inputs through.
Status carry_on(Call& c, Frame& f, Carried& s, unsigned result_from) {
  auto* fresh = static_cast<Value*>(heap_alloc(f, s.n * sizeof(Value)));
  if (!fresh) return c.no_memory(s.n * sizeof(Value));
  for (unsigned i = 0; i < s.n; ++i) TRY(keep(f, result(f, result_from + i), fresh[i]));
  for (unsigned i = 0; i < s.n; ++i) {
    if (s.owned) drop(f, f.inputs[s.first + i]);
    f.inputs[s.first + i] = fresh[i];
  }
  heap_free(f, fresh);
  s.owned = true;
  return Status::ok;
}

Status carry_out(Call& c, Frame& f, const Carried& s) {
  for (unsigned i = 0; i < s.n; ++i) {
    Value& v = f.inputs[s.first + i];
    if (!c.has_out(i)) {
      if (s.owned) drop(f, v);
    } else if (s.owned) {
      c.out(i) = v;
    } else {
      TRY(keep(f, c.in(s.from + i), c.out(i)));
    }
  }
  return Status::ok;
}

Value described(const Graph& body, unsigned i) {
  const Port& port = body.outputs[i];
  Value v = port.value.type != Type::none ? port.value : *port.def;
  if (v.type == Type::none) v.type = Type::f32;
  v.rank = max(v.rank, int8_t(0));
  for (int64_t& d : v.dims) d = max(d, int64_t(0));
  v.data = nullptr;
  v.bytes = 0;
  return v;
}

}  // namespace mote
