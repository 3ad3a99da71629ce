// Matrix products: what MatMul, Gemm and LSTM share.
#pragma once
#include "activation.h"

namespace mote {

// c [m, n] = a [m, k] * b + bias, clamped. b is plain [k, n], or [n, k] (transposed), or in panels of 8 columns, each [k][8].
struct Product {
  const float* a;
  const float* b;
  float* c;
  size_t m, k, n;
  bool transposed, panels;
  const float* bias;  // [n] or null
  float low, high;
};
Status product_f32(Call& c, const Product& p);

// The same for any other number type, one element at a time: sums in double or in 64-bit integers.
struct AnyMatrix {
  const void* at;
  int64_t row, column;  // strides, elements
};
void product_any(Type type, void* c, AnyMatrix a, AnyMatrix b, size_t m, size_t k, size_t n);

constexpr Types product_types = float_types | types(Type::i32, Type::i64, Type::u32, Type::u64);

}  // namespace mote
