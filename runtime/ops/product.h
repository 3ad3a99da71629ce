// Matrix products: what MatMul, Gemm and ConvTranspose share.
#pragma once
#include "activation.h"

namespace mote {

// c [m, n] = a [m, k] * b + bias, clamped to [low, high]. a is plain, or [k, m] (turned). b is plain [k, n],
// or [n, k] (transposed), or in panels of 8 columns, each [k][8].
struct Product {
  const float* a;
  const float* b;
  float* c;
  size_t m, k, n;
  bool turned = false, transposed = false, panels = false;
  const float* bias = nullptr;  // [n] or null
  float low = -__builtin_inff(), high = __builtin_inff();
  size_t a_row = 0;  // elements from row to row of a plain a; 0: k
  size_t b_row = 0;  // of a b that is not in panels; 0: dense
  size_t c_row = 0;  // of c; 0: n
};
// Scratch that a series of products of the same node shares.
struct Room {
  float* at = nullptr;
  size_t floats = 0;
  Status want(Call& c, size_t n) {
    if (n <= floats) return Status::ok;
    at = c.scratch_of<float>(n);
    floats = at ? n : 0;
    return at ? Status::ok : c.no_memory(n * 4);
  }
};
Status product_f32(Call& c, const Product& p, Room& room);
// The room that products of at most m rows and k terms want: a piece of parallel work cannot ask for more.
size_t product_room(size_t m, size_t k);
// `total` products of one shape on all threads: product(of, t) gives number t.
Status products_f32(Call& c, size_t total, Product (*product)(const void* of, size_t t), const void* of);

// What the matrix kernel takes at a time: rows of k, so that a panel of 8 columns (24 KB) stays in the
// first-level cache, and rows of a, so that their block (96 KB; 256 KB in a product) stays in the second.
// Chosen with tests/bench/kernels.mjs: 512 to 768 rows of k are within 2 %.
constexpr size_t k_most = 768;
constexpr size_t block_floats = 24 * 1024;
constexpr size_t product_block = 64 * 1024;  // the same of product_f32
inline size_t k_block(size_t k) {
  const size_t parts = (k + k_most - 1) / k_most;
  return parts < 2 ? k : (k + parts - 1) / parts;
}
// A multiple of 4.
inline size_t m_block(size_t m, size_t k, size_t floats = block_floats) {
  return min(round_up(m, 4), max<size_t>(4, floats / max<size_t>(k, 1) / 4 * 4));
}

// The same for any other number type: sums in double or in 64-bit integers, rounded once.
struct AnyMatrix {
  const void* at;
  int64_t row, column;  // strides, elements
};
void product_any(Type type, void* c, AnyMatrix a, AnyMatrix b, size_t m, size_t k, size_t n);

// A product whose factors are widened to f32 a tile at a time: of f16, bf16, 8-bit floats, and 8-bit integers
// less their zero points. 256 products are summed in f32 (exactly where they are of integers: below 2^24),
// those sums in double.
struct WideMatrix {
  Type type;
  AnyMatrix m;
  const Value* zero = nullptr;  // of rows of a, of columns of b; the first at zero_at, zero_step apart
  size_t zero_at = 0, zero_step = 0;
};
// Takes n finished sums of row i from column j on.
using StoreSums = void (*)(const void* to, size_t i, size_t j, const double* sums, size_t n);
Status product_wide(Call& c, const WideMatrix& a, const WideMatrix& b, size_t m, size_t k, size_t n,
                    StoreSums store, const void* to);
// The same into a dense matrix of any type; integers wrap.
struct Dense {
  Type type;
  void* at;
  size_t row;  // elements
};
void store_dense(const void* dense, size_t i, size_t j, const double* sums, size_t n);

constexpr Types half_types = types(Type::f16, Type::bf16);

// shape() of a product of in(ia) and in(ib) as numpy.matmul has it.
Status product_shape(Call& c, unsigned ia, unsigned ib, Type type);

// The matrices of a product with concrete shapes: `total` products of a [m, k] and b [k, n]. Where b is one
// matrix for all, a is taken as one tall matrix.
struct Batches {
  size_t m, k, n, total = 1;
  size_t a = 0, b = 0;  // numbers of the matrices of product t, after seek(t)
  Batches(const Value& a, const Value& b);
  void seek(size_t t);

 private:
  int axes = 0;
  int64_t dims[max_rank], a_strides[max_rank], b_strides[max_rank];
};

constexpr Types product_types = float_types | types(Type::i32, Type::i64, Type::u32, Type::u64);

}  // namespace mote
