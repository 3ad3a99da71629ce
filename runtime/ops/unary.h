// Functions of one operand, element by element: what Exp, Tanh, Relu and their like share. Most are a
// Function: f32 goes to a kernel of vectors, f16 and bf16 through it, f64 and what has no kernel through
// double, in blocks (element.h). All may run in place: a block is read before it is written.
#pragma once
#include "../element.h"
#include "../kernels.h"
#include "../op.h"

namespace mote {

// f(x) with at most two constants.
struct Function {
  unary_f32_fn* f32;  // null: through f64
  double (*f64)(double x, double a, double b);
};
extern const Function function_elu, function_exp, function_gelu, function_gelu_tanh, function_hard_sigmoid,
    function_hard_swish, function_leaky_relu, function_mish, function_relu, function_sigmoid,
    function_softplus, function_softsign, function_swish, function_tanh, function_thresholded_relu;

// Output 0 has the type, one of `set`, and the shape of input 0.
Status unary_shape(Call& c, Types set);
Status float_shape(Call& c);  // of f32 f64 f16 bf16
constexpr Op float_op = {.shape = float_shape, .flags = inplace};

struct Alpha { float alpha; };  // the attributes of many

// y = f(x): output 0 of input 0, both of one float type.
Status unary_run(Call& c, const Function& f, float a = 0, float b = 0);
// y [n] = f(x [n]); y may be x.
void apply(const Function& f, float* y, const float* x, size_t n, float a = 0, float b = 0);
// t [n] = f(t [n]), n up to `block`: doubles loaded from elements of a float type and to be stored to it.
void apply(const Function& f, Type type, double* t, size_t n, float a = 0, float b = 0);
// y = f(x) where both are loaded and stored as doubles; their types may differ.
void through_reals(Value& y, const Value& x, double (*f)(double x, double a, double b), float a = 0,
                   float b = 0);
// The same through int64; uint64 keeps its bits.
void through_ints(Value& y, const Value& x, int64_t (*f)(int64_t));

// The same of any function object.
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
