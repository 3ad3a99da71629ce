// Loop: runs its body while a count and a condition last.
//   in   M int64 [] (absent: no limit), cond bool [] (absent: true), v_initial... any values
//   out  v_final..., then the scan outputs: of every step one slice, stacked along a new first axis
//   body (iteration int64 [], condition bool [], v...) -> (condition, v..., scan...)
// Errors: missing_input, bad_arity of the body, bad_shape where a scan output changes its shape.
//   Source: ONNX Loop-28.
#include "body.h"

namespace mote {
namespace {

struct Attrs { const Graph* body; };
constexpr Attr attrs[] = {REQUIRED(Attrs, body)};

struct Scan {
  Value value;        // what has been gathered, [steps, ...]
  uint64_t capacity;  // bytes at value.data
};

struct State {
  int64_t step, limit;
  uint8_t condition;
  Carried carried;
  unsigned scans;
  Scan* scan;
};

Status shape(Call& c) {
  TRY(c.want_type(0, types(Type::i64)));
  TRY(c.want_type(1, types(Type::boolean)));
  for (unsigned i = 2; i < c.n_in; ++i)
    if (!c.has_in(i)) return c.fail(Status::missing_input, i);
  const Graph& body = *c.attrs<Attrs>().body;
  if (body.inputs.size != c.n_in)
    return c.fail(Status::bad_arity, body.inputs.size, "inputs of its body", int64_t(c.n_in));
  if (body.outputs.size + 1 < c.n_in || body.outputs.size - 1 < c.n_out)
    return c.fail(Status::bad_arity, body.outputs.size, "outputs of its body",
                  int64_t(max(c.n_in - 1, c.n_out + 1)));
  for (unsigned i = 0; i < 2; ++i)
    if (c.has_in(i) && concrete(c.in(i)) && count(c.in(i)) != 1)
      return c.fail_in(i, Status::bad_shape, Arg::dims(c.in(i)), "one element");
  return Status::ok;
}

Value scalar(Type type, void* data, size_t bytes) {
  Value v;
  v.type = type;
  v.rank = 0;
  v.data = data;
  v.bytes = bytes;
  return v;
}

// The results after the last step.
Status finish(Call& c, Frame& f, State& s, const Graph& body) {
  TRY(carry_out(c, f, s.carried));
  for (unsigned i = 0; i < s.scans; ++i) {
    Scan& scan = s.scan[i];
    if (!scan.value.data) {  // no step: empty, as far as the body says of what
      const Value one = described(body, 1 + s.carried.n + i);
      scan.value.type = one.type;
      scan.value.rank = int8_t(min(one.rank + 1, max_rank));
      for (int k = 1; k < scan.value.rank; ++k) scan.value.dims[k] = one.dims[k - 1];
      scan.value.data = heap_alloc(f, 0);
      if (!scan.value.data) return c.no_memory(0);
    }
    if (c.has_out(s.carried.n + i)) c.out(s.carried.n + i) = scan.value;
    else heap_free(f, scan.value.data);
  }
  heap_free(f, s.scan);
  return Status::ok;
}

Status begin(Call& c, Frame& f) {
  auto& s = *static_cast<State*>(f.state);
  const Graph& body = *c.attrs<Attrs>().body;
  s.limit = c.has_in(0) ? *c.in(0).as<int64_t>() : int64_max;
  s.condition = c.has_in(1) ? *c.in(1).as<uint8_t>() != 0 : 1;
  s.carried = {2, 2, c.n_in > 2 ? c.n_in - 2 : 0, false};
  s.scans = body.outputs.size - 1 - s.carried.n;
  s.scan = static_cast<Scan*>(heap_alloc(f, s.scans * sizeof(Scan)));
  if (!s.scan) return c.no_memory(s.scans * sizeof(Scan));
  for (unsigned i = 0; i < s.scans; ++i) new (Place{&s.scan[i]}) Scan{};
  carry_first(c, f, s.carried);
  if (s.limit <= 0 || !s.condition) return finish(c, f, s, body);
  f.inputs[0] = scalar(Type::i64, &s.step, 8);
  f.inputs[1] = scalar(Type::boolean, &s.condition, 1);
  f.body = &body;
  return Status::ok;
}

Status gather(Call& c, Frame& f, Scan& scan, const Value& v) {
  if (v.kind != Kind::tensor || v.rank == max_rank)
    return c.fail(Status::unsupported, "a scan output that is no tensor of rank below 8");
  Value& all = scan.value;
  if (!all.data) {
    all = v;
    all.rank = int8_t(v.rank + 1);
    all.dims[0] = 0;
    for (int i = 0; i < v.rank; ++i) all.dims[i + 1] = v.dims[i];
    all.data = nullptr;
    all.bytes = 0;
  }
  bool same = all.rank == v.rank + 1 && all.type == v.type;
  for (int i = 0; i < v.rank && same; ++i) same = all.dims[i + 1] == v.dims[i];
  if (!same) return c.fail(Status::bad_shape, Arg::dims(v), "the shape of the step before");
  if (!all.data || all.bytes + v.bytes > scan.capacity) {
    const uint64_t room = max(all.bytes * 2, v.bytes * 4);
    void* p = room == size_t(room) ? heap_alloc(f, size_t(room)) : nullptr;
    if (!p) return c.no_memory(size_t(room));
    if (all.bytes) memcpy(p, all.data, size_t(all.bytes));
    heap_free(f, all.data);
    all.data = p;
    scan.capacity = room;
  }
  memcpy(all.as<char>() + size_t(all.bytes), v.data, size_t(v.bytes));
  all.bytes += v.bytes;
  ++all.dims[0];
  return Status::ok;
}

Status next(Call& c, Frame& f, bool& again) {
  auto& s = *static_cast<State*>(f.state);
  const Value& condition = result(f, 0);
  if (condition.type != Type::boolean || !condition.bytes)
    return c.fail(Status::unsupported, "a body whose first output is no condition");
  for (unsigned i = 0; i < s.scans; ++i) TRY(gather(c, f, s.scan[i], result(f, 1 + s.carried.n + i)));
  const bool go_on = *condition.as<uint8_t>();
  TRY(carry_on(c, f, s.carried, 1));
  s.condition = go_on;
  again = ++s.step < s.limit && go_on;
  return again ? Status::ok : finish(c, f, s, *f.body);
}

constexpr Control control = {.begin = begin, .next = next, .state_bytes = sizeof(State)};

}  // namespace
constinit const Op op_loop = {.in = {0, many},
                              .out = {1, many},
                              ATTRS(Attrs, attrs),
                              .shape = shape,
                              .flags = holds,
                              .control = &control};
}  // namespace mote
