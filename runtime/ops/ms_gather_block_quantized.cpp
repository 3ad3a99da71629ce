// GatherBlockQuantized: Gather of a table of which each block along quantize_axis has its scale: y = (data -
// zero) scale.
//   in   data u8 i4 u4, 8-bit floats, f4e2m1 [d0, ..., dn-1]; indices i32 i64 [q...]; scales f32 f16 bf16
//        [d0, ..., blocks, ...],
//        of floats also 1 along other axes; zero_points like scales, of data's type, not of floats; absent:
//          0, of u8 2^(bits - 1)
//        u8: numbers of `bits` bits, low bits first, packed along the last axis, which is quantize_axis;
//          zero_points likewise
//   out  y, data's shape with q... in place of gather_axis, of scales' type
//   gather_axis int = 0 (of u8 no other), quantize_axis int = 1, block_size int = 128: a power of 2 from 16
//     on, of floats also 0:
//   the whole axis; bits int = 4: of u8, 2, 4 or 8
// An index outside [-d, d) gives zeros. Computed in f32, rounded once.
// Errors: bad_attribute, bad_type, bad_rank, bad_shape, bad_axis, bad_value.            Source: onnxruntime,
//   com.microsoft 1.
#include "../element.h"
#include "../op.h"

namespace mote {
namespace {

struct Attrs {
  int64_t gather_axis, quantize_axis, block_size, bits;
};
constexpr Attr attrs[] = {ATTR(Attrs, gather_axis), ATTR(Attrs, quantize_axis, 1),
                          ATTR(Attrs, block_size, 128), ATTR(Attrs, bits, 4)};
constexpr Types floats = float8_types | types(Type::f4e2m1);
enum { data, indices, scales, zeros };

// Numbers in an element of data.
int64_t parts_of(const Call& c) { return c.in(data).type == Type::u8 ? 8 / c.attrs<Attrs>().bits : 1; }

Status axes_of(const Call& c, int& gather, int& quantize) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(data);
  TRY(normalize_axis(c, a.gather_axis, x.rank, gather));
  TRY(normalize_axis(c, a.quantize_axis, x.rank, quantize));
  if (x.type != Type::u8) return Status::ok;
  if (gather || x.rank < 2)
    return c.bad_attr("gather_axis", a.gather_axis, "0, not the last axis, where data is uint8");
  return quantize == x.rank - 1
             ? Status::ok
             : c.bad_attr("quantize_axis", a.quantize_axis, "the last axis where data is uint8");
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(data), &q = c.in(indices), &s = c.in(scales);
  TRY(c.want_type(data, floats | types(Type::u8, Type::i4, Type::u4)));
  TRY(c.want_type(indices, types(Type::i32, Type::i64)));
  TRY(c.want_type(scales, types(Type::f32, Type::f16, Type::bf16)));
  TRY(c.want_same_type(zeros, data));
  const bool real = has(floats, x.type), packed = x.type == Type::u8;
  if (a.bits != 2 && a.bits != 4 && a.bits != 8) return c.bad_attr("bits", a.bits, "2, 4 or 8");
  if (!(real && !a.block_size) && (a.block_size < 16 || (a.block_size & (a.block_size - 1))))
    return c.bad_attr("block_size", a.block_size, "a power of 2 from 16 on");
  if (real && c.has_in(zeros))
    return c.fail_in(zeros, Status::bad_value, "zero points", "none where data is of floats");
  TRY(c.want_min_rank(data, 1));
  if (!known_rank(x)) return c.set(0, s.type), Status::ok;
  TRY(c.want_rank(scales, x.rank));
  TRY(c.want_rank(zeros, x.rank));
  int gather, quantize;
  TRY(axes_of(c, gather, quantize));
  const int64_t parts = parts_of(c);
  for (int i = 0; i < x.rank; ++i) {
    int64_t want = x.dims[i];
    if (i == quantize && want >= 0) {
      if (!mul(want, parts, want)) return c.fail(Status::too_large, "a dimension", "more than 2^63 - 1");
      want = !a.block_size ? min<int64_t>(want, 1) : want / a.block_size + (want % a.block_size != 0);
    }
    if (!(real && i != quantize && known_rank(s) && s.dims[i] == 1)) TRY(c.want_dim(scales, i, want));
    if (c.has_in(zeros))
      TRY(c.want_dim(zeros, i, packed && i == quantize && want >= 0 ? ceil_div(want, parts) : want));
  }
  if (!known_rank(q)) return c.set(0, s.type), Status::ok;
  int64_t dims[2 * max_rank];
  int rank = 0;
  for (int i = 0; i < x.rank; ++i) {
    if (i != gather) dims[rank++] = x.dims[i];
    else for (int k = 0; k < q.rank; ++k) dims[rank++] = q.dims[k];
  }
  if (packed) TRY(dim_mul(c, dims[rank - 1], parts, dims[rank - 1]));
  return c.set_dims(0, s.type, dims, rank);
}

// Number i of a row of packed numbers.
int64_t number_at(const uint8_t* row, size_t i, unsigned bits) {
  return row[i * bits / 8] >> (i * bits % 8) & ((1 << bits) - 1);
}

}  // namespace

