// Elementwise operators of two and more operands with broadcasting: what Add, Max, And, Equal, Mod, Sum and
// their like share. An operation is a record of loops. f32 has a SIMD loop; every other type is loaded in
// blocks of `block` elements as double, int64 or uint64 (element.h), computed there and stored to the
// output's type.
//
// In place: y may lie on a or on b, because a block is read before the same block is written and rows are
// walked in order. An operand that shares the output's memory but has elements of another size or count is
// copied first.
#pragma once
#include "../op.h"
#include "../simd.h"

namespace mote {

// Elements of one call of a row loop, about 10 µs: engines tier up between calls, never inside one.
constexpr size_t row_chunk = 16384;

// Dense rows of 8-byte elements; y may be a or b. false: an integer division by zero.
using Loop = bool (*)(void* y, const void* a, const void* b, size_t n);

struct Binary {
  // y[i] = a[i * a_step] op b[i * b_step]; steps are 0 or 1. Null: f32 goes through `reals`.
  void (*f32)(float* y, const float* a, size_t a_step, const float* b, size_t b_step, size_t n) = nullptr;
  // The same of a comparison, to bool. Null: through `reals`.
  void (*compare)(uint8_t* y, const float* a, size_t a_step, const float* b, size_t b_step,
                  size_t n) = nullptr;
  Loop reals = nullptr;       // double: a float type takes part
  Loop ints = nullptr;        // int64, wrapping: integers, bool
  Loop unsigned64 = nullptr;  // uint64, where the top bit matters; null: `ints` does
};

extern const Binary binary_add, binary_sub, binary_mul, binary_div, binary_max;
extern const Binary binary_greater_or_equal, binary_less, binary_and, binary_or, binary_xor;

// Operands 0 and 1 of one type of `set`, output 0 of their broadcast shape and of type `out` (Type::none:
// theirs).
Status binary_shape(Call& c, Types set, Type out = Type::none);
// y = a op b; a and b broadcast to y's shape. Inputs and output of the call need not be those of the
// operation.
Status binary_apply(Call& c, const Binary& op, Value& y, const Value& a, const Value& b);
inline Status binary_run(Call& c, const Binary& op) {
  return binary_apply(c, op, c.out(0), c.in(0), c.in(1));
}
// Any number of operands of one type of `set`: y = x0 op x1 op x2 ...; of one operand it is x0.
Status variadic_shape(Call& c, Types set);
Status variadic_run(Call& c, const Binary& op);
// `v`, or a copy of it in scratch where y will be written over it.
Status unshare(Call& c, const Value& y, Value& v);

// ---- loops of a functor F with operator() on f32x4, double, int64_t and uint64_t

// A scalar operand is a vector that is read again and again: one loop for all row patterns.
template <class F> [[gnu::noinline]]
void f32_row(float* y, const float* a, size_t a_step, const float* b, size_t b_step, size_t n) {
  const float a4[4] = {*a, *a, *a, *a}, b4[4] = {*b, *b, *b, *b};
  if (!a_step) a = a4;
  if (!b_step) b = b4;
  const size_t a_next = a_step * 4, b_next = b_step * 4;
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const f32x4 y0 = F{}(load4(a), load4(b));
    const f32x4 y1 = F{}(load4(a + a_next), load4(b + b_next));
    store4(y + i, y0);
    store4(y + i + 4, y1);
    a += a_next * 2;
    b += b_next * 2;
  }
  for (; i < n; ++i, a += a_step, b += b_step) y[i] = F{}(splat4(*a), splat4(*b))[0];
}

// F gives masks.
template <class F> [[gnu::noinline]]
void compare_row(uint8_t* y, const float* a, size_t a_step, const float* b, size_t b_step, size_t n) {
  const float a4[4] = {*a, *a, *a, *a}, b4[4] = {*b, *b, *b, *b};
  if (!a_step) a = a4;
  if (!b_step) b = b4;
  const size_t a_next = a_step * 4, b_next = b_step * 4;
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    i32x4 m[4];
    for (i32x4& mask : m) {
      mask = F{}(load4(a), load4(b));
      a += a_next;
      b += b_next;
    }
    const i8x16 bytes = low_bytes(m[0], m[1], m[2], m[3]) & 1;
    memcpy(y + i, &bytes, 16);
  }
  for (; i < n; ++i, a += a_step, b += b_step) y[i] = F{}(*a, *b) != 0;
}

template <class F, class T> bool dense_loop(void* y, const void* a, const void* b, size_t n) {
  for (size_t i = 0; i < n; ++i)
    static_cast<T*>(y)[i] = F{}(static_cast<const T*>(a)[i], static_cast<const T*>(b)[i]);
  return true;
}

}  // namespace mote
