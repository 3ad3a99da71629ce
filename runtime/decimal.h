// Decimal text of floats, exact in both directions: nearest value of a text, shortest text of a value.
#pragma once
#include "value.h"

namespace mote {

// Longest text that format_real writes, bytes: sign, 17 digits, point, up to 4 zeros, exponent.
constexpr size_t real_text = 32;

// The fewest digits that read back as the same value of the float type `type` (f64, f32, f16; any other as
// f32), as Python writes them: plain within [1e-4, 1e16), else d.ddde+XX; nan, inf, -inf. Gives the length.
size_t format_real(Type type, double x, char* to);
size_t format_int(int64_t x, bool is_unsigned, char* to);  // at most 20 bytes

// A number with an optional sign, point and exponent, or nan, inf, infinity in any case, between white space.
// False for any other text. The value is a double that stores rounded correctly to every narrower float type
// too (wide: to float64).
bool parse_real(Text s, bool wide, double& x);
// Whole digits with an optional sign, modulo 2^64. False for any other text, also for numbers with a point or
// an exponent.
bool parse_int(Text s, int64_t& x);

// s is `word`, which is in lower case, in any case.
bool is_word(Text s, Text word);

}  // namespace mote
