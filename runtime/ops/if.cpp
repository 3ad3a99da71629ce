// If: the outputs of one of two subgraphs. Where the condition is known while planning, the branch stands in
// place of the node.
//   in   cond bool, one element          out  any values, of the chosen branch
//   then_branch, else_branch: graphs without inputs; what they read of the graphs around is captured.
// Errors: bad_type, bad_attribute (number of outputs).            Source: ONNX If-28.
#include "../exec.h"

namespace mote {
namespace {

struct Attrs {
  const Graph* then_branch;
  const Graph* else_branch;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, then_branch), REQUIRED(Attrs, else_branch)};

Status shape(Call& c) {
  TRY(c.want_type(0, types(Type::boolean)));
  const Attrs& a = c.attrs<Attrs>();
  if (a.then_branch->outputs.size < c.n_out)
    return c.bad_attr("then_branch", a.then_branch->outputs.size, int64_t(c.n_out));
  if (a.else_branch->outputs.size < c.n_out)
    return c.bad_attr("else_branch", a.else_branch->outputs.size, int64_t(c.n_out));
  if (concrete(c.in(0)) && count(c.in(0)) != 1)
    return c.fail_in(0, Status::bad_shape, Arg::dims(c.in(0)), "one element");
  return Status::ok;
}

const Graph* choose(Call& c) {
  if (shape(c) != Status::ok || !c.known(0)) return nullptr;
  return *c.in(0).as<uint8_t>() ? c.attrs<Attrs>().then_branch : c.attrs<Attrs>().else_branch;
}

Status begin(Call& c, Frame& f) {
  f.body = choose(c);
  return Status::ok;
}

Status next(Call& c, Frame& f, bool&) {
  for (unsigned i = 0; i < c.n_out; ++i)
    if (c.has_out(i)) TRY(keep(f, result(f, i), c.out(i)));
  return Status::ok;
}

constexpr Control control = {.choose = choose, .begin = begin, .next = next};

}  // namespace
constinit const Op op_if = {.in = {1, 1},
                            .out = {1, many},
                            ATTRS(Attrs, attrs),
                            .shape = shape,
                            .flags = holds,
                            .reads = 1,
                            .control = &control};
}  // namespace mote
