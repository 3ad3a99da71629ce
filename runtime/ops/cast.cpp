// Cast: y = x in another type.
//   in   x  any type but complex        out  y  type `to`, the shape of x
//   to          int, a type code: any but complex
//   saturate    int = 1: an 8-bit float that overflows becomes the greatest finite value; 0: infinity, or NaN
//               where it has none
//   round_mode  text = "up": "up", "down", "nearest", for f8e8m0 only
// To a float: rounded to nearest even, once. From a float to an integer: towards zero; NaN gives 0; what does
// not fit (undefined in ONNX) wraps modulo 2^bits in 2 to 16 bits, as numpy and C compilers do, and saturates
// in 32 and 64.
// Between integers: modulo 2^bits. To bool: x != 0. To f4e2m1: saturates, NaN gives -0.
// To a string: the shortest decimal that reads back the same (decimal.h), "True" and "False".
// From a string: decimal.h for floats and integers (one with a point or an exponent is cut towards zero); for
//   bool also
// "true" and "false" in any case.
// May run in place: a block is read before it is written.
// Errors: bad_type, bad_attribute, bad_value (a string that is no number).            Source: ONNX Cast-25.
#include "cast.h"
#include "../decimal.h"
#include "../element.h"

namespace mote {
namespace {

struct Attrs {
  int64_t to, saturate;
  Text round_mode;
  CastMode mode() const { return {saturate, round_mode}; }
};
constexpr Attr attrs[] = {REQUIRED(Attrs, to), ATTR(Attrs, saturate, 1), ATTR(Attrs, round_mode, "up")};
constexpr Types whole_types = int_types | subbyte_int_types | types(Type::boolean);

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  if (a.to < 1 || a.to >= int64_t(type_count) || !has(cast_types, Type(a.to)))
    return c.bad_attr("to", a.to, "a type that is not complex");
  return cast_shape(c, a.mode(), Type(a.to));
}

Rounding rounding(Text mode) {
  return mode == "up" ? Rounding::up : mode == "down" ? Rounding::down : Rounding::nearest;
}

// One block on its way: of whole numbers (uint64 keeps its bits) or of reals.
union Block {
  int64_t ints[block];
  double reals[block];
};

void store_floats(const CastMode& a, Type to, void* at, size_t n, const double* reals) {
  if (!has(small_float_types, to)) return store_reals(to, at, 1, n, reals);
  const Rounding mode = rounding(a.round_mode);
  for (size_t i = 0; i < n; ++i)
    static_cast<uint8_t*>(at)[i] = f64_to_small_float(to, reals[i], a.saturate, mode);
}

// Whole numbers to doubles. Those beyond 2^53 that are to be rounded again keep a last bit that stands for
// all the bits they lose.
void to_reals(Block& b, size_t n, bool wide, bool is_unsigned, bool again) {
  if (!wide) {
    for (size_t i = 0; i < n; ++i) b.reals[i] = double(b.ints[i]);
    return;
  }
  for (size_t i = 0; i < n; ++i) {
    const int64_t v = b.ints[i];
    const bool minus = v < 0 && !is_unsigned;
    uint64_t m = minus ? 0 - uint64_t(v) : uint64_t(v);
    if (again && m >> 53) m = (m & ~0x7ffull) | (m & 0x7ff ? 0x800 : 0);
    b.reals[i] = minus ? -double(m) : double(m);
  }
}

void reals_to_whole(Type to, void* at, size_t n, Block& b) {
  if (to == Type::boolean || size_of(to) > 2) return store_reals(to, at, 1, n, b.reals);
  store_reals(Type::i64, b.ints, 1, n, b.reals);
  store_ints(to, at, 1, n, b.ints);
}

void store_block(const CastMode& a, Type from, Type to, void* at, size_t n, Block& b, bool whole) {
  if (whole && has(whole_types, to)) return store_ints(to, at, 1, n, b.ints);
  if (has(whole_types, to)) return reals_to_whole(to, at, n, b);
  if (whole) to_reals(b, n, size_of(from) > 4, from == Type::u64, to != Type::f64);
  store_floats(a, to, at, n, b.reals);
}

Status to_texts(Call& c, Type from, Text* to, size_t n, const Block& b, bool whole) {
  for (size_t i = 0; i < n; ++i) {
    char text[real_text];
    size_t size;
    if (from == Type::boolean) memcpy(text, b.ints[i] ? "True" : "False", size = b.ints[i] ? 4 : 5);
    else size = whole ? format_int(b.ints[i], from == Type::u64, text) : format_real(from, b.reals[i], text);
    char* bytes = c.string_bytes(size);
    if (!bytes) return c.no_memory(size);
    memcpy(bytes, text, size);
    to[i] = Text(bytes, size);
  }
  return Status::ok;
}

// b.ints where whole gets true, else b.reals.
bool parse(Type to, Text s, Block& b, size_t i, bool& whole) {
  whole = has(whole_types, to);
  if (to == Type::boolean && (is_word(s, "true") || is_word(s, "false")))
    return b.ints[i] = s.size == 4, true;
  if (whole && parse_int(s, b.ints[i])) return true;
  whole = false;
  return parse_real(s, to == Type::f64 || to == Type::boolean, b.reals[i]);
}

Status from_texts(Call& c, const CastMode& a, Type to, char* at, const Text* from, size_t n) {
  Block b;
  for (size_t i = 0; i < n; ++i) {
    bool whole;
    if (!parse(to, from[i], b, 0, whole)) return c.fail_in(0, Status::bad_value, from[i], "a number");
    store_block(a, Type::i64, to, at + i * size_of(to), 1, b, whole);
  }
  return Status::ok;
}

// What masks and tokens come by.
template <class T> void ints_to_f32(float* to, const T* from, size_t n, bool only_bits) {
  for (size_t i = 0; i < n; ++i) to[i] = only_bits ? float(from[i] != 0) : float(from[i]);
}

}  // namespace

