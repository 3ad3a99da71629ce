// What operators share: errors about their node, checks, output shapes, memory.
#include "op.h"
#include "arena.h"
#include "element.h"
#include "heap.h"

namespace mote {

// ---- errors

Status Call::fail(Status code, Arg a, Arg b, Arg c) const {
  const Text tensor = out_names && n_out ? out_names[0] : Text();
  return report(*env.error, code, op_name, node_name, tensor, a, b, c);
}

Status Call::fail_in(unsigned i, Status code, Arg a, Arg b, Arg c) const {
  if (in_names && i < n_in && in_names[i].size)
    return report(*env.error, code, op_name, node_name, in_names[i], a, b, c);
  char name[24];
  Writer w{name, sizeof name};
  w.put("input ");
  w.put(int64_t(i));
  return report(*env.error, code, op_name, node_name, Text(name, w.size), a, b, c);
}

Status Call::bad_attr(const char* name, Arg got, Arg expected) const {
  if (got.print == Arg::text && !reinterpret_cast<const Text*>(uintptr_t(got.n))->size) got = "nothing";
  return fail(Status::bad_attribute, name, got, expected);
}

// ---- checks

Status Call::want_type(unsigned i, Types set) const {
  if (!has_in(i) || has(set, in(i).type)) return Status::ok;
  return fail_in(i, Status::bad_type, in(i).type, Arg::set(set));
}

Status Call::want_same_type(unsigned i, unsigned j) const {
  return has_in(j) ? want_type(i, types(in(j).type)) : Status::ok;
}

Status Call::want_rank(unsigned i, int rank) const {
  if (!has_in(i) || !known_rank(in(i)) || in(i).rank == rank) return Status::ok;
  return fail_in(i, Status::bad_rank, in(i).rank, rank);
}

Status Call::want_min_rank(unsigned i, int rank) const {
  if (!has_in(i) || !known_rank(in(i)) || in(i).rank >= rank) return Status::ok;
  char text[40];
  Writer w{text, sizeof text};
  w.put("at least ");
  w.put(int64_t(rank));
  return fail_in(i, Status::bad_rank, in(i).rank, Text(text, w.size));
}

Status Call::want_dim(unsigned i, int axis, int64_t dim) const {
  if (!has_in(i) || !known_rank(in(i))) return Status::ok;
  TRY(want_min_rank(i, axis + 1));
  if (in(i).dims[axis] < 0 || dim < 0 || in(i).dims[axis] == dim) return Status::ok;
  char text[64];
  Writer w{text, sizeof text};
  w.put(dim);
  w.put(" at axis ");
  w.put(int64_t(axis));
  return fail_in(i, Status::bad_shape, Arg::dims(in(i)), Text(text, w.size));
}

// ---- outputs

void Call::like(unsigned o, const Value& v) {
  if (!has_out(o)) return;
  Value& to = out(o);
  to.type = v.type;
  to.kind = v.kind;
  to.rank = v.rank;
  memcpy(to.dims, v.dims, sizeof to.dims);
}

void Call::set(unsigned o, Type type, int rank) {
  if (!has_out(o)) return;
  Value& to = out(o);
  to.type = type;
  to.kind = Kind::tensor;
  to.rank = int8_t(rank);
  for (int i = 0; i < rank; ++i) to.dims[i] = fresh();
}

Status Call::set_dims(unsigned o, Type type, const int64_t* dims, int rank) {
  if (rank > max_rank) return fail(Status::rank_limit, rank, max_rank);
  if (!has_out(o)) return Status::ok;
  Value& to = out(o);
  to.type = type;
  to.kind = Kind::tensor;
  to.rank = int8_t(rank);
  for (int i = 0; i < rank; ++i) to.dims[i] = dims[i];
  return Status::ok;
}

// Of a symbol and a number above 1 the number is the answer: the symbol can only stand for 1 or for that
// number.
Status Call::broadcast(unsigned o, Type type, unsigned first, unsigned n) {
  Value all;
  all.rank = 0;
  for (unsigned k = first; k < first + n; ++k) {
    if (!has_in(k)) continue;
    const Value& v = in(k);
    if (!known_rank(v)) return set(o, type), Status::ok;
    for (; all.rank < v.rank; ++all.rank) {
      for (int i = all.rank; i > 0; --i) all.dims[i] = all.dims[i - 1];
      all.dims[0] = 1;
    }
    for (int i = 0; i < v.rank; ++i) {
      int64_t& a = all.dims[all.rank - v.rank + i];
      const int64_t b = v.dims[i];
      if (a == b || b == 1) continue;
      if (a == 1 || (a < 0 && b >= 0)) a = b;
      else if (b >= 0) return fail(Status::not_broadcastable, Arg::dims(all), Arg::dims(v));
      else if (a < 0) a = fresh();
    }
  }
  return set_dims(o, type, all.dims, all.rank);
}

// ---- memory

void* Call::scratch(size_t bytes) { return env.scratch->take(bytes ? bytes : 1, 64); }
char* Call::string_bytes(size_t bytes) { return static_cast<char*>(env.strings->take(bytes ? bytes : 1, 1)); }

Status Call::give(unsigned o, const int64_t* dims, int rank) const {
  if (!has_out(o) || out(o).data) return Status::ok;
  Value& v = out(o);
  v.rank = int8_t(rank);
  uint64_t n = size_of(v.type);
  bool fits = true;
  for (int i = 0; i < rank; ++i) {
    v.dims[i] = dims[i];
    fits &= mul(n, uint64_t(dims[i]), n);
  }
  const size_t bytes = size_t(n);
  if (!fits || bytes != n) return fail(Status::too_large, v.type, Arg::dims(v));
  v.bytes = bytes;
  v.data = env.heap->alloc(bytes);
  return v.data ? Status::ok : no_memory(bytes);
}

// ---- helpers

Status normalize_axis(const Call& c, int64_t axis, int rank, int& out) {
  if (axis < -rank || axis >= rank) return c.fail(Status::bad_axis, axis, -rank, rank);
  out = int(axis < 0 ? axis + rank : axis);
  return Status::ok;
}

Status read_ints(const Call& c, unsigned i, int64_t* out, int capacity, int& n) {
  const Value& v = c.in(i);
  TRY(c.want_type(i, int_types));
  if (v.rank < 0 || v.rank > 1) return c.fail_in(i, Status::bad_rank, v.rank, 1);
  const size_t size = count(v);
  if (size > size_t(capacity)) return c.fail_in(i, Status::bad_shape, Arg::dims(v), "fewer elements");
  for (size_t k = 0; k < size; ++k) out[k] = load_int(v.type, v.data, k);
  n = int(size);
  return Status::ok;
}

namespace {
Status dim_overflow(const Call& c) { return c.fail(Status::too_large, "a dimension", "more than 2^63 - 1"); }
}

Status dim_add(Call& c, int64_t a, int64_t b, int64_t& out) {
  if (a >= 0 && b >= 0) return add(a, b, out) ? Status::ok : dim_overflow(c);
  out = a == 0 ? b : b == 0 ? a : c.fresh();
  return Status::ok;
}

Status dim_mul(Call& c, int64_t a, int64_t b, int64_t& out) {
  if (a >= 0 && b >= 0) return mul(a, b, out) ? Status::ok : dim_overflow(c);
  out = a == 0 || b == 0 ? 0 : a == 1 ? b : b == 1 ? a : c.fresh();
  return Status::ok;
}

bool dim_merge(int64_t a, int64_t b, int64_t& out) {
  out = a < 0 ? b : a;
  return a == b || a < 0 || b < 0;
}

}  // namespace mote
