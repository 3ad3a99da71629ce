// MatMulNBits: y = a w' + bias, w [n, k] = (b - zero_points) scales, in blocks along k of one scale each.
//   in   a [..., k] f32 f16 bf16, b u8 [n, blocks, block_size bits / 8]: numbers of `bits` bits, low bits
//        first, scales [n, blocks] of a's type, zero_points: u8, packed in the same way to whole bytes a row,
//          or [n, blocks] of a's
//        type; absent: 2^(bits - 1); g_idx i32 [k] or [blocks block_size], optional: the block whose scale
//          and zero point a column
//        has, in place of its own; bias [n] of a's type, optional; scales and zero_points may be flat
//   out  y [..., n]; without b (a dimension of 0) nothing but the bias
//   K, N int; bits int = 4: 2, 4 or 8; block_size int: a power of 2 from 16 on; accuracy_level is a hint, as
//     f32 here
// MatMulBnb4: the same of w as codes of 4 bits that a table gives, FP4 (quant_type 0) or NF4 (1), times
// absmax.
//   in   a; b u8: two codes a byte, the high one first, of all of w [n, k], or [k, n] with transB = 0; absmax
//        of a's type: of each
//        block_size codes of w
// Computed in f32, rounded once.
// Errors: bad_attribute, bad_type, bad_rank, bad_shape, index_range (g_idx), unsupported.       Source:
//   onnxruntime, com.microsoft 1.
#include "../arena.h"
#include "../element.h"
#include "product.h"

