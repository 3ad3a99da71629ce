#include "sequence.h"

#include "../element.h"

namespace mote {

Status want_kind(const Call& c, unsigned i, Kind kind) {
  static const char* const names[] = {"tensor", "sequence", "map", "absent optional"};
  if (!c.has_in(i) || c.in(i).kind == kind) return Status::ok;
  return c.fail_in(i, Status::bad_kind, names[unsigned(c.in(i).kind) & 3], names[unsigned(kind)]);
}

Status want_one(const Call& c, unsigned i) {
  if (!c.has_in(i) || !concrete(c.in(i)) || count(c.in(i)) == 1) return Status::ok;
  return c.fail_in(i, Status::bad_shape, Arg::dims(c.in(i)), "one element");
}

Status read_position(const Call& c, unsigned i, int64_t n, int64_t last, size_t& at) {
  const int64_t p = load_int(c.in(i).type, c.in(i).data, 0);
  if (p < -n || p > last) return c.fail(Status::index_range, p, -n, last + 1);
  at = size_t(p < 0 ? p + n : p);
  return Status::ok;
}

void set_sequence(Call& c, unsigned o, Type type) {
  c.set(o, type);
  if (!c.has_out(o)) return;
  c.out(o).kind = Kind::sequence;
  c.out(o).dims[0] = c.fresh();
}

Status make_sequence(Call& c, Frame& f, unsigned o, Type type, size_t n) {
  Value v;
  v.type = type;
  v.kind = Kind::sequence;
  v.dims[0] = int64_t(n);
  size_t bytes;
  if (!mul(n, sizeof(Value), bytes)) return c.no_memory(n);
  v.bytes = bytes;
  v.data = heap_alloc(f, bytes);
  if (!v.data) return c.no_memory(bytes);
  for (size_t i = 0; i < n; ++i) (new (Place{v.as<Value>() + i}) Value)->kind = Kind::absent;
  c.out(o) = v;
  return Status::ok;
}

Status make_tensor(Call& c, Frame& f, Value& v) {
  if (!set_bytes(v)) return c.fail(Status::too_large, v.type, Arg::dims(v));
  v.data = heap_alloc(f, size_t(v.bytes));
  return v.data ? Status::ok : c.no_memory(size_t(v.bytes));
}

}  // namespace mote
