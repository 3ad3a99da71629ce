// BitShift: y = the bits of x moved by n places, elementwise, broadcast both ways.
//   in   x, n  i8 ... i64, u8 ... u64, of one type      out  y  that type, the broadcast shape
//   direction text: "LEFT" or "RIGHT"; to the right a signed x keeps its sign
// Where n is negative or not below the bits of the type nothing but the sign is left: -1 for a negative x to
//   the right, else 0.
// May run in place (binary.h).
// Errors: bad_type, bad_attribute, missing_attribute, not_broadcastable.            Source: ONNX BitShift-28.
#include "binary.h"

namespace mote {
namespace {

struct Attrs { Text direction; };
constexpr Attr attrs[] = {REQUIRED(Attrs, direction)};

// In 64 bits: what leaves a narrower type is dropped as it is stored, and loading has extended its sign.
struct Left {
  uint64_t operator()(uint64_t x, uint64_t n) const { return n < 64 ? x << n : 0; }
};
struct Right {
  template <class T> T operator()(T x, T n) const {
    if (uint64_t(n) < 64) return x >> n;
    return x < 0 ? T(-1) : T(0);
  }
};
constexpr Binary left = {.ints = dense_loop<Left, uint64_t>};
constexpr Binary right = {.ints = dense_loop<Right, int64_t>, .unsigned64 = dense_loop<Right, uint64_t>};

Status shape(Call& c) {
  const Text to = c.attrs<Attrs>().direction;
  if (!(to == "LEFT") && !(to == "RIGHT")) return c.bad_attr("direction", to, "LEFT or RIGHT");
  return binary_shape(c, int_types);
}

}  // namespace

constinit const Op op_bit_shift = {.in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};
Status run_bit_shift(Call& c) { return binary_run(c, c.attrs<Attrs>().direction == "LEFT" ? left : right); }

}  // namespace mote