namespace mote {
namespace {

struct Attrs {
  int64_t K, N, bits, block_size, accuracy_level, weight_prepacked;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, K),          REQUIRED(Attrs, N),
                          ATTR(Attrs, bits, 4),        REQUIRED(Attrs, block_size),
                          ATTR(Attrs, accuracy_level), ATTR(Attrs, weight_prepacked)};
constexpr Types half_or_float = types(Type::f32) | half_types;

Status want_flat(const Call& c, unsigned i, int64_t n, int64_t blocks) {
  if (!c.has_in(i) || !known_rank(c.in(i)) || !concrete(c.in(i))) return Status::ok;
  return count(c.in(i)) == size_t(n) * size_t(blocks)
             ? Status::ok
             : c.fail_in(i, Status::bad_shape, Arg::dims(c.in(i)), n * blocks);
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &b = c.in(1);
  const int64_t most = 0x7fffffff;
  if (a.K < 1 || a.K > most) return c.bad_attr("K", a.K, "at least 1");
  if (a.N < 1 || a.N > most) return c.bad_attr("N", a.N, "at least 1");
  if (a.bits != 2 && a.bits != 4 && a.bits != 8) return c.bad_attr("bits", a.bits, "2, 4 or 8");
  if (a.block_size < 16 || a.block_size > most || (a.block_size & (a.block_size - 1)))
    return c.bad_attr("block_size", a.block_size, "a power of 2 from 16 on");
  if (a.weight_prepacked) return c.fail(Status::unsupported, "a prepacked weight");
  TRY(c.want_type(0, half_or_float));
  TRY(c.want_type(1, types(Type::u8)));
  TRY(c.want_same_type(2, 0));
  TRY(c.want_type(3, types(Type::u8, x.type)));
  TRY(c.want_same_type(5, 0));
  TRY(c.want_min_rank(0, 1));
  TRY(c.want_rank(1, 3));
  const int64_t blocks = ceil_div(a.K, a.block_size);
  const int64_t want[3] = {a.N, blocks, a.block_size * a.bits / 8};
  bool omitted = false;
  for (int i = 0; known_rank(b) && i < 3; ++i) {
    omitted |= b.dims[i] == 0;
    if (b.dims[i]) TRY(c.want_dim(1, i, want[i]));
  }
  if (!omitted) {
    TRY(want_flat(c, 2, a.N, blocks));
    if (c.has_in(3))
      TRY(want_flat(c, 3, a.N, c.in(3).type == Type::u8 ? ceil_div(blocks * a.bits, 8) : blocks));
  }
  TRY(want_flat(c, 5, a.N, 1));
  TRY(c.want_type(4, types(Type::i32)));
  TRY(c.want_rank(4, 1));
  if (c.has_in(4) && known_rank(c.in(4)) && c.in(4).dims[0] != blocks * a.block_size)
    TRY(c.want_dim(4, 0, a.K));
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  TRY(c.want_dim(0, x.rank - 1, a.K));
  int64_t dims[max_rank];
  for (int i = 0; i < x.rank; ++i) dims[i] = i == x.rank - 1 ? a.N : x.dims[i];
  return c.set_dims(0, x.type, dims, x.rank);
}

// Row j of w [k].
void row_of_bits(const Call& c, size_t j, float* to) {
  const Attrs& a = c.attrs<Attrs>();
  const size_t k = size_t(a.K), size = size_t(a.block_size), blocks = (k + size - 1) / size;
  const unsigned bits = unsigned(a.bits), mask = (1u << bits) - 1;
  const size_t blob = size * bits / 8, zero_bytes = (blocks * bits + 7) / 8;
  float scale = 0, zero = 0;
  const auto use = [&](size_t b) {
    scale = float(load_real(c.in(2).type, c.in(2).data, j * blocks + b));
    zero = float(1u << (bits - 1));
    if (!c.has_in(3)) return;
    const Value& z = c.in(3);
    if (z.type != Type::u8) zero = float(load_real(z.type, z.data, j * blocks + b));
    else zero = float(z.as<uint8_t>()[j * zero_bytes + b * bits / 8] >> (b * bits % 8) & mask);
  };
  if (c.has_in(4)) {
    const uint8_t* row = c.in(1).as<uint8_t>() + j * blocks * blob;
    for (size_t i = 0; i < k; ++i) {
      use(size_t(c.in(4).as<int32_t>()[i]));
      to[i] = (float(row[i * bits / 8] >> (i * bits % 8) & mask) - zero) * scale;
    }
    return;
  }
  for (size_t b = 0; b < blocks; ++b) {
    const uint8_t* from = c.in(1).as<uint8_t>() + (j * blocks + b) * blob;
    use(b);
    const size_t n = min(size, k - b * size);
    if (bits == 4) {
      for (size_t i = 0; i + 1 < n; i += 2) {
        to[i] = (float(from[i / 2] & 15) - zero) * scale;
        to[i + 1] = (float(from[i / 2] >> 4) - zero) * scale;
      }
      if (n % 2) to[n - 1] = (float(from[n / 2] & 15) - zero) * scale;
    } else {
      for (size_t i = 0; i < n; ++i)
        to[i] = (float(from[i * bits / 8] >> (i * bits % 8) & mask) - zero) * scale;
    }
    to += n;
  }
}

// y = x w' + bias, where dequantize() gives a row of w [n, k].
Status run(Call& c, size_t k, size_t n, void (*dequantize)(const Call&, size_t, float*)) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const size_t m = product(x, 0, x.rank - 1), s = size_of(y.type);
  if (!m) return Status::ok;
  const bool wide = x.type != Type::f32, omitted = count(c.in(1)) == 0;
  // Rows of w at a time: 256 KB of them; of y where it is narrower than f32: a block of columns.
  const size_t rows = min(n, max<size_t>(8, 65536 / k / 8 * 8));
  float* w = c.scratch_of<float>(rows * k);
  float* from = wide ? c.scratch_of<float>(m * k) : const_cast<float*>(x.as<float>());
  float* to = c.scratch_of<float>(m * rows);
  if (!w || !from || !to) return c.no_memory((rows + m) * k * 4);
  for (size_t i = 0; wide && i < m * k; ++i) from[i] = float(load_real(x.type, x.data, i));
  Room room;
  for (size_t j = 0; j < n; j += rows) {
    const size_t now = min(rows, n - j);
    if (omitted) {
      memset(to, 0, m * now * 4);
    } else {
      for (size_t r = 0; r < now; ++r) dequantize(c, j + r, w + r * k);
      TRY(product_f32(c, {.a = from, .b = w, .c = to, .m = m, .k = k, .n = now, .transposed = true}, room));
    }
    for (size_t i = 0; i < m; ++i) {
      float* row = to + i * now;
      for (size_t q = 0; c.has_in(5) && q < now; ++q)
        row[q] += float(load_real(c.in(5).type, c.in(5).data, j + q));
      char* at = y.as<char>() + (i * n + j) * s;
      if (!wide) memcpy(at, row, now * 4);
      for (size_t q = 0; wide && q < now; ++q) {
        const double v = double(row[q]);
        store_reals(y.type, at + q * s, 1, 1, &v);
      }
    }
  }
  return Status::ok;
}


