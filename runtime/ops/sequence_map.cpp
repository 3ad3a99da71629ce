// SequenceMap: runs its body for every element of a sequence.
//   in   sequence of n values, more inputs: sequences of n (one element a run) or tensors (whole in every
//        run)
//   out  sequences of n: of every run one output of the body
//   body (element, ...) -> (output, ...)
// Errors: bad_arity of the body, bad_kind, bad_value (lengths).            Source: ONNX SequenceMap-17.
#include "sequence.h"

namespace mote { namespace {

struct Attrs { const Graph* body; };
constexpr Attr attrs[] = {REQUIRED(Attrs, body)};
struct State { size_t step; };

Status shape(Call& c) {
  const Graph& body = *c.attrs<Attrs>().body;
  TRY(want_kind(c, 0, Kind::sequence));
  if (body.inputs.size != c.n_in)
    return c.fail(Status::bad_arity, body.inputs.size, "inputs of its body", int64_t(c.n_in));
  if (body.outputs.size < c.n_out)
    return c.fail(Status::bad_arity, body.outputs.size, "outputs of its body", int64_t(c.n_out));
  for (unsigned i = 0; i < c.n_in; ++i) {
    if (!c.has_in(i)) return c.fail(Status::missing_input, i);
    const Value& v = c.in(i);
    if (v.kind != Kind::tensor) TRY(want_kind(c, i, Kind::sequence));
    if (v.kind == Kind::sequence && v.dims[0] >= 0 && c.in(0).dims[0] >= 0 && v.dims[0] != c.in(0).dims[0])
      return c.fail_in(i, Status::bad_value, v.dims[0], c.in(0).dims[0]);
  }
  for (unsigned k = 0; k < c.n_out; ++k) set_sequence(c, k, body.outputs[k].value.type);
  return Status::ok;
}

void bind_step(Call& c, Frame& f, size_t step) {
  for (unsigned i = 0; i < c.n_in; ++i)
    f.inputs[i] = c.in(i).kind == Kind::sequence ? c.in(i).as<Value>()[step] : c.in(i);
}

Status begin(Call& c, Frame& f) {
  const Graph& body = *c.attrs<Attrs>().body;
  for (unsigned k = 0; k < c.n_out; ++k) {
    if (!c.has_out(k)) continue;
    const Port& port = body.outputs[k];
    const Type type = port.value.type != Type::none ? port.value.type : port.def->type;
    TRY(make_sequence(c, f, k, type, size_t(c.in(0).dims[0])));
  }
  if (!c.in(0).dims[0]) return Status::ok;
  bind_step(c, f, 0);
  f.body = &body;
  return Status::ok;
}

Status next(Call& c, Frame& f, bool& again) {
  size_t& step = static_cast<State*>(f.state)->step;
  for (unsigned k = 0; k < c.n_out; ++k) {
    if (!c.has_out(k)) continue;
    const Value& v = result(f, k);
    c.out(k).type = v.type;
    TRY(keep(f, v, c.out(k).as<Value>()[step]));
  }
  again = ++step < size_t(c.in(0).dims[0]);
  if (again) bind_step(c, f, step);
  return Status::ok;
}

constexpr Control control = {.begin = begin, .next = next, .state_bytes = sizeof(State)};

}  // namespace
constinit const Op op_sequence_map = {.in = {1, many},
                                      .out = {1, many},
                                      ATTRS(Attrs, attrs),
                                      .shape = shape,
                                      .flags = holds,
                                      .control = &control};
}  // namespace mote
