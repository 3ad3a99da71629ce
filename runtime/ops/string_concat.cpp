// StringConcat: z = x followed by y, element by element with broadcasting.
//   in   x, y str        out  str
// Errors: bad_type, not_broadcastable, too_large (a string of 4 GB).            Source: ONNX StringConcat-20.
#include "../op.h"
#include "../walk.h"

namespace mote { namespace {

Status shape(Call& c) {
  TRY(c.want_type(0, types(Type::str)));
  TRY(c.want_type(1, types(Type::str)));
  return c.broadcast(0, Type::str, 0, 2);
}

}  // namespace
constinit const Op op_string_concat = {.in = {2, 2}, .shape = shape};

Status run_string_concat(Call& c) {
  Value& z = c.out(0);
  Walk<3> w(z.dims, z.rank);
  if (w.empty) return Status::ok;
  w.broadcast(0, z);
  w.broadcast(1, c.in(0));
  w.broadcast(2, c.in(1));
  w.start();
  do {
    for (int64_t i = 0; i < w.count; ++i) {
      const Text x = c.in(0).as<Text>()[w.at[1] + i * w.step[1]],
                 y = c.in(1).as<Text>()[w.at[2] + i * w.step[2]];
      uint32_t size;
      if (!add(x.size, y.size, size)) return c.fail(Status::too_large, "a string", "4 GB");
      char* to = c.string_bytes(size);
      if (!to) return c.no_memory(size);
      if (x.size) memcpy(to, x.data, x.size);
      if (y.size) memcpy(to + x.size, y.data, y.size);
      z.as<Text>()[w.at[0] + i * w.step[0]] = Text(to, size);
    }
  } while (w.next());
  return Status::ok;
}

}  // namespace mote
