// Characters of strings, which are UTF-8.
#pragma once
#include "../arena.h"
#include "../op.h"

namespace mote {

constexpr uint32_t no_character = 0xffffffff;  // what bytes that are no UTF-8 give, one at a time

uint32_t next_character(const char*& p, const char* end);  // p < end
unsigned put_character(char* to, uint32_t c);              // at most 4 bytes

// Simple case mapping, one character to one: Latin, Greek, Coptic, Cyrillic, Armenian, Georgian, Glagolitic,
// Deseret, Roman numbers, letters in circles and of full width; what else has two cases stays as it is. No
// locale: i is I in upper case everywhere.
uint32_t to_lower(uint32_t c);
uint32_t to_upper(uint32_t c);
bool is_space(uint32_t c);  // White_Space of Unicode, and the separators 0x1c to 0x1f

// A string with every character in upper or lower case, in `arena`. false when memory ran out.
bool change_case(Arena& arena, Text s, bool upper, Text& out);

}  // namespace mote
