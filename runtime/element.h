// The generic path: elements of any type, loaded as double, int64 or complex, computed there and stored back.
// Kernels for hot types exist beside it; rare types go through here in blocks of a few hundred elements.
#pragma once
#include "value.h"

namespace mote {

constexpr Types half_float_types = types(Type::f16, Type::bf16);

constexpr size_t block = 256;  // elements that generic loops convert at a time

// Converts n elements of `type` from `from` (step in elements) to doubles. Real types only (no string, no
// complex).
void load_reals(Type type, const void* from, int64_t step, size_t n, double* to);
// Rounds to nearest even and stores: floats overflow to infinity (8-bit floats without one: NaN), integers
// truncate towards zero and wrap as C++ casts of in-range values do (out of range: saturate, NaN gives 0),
// bool is x != 0.
void store_reals(Type type, void* to, int64_t step, size_t n, const double* from);

// Same through int64: integer, sub-byte and bool types; uint64 keeps its bits.
void load_ints(Type type, const void* from, int64_t step, size_t n, int64_t* to);
void store_ints(Type type, void* to, int64_t step, size_t n, const int64_t* from);  // wraps modulo 2^bits

// To and from floats. f16, bf16 and 8-bit integers have kernels; other types go through doubles.
void load_floats(Type type, const void* from, int64_t step, size_t n, float* to);
void store_floats(Type type, void* to, size_t n, const float* from);

// Scalars.
double load_real(Type type, const void* at, size_t i);
int64_t load_int(Type type, const void* at, size_t i);

// Element i of a tensor of reals.
double element_at(const Value& v, size_t i);
void put_element(const Value& v, size_t i, double x);

// Bit conversions; to_ functions round to nearest even.
float f16_to_f32(uint16_t bits);
uint16_t f64_to_f16(double x);
inline float bf16_to_f32(uint16_t bits) { return bits_as<float>(uint32_t(bits) << 16); }
uint16_t f64_to_bf16(double x);
// The small float formats of types.def. saturate: finite values out of range and infinities become the
// largest finite value (ONNX Cast-25 table); otherwise infinity, or NaN where the format has none.
double small_float_to_f64(Type type, uint8_t bits);
enum class Rounding : uint8_t { nearest, up, down };  // up and down only for f8e8m0 (ONNX round_mode)
uint8_t f64_to_small_float(Type type, double x, bool saturate, Rounding rounding = Rounding::nearest);

}  // namespace mote