// ---- MatMulBnb4

struct BnbAttrs {
  int64_t K, N, block_size, quant_type, training_mode, transB;
};
constexpr Attr bnb_attrs[] = {REQUIRED(BnbAttrs, K),          REQUIRED(BnbAttrs, N),
                              REQUIRED(BnbAttrs, block_size), REQUIRED(BnbAttrs, quant_type),
                              ATTR(BnbAttrs, training_mode),  ATTR(BnbAttrs, transB, 1)};

Status bnb_shape(Call& c) {
  const BnbAttrs& a = c.attrs<BnbAttrs>();
  const Value& x = c.in(0);
  const int64_t most = 0x7fffffff;
  if (a.K < 1 || a.K > most) return c.bad_attr("K", a.K, "at least 1");
  if (a.N < 1 || a.N > most) return c.bad_attr("N", a.N, "at least 1");
  if (a.block_size < 16 || a.block_size > most || (a.block_size & (a.block_size - 1)))
    return c.bad_attr("block_size", a.block_size, "a power of 2 from 16 on");
  if (a.quant_type != 0 && a.quant_type != 1) return c.bad_attr("quant_type", a.quant_type, "0 or 1");
  TRY(c.want_type(0, half_or_float));
  TRY(c.want_type(1, types(Type::u8)));
  TRY(c.want_same_type(2, 0));
  TRY(c.want_min_rank(0, 1));
  TRY(want_flat(c, 1, ceil_div(a.N * a.K, 2), 1));
  TRY(want_flat(c, 2, ceil_div(a.N * a.K, a.block_size), 1));
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  TRY(c.want_dim(0, x.rank - 1, a.K));
  int64_t dims[max_rank];
  for (int i = 0; i < x.rank; ++i) dims[i] = i == x.rank - 1 ? a.N : x.dims[i];
  return c.set_dims(0, x.type, dims, x.rank);
}

void row_of_codes(const Call& c, size_t j, float* to) {
  static constexpr float codes[2][16] = {
      {0, 0.00520833333f, 2 / 3.0f, 1, 1 / 3.0f, 0.5f, 1 / 6.0f, 0.25f, 0, -0.00520833333f, -2 / 3.0f, -1,
       -1 / 3.0f, -0.5f, -1 / 6.0f, -0.25f},
      {-1, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f,
       -0.18477343022823334f, -0.09105003625154495f, 0, 0.07958029955625534f, 0.16093020141124725f,
       0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f,
       0.7229568362236023f, 1}};
  const BnbAttrs& a = c.attrs<BnbAttrs>();
  const size_t k = size_t(a.K), size = size_t(a.block_size), step = a.transB ? 1 : size_t(a.N);
  const Value& most = c.in(2);
  float scale = 0;
  for (size_t i = 0, at = a.transB ? j * k : j; i < k; ++i, at += step) {
    if (!i || step > 1 || at % size == 0) scale = float(load_real(most.type, most.data, at / size));
    const unsigned pair = c.in(1).as<uint8_t>()[at / 2];
    to[i] = codes[a.quant_type][at % 2 ? pair & 15 : pair >> 4] * scale;
  }
}

}  // namespace

constinit const Op op_ms_mat_mul_n_bits = {.in = {3, 6}, ATTRS(Attrs, attrs), .shape = shape};

Status run_ms_mat_mul_n_bits(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const int64_t blocks = ceil_div(a.K, a.block_size);
  for (int64_t i = 0; c.has_in(4) && i < a.K; ++i)
    if (const int32_t b = c.in(4).as<int32_t>()[i]; b < 0 || b >= blocks)
      return c.fail(Status::index_range, b, 0, blocks);
  return run(c, size_t(a.K), size_t(a.N), row_of_bits);
}

constinit const Op op_ms_mat_mul_bnb4 = {.in = {3, 3}, ATTRS(BnbAttrs, bnb_attrs), .shape = bnb_shape};

Status run_ms_mat_mul_bnb4(Call& c) {
  const BnbAttrs& a = c.attrs<BnbAttrs>();
  return run(c, size_t(a.K), size_t(a.N), row_of_codes);
}

}  // namespace mote
