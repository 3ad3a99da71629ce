// Where: y = condition ? a : b, elementwise, broadcast among all three.
//   in   condition  bool;  a, b  any of bool, string, floats, integers, complex; of one type
//   out  y  that type
// By moves of bytes. May run in place: every element is read before the same element is written.
// Errors: bad_type, not_broadcastable.            Source: ONNX Where-16.
#include "../walk.h"
#include "binary.h"

namespace mote {
namespace {

constexpr Types where_types = number_types | complex_types | types(Type::boolean, Type::str);

Status shape(Call& c) {
  TRY(c.want_type(0, types(Type::boolean)));
  TRY(c.want_type(1, where_types));
  TRY(c.want_same_type(2, 1));
  return c.broadcast(0, c.in(1).type, 0, 3);
}

struct Row {
  char* y;
  const uint8_t* condition;
  const char *a, *b;
  size_t condition_step, a_step, b_step;  // elements
};

template <class T> [[gnu::noinline]] void choose(const Row& r, size_t n) {
  T* y = reinterpret_cast<T*>(r.y);
  const T *a = reinterpret_cast<const T*>(r.a), *b = reinterpret_cast<const T*>(r.b);
  const uint8_t* condition = r.condition;
  for (size_t i = 0; i < n; ++i, condition += r.condition_step, a += r.a_step, b += r.b_step)
    y[i] = *(*condition ? a : b);  // a choice of addresses needs no branch
}
struct Wide { uint64_t low, high; };

}  // namespace

constinit const Op op_where = {.in = {3, 3}, .shape = shape, .flags = inplace};

Status run_where(Call& c) {
  Value& y = c.out(0);
  Walk<4> w(y.dims, y.rank);
  if (w.empty) return Status::ok;
  Value in[3];
  w.broadcast(0, y);
  for (unsigned k = 0; k < 3; ++k) {
    in[k] = c.in(k);
    TRY(unshare(c, y, in[k]));
    w.broadcast(k + 1, in[k]);
  }
  w.start();
  const size_t size = size_of(y.type);
  do {
    const Row r = {y.as<char>() + size_t(w.at[0]) * size,
                   in[0].as<uint8_t>() + size_t(w.at[1]),
                   in[1].as<char>() + size_t(w.at[2]) * size,
                   in[2].as<char>() + size_t(w.at[3]) * size,
                   size_t(w.step[1]), size_t(w.step[2]), size_t(w.step[3])};
    switch (size) {
      case 1: choose<uint8_t>(r, size_t(w.count)); break;
      case 2: choose<uint16_t>(r, size_t(w.count)); break;
      case 4: choose<uint32_t>(r, size_t(w.count)); break;
      case 8: choose<uint64_t>(r, size_t(w.count)); break;
      default: choose<Wide>(r, size_t(w.count)); break;
    }
  } while (w.next());
  return Status::ok;
}

}  // namespace mote
