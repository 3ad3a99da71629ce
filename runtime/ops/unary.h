// Functions of one operand, element by element: what Exp, Tanh, Relu and their like share. f32 goes to a kernel of vectors,
// every other type in blocks through double, int64 or f32 (element.h). All may run in place: a block is read before it is written.
#pragma once
#include "../element.h"
#include "../kernels.h"
#include "../op.h"

namespace mote {

// Output 0 has the type, one of `set`, and the shape of input 0.
Status unary_shape(Call& c, Types set);

// y = f(x) of a float type: f32 by the kernel; f16 and bf16 by it too, rounded again; f64 by `f64`.
void unary_run(Call& c, unary_f32_fn* f32, double (*f64)(double));

// Most elements that a kernel is given in one call: an engine tiers code up between calls, not inside one.
constexpr size_t part = 16384;

// y = f(x) where both are loaded and stored as doubles, `block` at a time; their types may differ.
template <class F> [[gnu::noinline]] void through_reals(Value& y, const Value& x, F f) {
  const size_t n = count(x);
  double t[block];
  for (size_t i = 0; i < n; i += block) {
    const size_t m = min(n - i, block);
    load_reals(x.type, x.as<char>() + i * size_of(x.type), 1, m, t);
    for (size_t k = 0; k < m; ++k) t[k] = f(t[k]);
    store_reals(y.type, y.as<char>() + i * size_of(y.type), 1, m, t);
  }
}

// The same through int64; uint64 keeps its bits.
template <class F> [[gnu::noinline]] void through_ints(Value& y, const Value& x, F f) {
  const size_t n = count(x);
  int64_t t[block];
  for (size_t i = 0; i < n; i += block) {
    const size_t m = min(n - i, block);
    load_ints(x.type, x.as<char>() + i * size_of(x.type), 1, m, t);
    for (size_t k = 0; k < m; ++k) t[k] = f(t[k]);
    store_ints(y.type, y.as<char>() + i * size_of(y.type), 1, m, t);
  }
}

}  // namespace mote
