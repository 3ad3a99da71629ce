// Element conversions (element.h). Three families: numbers the machine has (f32, f64, 8- to 64-bit integers),
// integers of fewer bits (a byte each, sign extended), and floats of 16 bits and less, of which one record of
// constants describes those of at most 8 bits.
#include "element.h"
#include "kernels.h"

namespace mote {
namespace {

constexpr uint64_t double_infinity = 0x7ffull << 52, double_mantissa = (1ull << 52) - 1;

// A float format of at most 8 bits. Codes are compared without their sign bit.
struct Format {
  uint8_t mantissa;   // bits
  uint8_t bias;       // of the exponent
  uint16_t sign;      // the sign bit
  uint16_t top;       // code of the greatest finite value
  // code that an overflow gives: infinity, NaN where the format has none, or top where it has neither
  uint16_t infinity;
  uint16_t nan;
  bool signed_zero;   // false: the code of -0 is the NaN
};

const Format& format_of(Type t) {
  static constexpr Format e4m3fn = {3, 7, 0x80, 0x7e, 0x7f, 0x7f, true};
  static constexpr Format e4m3fnuz = {3, 8, 0x80, 0x7f, 0x80, 0x80, false};
  static constexpr Format e5m2 = {2, 15, 0x80, 0x7b, 0x7c, 0x7e, true};
  static constexpr Format e5m2fnuz = {2, 16, 0x80, 0x7f, 0x80, 0x80, false};
  static constexpr Format e2m1 = {1, 1, 8, 7, 7, 8, true};
  switch (t) {
    case Type::f8e4m3fn: return e4m3fn;
    case Type::f8e4m3fnuz: return e4m3fnuz;
    case Type::f8e5m2: return e5m2;
    case Type::f8e5m2fnuz: return e5m2fnuz;
    default: return e2m1;
  }
}

// As a float that rounds on as x does: what it loses is a last bit that is set.
float to_odd(double x) {
  const float f = float(x);
  if (double(f) == x || x != x) return f;
  const uint32_t bits = bits_as<uint32_t>(f);
  return bits_as<float>((bits - (__builtin_fabs(double(f)) > __builtin_fabs(x))) | 1);
}

// Rounds to nearest even, once.
[[gnu::noinline]] unsigned encode(const Format& f, double x, bool saturate) {
  const uint64_t bits = bits_as<uint64_t>(x), magnitude = bits << 1 >> 1;
  const unsigned sign = bits >> 63 ? f.sign : 0;
  if (magnitude > double_infinity) return f.nan | sign;
  const int e = int(magnitude >> 52) - 1023, least = 1 - f.bias;
  const int shift = 52 - f.mantissa + (e < least ? least - e : 0);
  uint64_t code = 0;
  if (shift < 55) {  // otherwise below half of the smallest value
    const uint64_t m = (magnitude & double_mantissa) | 1ull << 52;
    const uint64_t half = 1ull << (shift - 1), rest = m & (2 * half - 1);
    code = m >> shift;
    if (rest > half || (rest == half && (code & 1))) ++code;
    // a carry out of the mantissa raises the exponent
    if (e > least) code += uint64_t(e - least) << f.mantissa;
  }
  if (code > f.top) code = saturate ? f.top : f.infinity;
  if (!code && !f.signed_zero) return 0;
  return unsigned(code) | sign;
}

[[gnu::noinline]] double decode(const Format& f, unsigned bits) {
  const unsigned code = bits & (f.sign - 1u);
  double x;
  if (code > f.top) {
    x = bits_as<double>(double_infinity | uint64_t(f.infinity == f.nan || code != f.infinity) << 51);
  } else if (!f.signed_zero && bits == f.nan) {
    return bits_as<double>(double_infinity | 1ull << 51);
  } else if (const unsigned e = code >> f.mantissa) {
    const uint64_t m = code & ((1u << f.mantissa) - 1);
    x = bits_as<double>(uint64_t(e + 1023 - f.bias) << 52 | m << (52 - f.mantissa));
  } else {
    x = double(int(code)) * bits_as<double>(uint64_t(1023 + 1 - f.bias - f.mantissa) << 52);
  }
  return bits & f.sign ? -x : x;
}

// 2^(code - 127); no sign, no zero, one NaN.
double decode_e8m0(uint8_t code) {
  return bits_as<double>(code == 255 ? double_infinity | 1ull << 51 : uint64_t(code + 896) << 52);
}

// The sign is ignored (ONNX leaves it open). Ties go up.
uint8_t encode_e8m0(double x, bool saturate, Rounding rounding) {
  const uint64_t bits = bits_as<uint64_t>(x) << 1 >> 1, fraction = bits & double_mantissa;
  if (bits > double_infinity) return 255;
  int code = int(bits >> 52) - 896;
  if (code < 0) return saturate ? 0 : 255;
  if (rounding == Rounding::up ? fraction != 0 : rounding == Rounding::nearest && fraction >= 1ull << 51)
    ++code;
  return code < 255 ? uint8_t(code) : saturate ? 254 : 255;
}

int64_t truncate(double x) {
  if (x != x) return 0;
  if (x >= 0x1p63) return int64_max;
  return x < -0x1p63 ? int64_min : int64_t(x);
}

// As bits.
int64_t truncate_unsigned(double x) {
  if (!(x > 0)) return 0;
  return x >= 0x1p64 ? -1 : int64_t(uint64_t(x));
}

// Bits below the sign extension of an integer narrower than a byte; 8 for every other type.
unsigned narrow_bits(Type t) { return has(subbyte_int_types, t) ? type_info[unsigned(t)].bits : 8; }

template <class T, class To> void load_as(const void* from, int64_t step, size_t n, To* to) {
  const T* p = static_cast<const T*>(from);
  for (size_t i = 0; i < n; ++i, p += step) to[i] = To(*p);
}
template <class T, class From> void store_as(void* to, int64_t step, size_t n, const From* from) {
  T* p = static_cast<T*>(to);
  for (size_t i = 0; i < n; ++i, p += step) *p = T(from[i]);
}

}  // namespace

void load_ints(Type type, const void* from, int64_t step, size_t n, int64_t* to) {
  switch (type) {
    case Type::i8: return load_as<int8_t>(from, step, n, to);
    case Type::u8: return load_as<uint8_t>(from, step, n, to);
    case Type::i16: return load_as<int16_t>(from, step, n, to);
    case Type::u16: return load_as<uint16_t>(from, step, n, to);
    case Type::i32: return load_as<int32_t>(from, step, n, to);
    case Type::u32: return load_as<uint32_t>(from, step, n, to);
    case Type::i64:
    case Type::u64: return load_as<int64_t>(from, step, n, to);
    default: break;
  }
  const uint8_t* p = static_cast<const uint8_t*>(from);
  if (type == Type::boolean) {
    for (size_t i = 0; i < n; ++i, p += step) to[i] = *p != 0;
    return;
  }
  const unsigned drop = 64 - narrow_bits(type);
  const bool is_signed = type == Type::i4 || type == Type::i2;
  for (size_t i = 0; i < n; ++i, p += step) {
    const uint64_t bits = uint64_t(*p) << drop;
    to[i] = is_signed ? int64_t(bits) >> drop : int64_t(bits >> drop);
  }
}

void store_ints(Type type, void* to, int64_t step, size_t n, const int64_t* from) {
  switch (type) {
    case Type::i8:
    case Type::u8: return store_as<uint8_t>(to, step, n, from);
    case Type::i16:
    case Type::u16: return store_as<uint16_t>(to, step, n, from);
    case Type::i32:
    case Type::u32: return store_as<uint32_t>(to, step, n, from);
    case Type::i64:
    case Type::u64: return store_as<int64_t>(to, step, n, from);
    default: break;
  }
  uint8_t* p = static_cast<uint8_t*>(to);
  if (type == Type::boolean) {
    for (size_t i = 0; i < n; ++i, p += step) *p = from[i] != 0;
    return;
  }
  const unsigned drop = 64 - narrow_bits(type);
  const bool is_signed = type == Type::i4 || type == Type::i2;
  for (size_t i = 0; i < n; ++i, p += step) {
    const uint64_t bits = uint64_t(from[i]) << drop;
    *p = uint8_t(is_signed ? uint64_t(int64_t(bits) >> drop) : bits >> drop);
  }
}

void load_reals(Type type, const void* from, int64_t step, size_t n, double* to) {
  switch (type) {
    case Type::f32: return load_as<float>(from, step, n, to);
    case Type::f64: return load_as<double>(from, step, n, to);
    case Type::f16: {
      const uint16_t* p = static_cast<const uint16_t*>(from);
      for (size_t i = 0; i < n; ++i, p += step) to[i] = f16_to_f32(*p);
      return;
    }
    case Type::bf16: {
      const uint16_t* p = static_cast<const uint16_t*>(from);
      for (size_t i = 0; i < n; ++i, p += step) to[i] = bf16_to_f32(*p);
      return;
    }
    default: break;
  }
  if (has(small_float_types, type)) {
    const uint8_t* p = static_cast<const uint8_t*>(from);
    for (size_t i = 0; i < n; ++i, p += step) to[i] = small_float_to_f64(type, *p);
    return;
  }
  const char* p = static_cast<const char*>(from);
  const int64_t bytes = int64_t(size_of(type)) * step;
  for (size_t i = 0; i < n; i += 64, p += bytes * 64) {
    int64_t ints[64];
    const size_t m = min(n - i, size_t(64));
    load_ints(type, p, step, m, ints);
    for (size_t k = 0; k < m; ++k)
      to[i + k] = type == Type::u64 ? double(uint64_t(ints[k])) : double(ints[k]);
  }
}

void store_reals(Type type, void* to, int64_t step, size_t n, const double* from) {
  if (type == Type::f32) return store_as<float>(to, step, n, from);
  if (type == Type::f64) return store_as<double>(to, step, n, from);
  if (type == Type::f16 || type == Type::bf16) {
    uint16_t* p = static_cast<uint16_t*>(to);
    for (size_t i = 0; i < n; i += 64) {
      float part[64];
      uint16_t code[64];
      const size_t m = min<size_t>(64, n - i);
      for (size_t k = 0; k < m; ++k) part[k] = to_odd(from[i + k]);
      (type == Type::f16 ? narrow_f16 : narrow_bf16)(step == 1 ? p : code, part, m);
      for (size_t k = 0; step != 1 && k < m; ++k) p[int64_t(k) * step] = code[k];
      p += int64_t(m) * step;
    }
    return;
  }
  if (has(small_float_types, type)) {
    uint8_t* p = static_cast<uint8_t*>(to);
    for (size_t i = 0; i < n; ++i, p += step) *p = f64_to_small_float(type, from[i], false);
    return;
  }
  const unsigned bits = type_info[unsigned(type)].bits;
  const bool is_signed = has(signed_types | types(Type::i4, Type::i2), type);
  const int64_t greatest = int64_t(~0ull >> (64 - bits + is_signed)), least = is_signed ? -greatest - 1 : 0;
  char* p = static_cast<char*>(to);
  const int64_t bytes = int64_t(size_of(type)) * step;
  for (size_t i = 0; i < n; i += 64, p += bytes * 64) {
    int64_t ints[64];
    const size_t m = min(n - i, size_t(64));
    for (size_t k = 0; k < m; ++k)
      ints[k] = type == Type::boolean ? from[i + k] != 0
              : type == Type::u64     ? truncate_unsigned(from[i + k])
                                      : min(max(truncate(from[i + k]), least), greatest);
    store_ints(type, p, step, m, ints);
  }
}

void load_floats(Type type, const void* from, int64_t step, size_t n, float* to) {
  if (type == Type::f32) return step == 1 ? void(memcpy(to, from, n * 4)) : load_as<float>(from, step, n, to);
  if (type == Type::u8) return load_as<uint8_t>(from, step, n, to);
  if (type == Type::i8) return load_as<int8_t>(from, step, n, to);
  if (step == 1 && has(half_float_types, type))
    return (type == Type::f16 ? widen_f16 : widen_bf16)(to, static_cast<const uint16_t*>(from), n);
  const char* p = static_cast<const char*>(from);
  for (size_t i = 0; i < n; i += block) {
    double part[block];
    const size_t m = min(block, n - i);
    load_reals(type, p + int64_t(i) * step * int64_t(size_of(type)), step, m, part);
    for (size_t k = 0; k < m; ++k) to[i + k] = float(part[k]);
  }
}

void store_floats(Type type, void* to, size_t n, const float* from) {
  if (type == Type::f32) return void(memmove(to, from, n * 4));
  if (has(half_float_types, type))
    return (type == Type::f16 ? narrow_f16 : narrow_bf16)(static_cast<uint16_t*>(to), from, n);
  for (size_t i = 0; i < n; i += block) {
    double part[block];
    const size_t m = min(block, n - i);
    for (size_t k = 0; k < m; ++k) part[k] = double(from[i + k]);
    store_reals(type, static_cast<char*>(to) + i * size_of(type), 1, m, part);
  }
}

double load_real(Type type, const void* at, size_t i) {
  double x;
  load_reals(type, static_cast<const char*>(at) + i * size_of(type), 1, 1, &x);
  return x;
}

int64_t load_int(Type type, const void* at, size_t i) {
  int64_t x;
  load_ints(type, static_cast<const char*>(at) + i * size_of(type), 1, 1, &x);
  return x;
}

[[gnu::noinline]] double element_at(const Value& v, size_t i) {
  return v.type == Type::f32 ? double(v.as<float>()[i]) : load_real(v.type, v.data, i);
}

[[gnu::noinline]] void put_element(const Value& v, size_t i, double x) {
  store_reals(v.type, static_cast<char*>(v.data) + i * size_of(v.type), 1, 1, &x);
}

float f16_to_f32(uint16_t bits) {
  const uint32_t sign = uint32_t(bits & 0x8000) << 16, code = bits & 0x7fffu;
  if (code >= 0x7c00) return bits_as<float>(sign | 0x7f800000u | code << 13);
  // 112 is the difference of the biases, 127 - 15; the product also normalises subnormals.
  return bits_as<float>(sign | bits_as<uint32_t>(bits_as<float>(code << 13) * 0x1p112f));
}

uint16_t f64_to_f16(double x) {
  uint16_t code;
  store_reals(Type::f16, &code, 1, 1, &x);
  return code;
}
uint16_t f64_to_bf16(double x) {
  uint16_t code;
  store_reals(Type::bf16, &code, 1, 1, &x);
  return code;
}

double small_float_to_f64(Type type, uint8_t bits) {
  return type == Type::f8e8m0 ? decode_e8m0(bits)
                              : decode(format_of(type), type == Type::f4e2m1 ? bits & 15u : bits);
}

uint8_t f64_to_small_float(Type type, double x, bool saturate, Rounding rounding) {
  return type == Type::f8e8m0 ? encode_e8m0(x, saturate, rounding)
                              : uint8_t(encode(format_of(type), x, saturate));
}

}  // namespace mote