constinit const Op op_ms_gather_block_quantized = {.in = {3, 4}, ATTRS(Attrs, attrs), .shape = shape};

Status run_ms_gather_block_quantized(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(data), &q = c.in(indices), &s = c.in(scales),
              *z = c.has_in(zeros) ? &c.in(zeros) : nullptr;
  Value& y = c.out(0);
  if (!count(y)) return Status::ok;
  int gather, quantize;
  TRY(axes_of(c, gather, quantize));
  const bool packed = x.type == Type::u8;
  const unsigned bits = unsigned(a.bits);
  const size_t parts = size_t(parts_of(c)), n = count(q), outer = product(x, 0, gather),
               found = size_t(x.dims[gather]);
  const size_t width = size_t(x.dims[x.rank - 1]) * (x.rank - 1 == gather ? 1 : parts);  // numbers of a row
  // A row: what lies along the last axis; one number where that is gathered.
  const bool single = gather == x.rank - 1;
  const size_t length = single ? 1 : width, rows = single ? 1 : product(x, gather + 1, x.rank - 1);
  const size_t size = a.block_size ? size_t(a.block_size) : size_t(x.dims[quantize]) * parts;
  size_t to = 0;
  for (size_t o = 0; o < outer; ++o)
    for (size_t k = 0; k < n; ++k) {
      int64_t pick = load_int(q.type, q.data, k);
      const bool there = pick >= -int64_t(found) && pick < int64_t(found);
      if (pick < 0) pick += int64_t(found);
      for (size_t r = 0; r < rows; ++r) {
        const size_t row = there ? (o * found + size_t(pick)) * rows + r : 0;
        // Where the row's first number is along each axis gives its scale.
        size_t rest = single ? row / width : row, scale = 0, step = 0, blocks_at = 0;
        int64_t stride = 1;
        for (int i = x.rank - 1; i >= 0; --i) {
          const size_t dim = size_t(x.dims[i]);
          size_t index = i == x.rank - 1 ? (single ? row % width : 0) : rest % dim;
          if (i < x.rank - 1) rest /= dim;
          if (i == x.rank - 1) step = i == quantize || s.dims[i] == 1 ? 0 : 1;
          if (i == quantize) blocks_at = index, index /= size;
          if (s.dims[i] > 1) scale += index * size_t(stride);
          stride *= s.dims[i];
        }
        for (size_t e = 0; e < length;) {
          // As many as have one scale, or one each.
          const bool along = quantize == x.rank - 1;
          const size_t more = min(min(block, length - e), along ? size - (blocks_at + e) % size : length - e);
          const size_t at = scale + (along ? (blocks_at + e) / size - blocks_at / size : e * step);
          double v[block];
          for (size_t i = 0; i < more; ++i) {
            const size_t of = at + i * step;
            double number = 0, zero = packed ? double(1 << (bits - 1)) : 0;
            if (there && packed) {
              number = double(number_at(x.as<uint8_t>() + row * (width / parts), e + i, bits));
              const size_t blocks = size_t(s.dims[quantize]), zero_row = z ? size_t(z->dims[quantize]) : 0;
              if (z) zero = double(number_at(z->as<uint8_t>() + of / blocks * zero_row, of % blocks, bits));
            } else if (there) {
              number = load_real(x.type, x.data, single ? row : row * width + e + i);
              if (z) zero = load_real(z->type, z->data, of);
            }
            v[i] = there ? double(float(number - zero) * float(load_real(s.type, s.data, of))) : 0;
          }
          store_reals(y.type, y.as<char>() + to * size_of(y.type), 1, more, v);
          to += more;
          e += more;
        }
      }
    }
  return Status::ok;
}

}  // namespace mote