Status cast_shape(Call& c, const CastMode& a, Type to) {
  TRY(c.want_type(0, cast_types));
  const Text mode = a.round_mode;
  if (!(mode == "up" || mode == "down" || mode == "nearest"))
    return c.bad_attr("round_mode", mode, "up, down or nearest");
  c.like(0, c.in(0));
  c.out(0).type = to;
  return Status::ok;
}

constinit const Op op_cast = {ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};
Status run_cast(Call& c) { return cast_run(c, c.attrs<Attrs>().mode()); }

Status cast_run(Call& c, const CastMode& a) {
  const Value& x = c.in(0);
  const Type from = x.type, to = c.out(0).type;
  const size_t n = count(x), from_size = size_of(from), to_size = size_of(to);
  char* at = c.out(0).as<char>();
  if (from == to) {
    if (at != x.data) memcpy(at, x.data, n * to_size);
    return Status::ok;
  }
  if (to == Type::f32 && has(types(Type::boolean, Type::i32, Type::i64), from)) {
    float* y = c.out(0).as<float>();
    if (from == Type::i32) ints_to_f32(y, x.as<int32_t>(), n, false);
    else if (from == Type::i64) ints_to_f32(y, x.as<int64_t>(), n, false);
    else ints_to_f32(y, x.as<uint8_t>(), n, true);
    return Status::ok;
  }
  if (to == Type::f32 && has(half_float_types, from))
    return load_floats(from, x.data, 1, n, c.out(0).as<float>()), Status::ok;
  if (from == Type::f32 && has(half_float_types, to))
    return store_floats(to, at, n, x.as<float>()), Status::ok;
  const bool whole = has(whole_types, from);
  Text texts[block];
  Block b;
  for (size_t i = 0; i < n; i += block) {
    const size_t m = min(n - i, block);
    const char* p = x.as<char>() + i * from_size;
    if (from == Type::str) {
      memcpy(texts, p, m * sizeof(Text));
      TRY(from_texts(c, a, to, at + i * to_size, texts, m));
      continue;
    }
    if (whole) load_ints(from, p, 1, m, b.ints);
    else load_reals(from, p, 1, m, b.reals);
    if (to == Type::str) TRY(to_texts(c, from, c.out(0).as<Text>() + i, m, b, whole));
    else store_block(a, from, to, at + i * to_size, m, b, whole);
  }
  return Status::ok;
}

}  // namespace mote
