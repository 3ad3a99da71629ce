// Scan: runs its body over the slices of tensors.
//   in   initial states [N] (any shape and type), then M = num_scan_inputs tensors, each of T slices along
//        its axis
//   out  final states [N], then K tensors: of every step one slice, stacked along a new axis
//   body (state..., slice...) -> (state..., slice...), N + M inputs and N + K outputs
//   scan_input_axes, scan_output_axes ints = 0: in [-n, n) of the tensor with the axis
//   scan_input_directions, scan_output_directions ints = 0: 1 walks, or writes, from the last slice to the
//     first
// Errors: bad_arity of the body, bad_attribute, bad_axis, bad_rank, bad_shape (slices differ), bad_kind.
//   Source: ONNX Scan-25.
#include "body.h"
#include "sequence.h"

namespace mote { namespace {

struct Attrs {
  const Graph* body;
  int64_t num_scan_inputs;
  Span<const int64_t> scan_input_axes, scan_input_directions, scan_output_axes, scan_output_directions;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, body),         REQUIRED(Attrs, num_scan_inputs),
                          ATTR(Attrs, scan_input_axes),  ATTR(Attrs, scan_input_directions),
                          ATTR(Attrs, scan_output_axes), ATTR(Attrs, scan_output_directions)};

struct State {
  int64_t step, steps;
  Carried carried;
  unsigned inputs, outputs;  // M, K
};

int64_t at(Span<const int64_t> list, unsigned i) { return i < list.size ? list[i] : 0; }

Status check_list(Call& c, const char* name, Span<const int64_t> list, int64_t n, bool flags) {
  if (list && list.size != n) return c.bad_attr(name, list.size, "one number for each");
  for (const int64_t v : list)
    if (flags && v != 0 && v != 1) return c.bad_attr(name, v, "0 or 1");
  return Status::ok;
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Graph& body = *a.body;
  if (a.num_scan_inputs < 1 || a.num_scan_inputs > c.n_in)
    return c.bad_attr("num_scan_inputs", a.num_scan_inputs, "1 to the number of inputs");
  const unsigned m = unsigned(a.num_scan_inputs), n = c.n_in - m;
  if (body.inputs.size != c.n_in)
    return c.fail(Status::bad_arity, body.inputs.size, "inputs of its body", int64_t(c.n_in));
  if (body.outputs.size < n || body.outputs.size < c.n_out)
    return c.fail(Status::bad_arity, body.outputs.size, "outputs of its body", int64_t(max(n, c.n_out)));
  const unsigned k = body.outputs.size - n;
  TRY(check_list(c, "scan_input_axes", a.scan_input_axes, m, false));
  TRY(check_list(c, "scan_input_directions", a.scan_input_directions, m, true));
  TRY(check_list(c, "scan_output_axes", a.scan_output_axes, k, false));
  TRY(check_list(c, "scan_output_directions", a.scan_output_directions, k, true));
  int64_t steps = -1;
  for (unsigned i = 0; i < c.n_in; ++i) {
    if (!c.has_in(i)) return c.fail(Status::missing_input, i);
    TRY(want_kind(c, i, Kind::tensor));
    if (i < n || !known_rank(c.in(i))) continue;
    int axis;
    TRY(c.want_min_rank(i, 1));
    TRY(normalize_axis(c, at(a.scan_input_axes, i - n), c.in(i).rank, axis));
    TRY(c.want_dim(i, axis, steps));
    if (c.in(i).dims[axis] >= 0) steps = c.in(i).dims[axis];
  }
  return Status::ok;
}

// Slice number `index` along the axis: where it is, from x [outer, d, inner] or to it.
struct Slices {
  size_t outer, inner, d;  // inner in bytes
  size_t at(size_t o, size_t index) const { return (o * d + index) * inner; }
};
Slices slices_of(const Value& x, int axis) {
  return {product(x, 0, axis), product(x, axis + 1, x.rank) * size_of(x.type), size_t(x.dims[axis])};
}

// The slices of one step as inputs of the body. They stay in place where they are in one piece.
Status bind_step(Call& c, Frame& f, const State& s) {
  const Attrs& a = c.attrs<Attrs>();
  for (unsigned i = 0; i < s.inputs; ++i) {
    Value& x = *c.ins[s.carried.n + i];
    Value& v = f.inputs[s.carried.n + i];
    int axis;
    TRY(normalize_axis(c, at(a.scan_input_axes, i), x.rank, axis));
    const size_t index = size_t(at(a.scan_input_directions, i) ? s.steps - 1 - s.step : s.step);
    const Slices slices = slices_of(x, axis);
    if (!s.step) {
      v = x;
      v.data = nullptr;
      --v.rank;
      for (int k = axis; k < v.rank; ++k) v.dims[k] = x.dims[k + 1];
      v.bytes = slices.outer * slices.inner;
      if (axis) TRY(make_tensor(c, f, v));
    }
    if (!axis) v.data = x.as<char>() + slices.at(0, index);
    else if (slices.inner)
      for (size_t o = 0; o < slices.outer; ++o)
        memcpy(v.as<char>() + o * slices.inner, x.as<char>() + slices.at(o, index), slices.inner);
  }
  return Status::ok;
}

// Memory for output k of the body's scans, whose slices look like v.
Status make_output(Call& c, Frame& f, const State& s, unsigned k, const Value& v) {
  if (v.kind != Kind::tensor || v.rank >= max_rank)
    return c.fail(Status::unsupported, "a scan output that is no tensor of rank below 8");
  int axis;
  TRY(normalize_axis(c, at(c.attrs<Attrs>().scan_output_axes, k), v.rank + 1, axis));
  Value y = v;
  ++y.rank;
  for (int i = axis; i < v.rank; ++i) y.dims[i + 1] = v.dims[i];
  y.dims[axis] = s.steps;
  TRY(make_tensor(c, f, y));
  c.out(s.carried.n + k) = y;
  return Status::ok;
}

Status begin(Call& c, Frame& f) {
  auto& s = *static_cast<State*>(f.state);
  const Attrs& a = c.attrs<Attrs>();
  s.inputs = unsigned(a.num_scan_inputs);
  s.carried = {0, 0, c.n_in - s.inputs, false};
  s.outputs = c.n_out > s.carried.n ? c.n_out - s.carried.n : 0;
  const Value& first = c.in(s.carried.n);
  int axis;
  TRY(normalize_axis(c, at(a.scan_input_axes, 0), first.rank, axis));
  s.steps = first.dims[axis];
  carry_first(c, f, s.carried);
  if (!s.steps) {
    for (unsigned k = 0; k < s.outputs; ++k)
      if (c.has_out(s.carried.n + k)) TRY(make_output(c, f, s, k, described(*a.body, s.carried.n + k)));
    return carry_out(c, f, s.carried);
  }
  TRY(bind_step(c, f, s));
  f.body = a.body;
  return Status::ok;
}

Status next(Call& c, Frame& f, bool& again) {
  auto& s = *static_cast<State*>(f.state);
  const Attrs& a = c.attrs<Attrs>();
  for (unsigned k = 0; k < s.outputs; ++k) {
    if (!c.has_out(s.carried.n + k)) continue;
    const Value& v = result(f, s.carried.n + k);
    if (!s.step) TRY(make_output(c, f, s, k, v));
    Value& y = c.out(s.carried.n + k);
    int axis;
    TRY(normalize_axis(c, at(a.scan_output_axes, k), y.rank, axis));
    bool same = v.kind == Kind::tensor && v.type == y.type && v.rank + 1 == y.rank;
    for (int i = 0; i < v.rank && same; ++i) same = v.dims[i] == y.dims[i + (i >= axis)];
    if (!same) return c.fail(Status::bad_shape, Arg::dims(v), "the shape of the step before");
    const Slices slices = slices_of(y, axis);
    const size_t index = size_t(at(a.scan_output_directions, k) ? s.steps - 1 - s.step : s.step);
    for (size_t o = 0; o < slices.outer && slices.inner; ++o)
      memcpy(y.as<char>() + slices.at(o, index), v.as<char>() + o * slices.inner, slices.inner);
  }
  TRY(carry_on(c, f, s.carried, 0));
  again = ++s.step < s.steps;
  if (again) return bind_step(c, f, s);
  for (unsigned i = 0; i < s.inputs; ++i) {
    int axis;
    TRY(normalize_axis(c, at(a.scan_input_axes, i), c.in(s.carried.n + i).rank, axis));
    if (axis) heap_free(f, f.inputs[s.carried.n + i].data);
  }
  return carry_out(c, f, s.carried);
}

constexpr Control control = {.begin = begin, .next = next, .state_bytes = sizeof(State)};

}  // namespace
constinit const Op op_scan = {.in = {1, many},
                              .out = {1, many},
                              ATTRS(Attrs, attrs),
                              .shape = shape,
                              .flags = holds,
                              .control = &control};
}  // namespace mote
