#include "text.h"

namespace mote {
namespace {

// Characters in upper case from `first` to `last`, every `step`-th, that have their lower case at + distance.
struct Cases { uint16_t first, last; int16_t distance; uint8_t step; };
constexpr Cases cases[] = {
  {'A', 'Z', 32, 1}, {0xc0, 0xd6, 32, 1}, {0xd8, 0xde, 32, 1}, {0x100, 0x12e, 1, 2}, {0x132, 0x136, 1, 2}, {0x139, 0x147, 1, 2},
  {0x14a, 0x176, 1, 2}, {0x178, 0x178, -121, 1}, {0x179, 0x17d, 1, 2}, {0x18f, 0x18f, 202, 1}, {0x1a0, 0x1a4, 1, 2}, {0x1af, 0x1af, 1, 1},
  {0x1c4, 0x1c4, 2, 1}, {0x1c7, 0x1c7, 2, 1}, {0x1ca, 0x1ca, 2, 1}, {0x1cd, 0x1db, 1, 2}, {0x1de, 0x1ee, 1, 2}, {0x1f1, 0x1f1, 2, 1},
  {0x1f8, 0x21e, 1, 2}, {0x222, 0x232, 1, 2}, {0x370, 0x372, 1, 2}, {0x386, 0x386, 38, 1}, {0x388, 0x38a, 37, 1}, {0x38c, 0x38c, 64, 1},
  {0x38e, 0x38f, 63, 1}, {0x391, 0x3a1, 32, 1}, {0x3a3, 0x3ab, 32, 1}, {0x3d8, 0x3ee, 1, 2}, {0x400, 0x40f, 80, 1}, {0x410, 0x42f, 32, 1},
  {0x460, 0x480, 1, 2}, {0x48a, 0x4be, 1, 2}, {0x4c0, 0x4c0, 15, 1}, {0x4c1, 0x4cd, 1, 2}, {0x4d0, 0x52e, 1, 2}, {0x531, 0x556, 48, 1},
  {0x10a0, 0x10c5, 7264, 1}, {0x1c90, 0x1cba, -3008, 1}, {0x1e00, 0x1e94, 1, 2}, {0x1ea0, 0x1efe, 1, 2}, {0x1f08, 0x1f0f, -8, 1},
  {0x1f18, 0x1f1d, -8, 1}, {0x1f28, 0x1f2f, -8, 1}, {0x1f38, 0x1f3f, -8, 1}, {0x1f48, 0x1f4d, -8, 1}, {0x1f59, 0x1f5f, -8, 2},
  {0x1f68, 0x1f6f, -8, 1}, {0x2160, 0x216f, 16, 1}, {0x24b6, 0x24cf, 26, 1}, {0x2c00, 0x2c2f, 48, 1}, {0x2c80, 0x2ce2, 1, 2},
  {0xa640, 0xa66c, 1, 2}, {0xa680, 0xa69a, 1, 2}, {0xff21, 0xff3a, 32, 1},
};

uint32_t other_case(uint32_t c, bool upper) {
  for (const Cases& r : cases) {
    const uint32_t from = uint32_t(upper ? r.first + r.distance : r.first), span = uint32_t(r.last - r.first);
    if (c - from <= span && (c - from) % r.step == 0)
      return uint32_t(upper ? int32_t(c) - r.distance : int32_t(c) + r.distance);
  }
  if (c - (upper ? 0x10428u : 0x10400u) < 40) return upper ? c - 40 : c + 40;
  return upper && c == 0x3c2 ? 0x3a3 : c;  // the sigma at the end of a word
}

}  // namespace

uint32_t next_character(const char*& p, const char* end) {
  const auto byte = [&](int i) { return uint8_t(p[i]); };
  const uint8_t first = byte(0);
  const int more = first < 0x80 ? 0 : first >> 5 == 6 ? 1 : first >> 4 == 14 ? 2 : first >> 3 == 30 ? 3 : -1;
  uint32_t c = more <= 0 ? first : first & (0x3f >> more);
  bool good = more >= 0 && end - p > more;
  for (int i = 1; i <= more && good; ++i) {
    good = byte(i) >> 6 == 2;
    c = c << 6 | (byte(i) & 0x3f);
  }
  static constexpr uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  if (good && c >= least[more] && c <= 0x10ffff && c >> 11 != 0x1b) return p += more + 1, c;
  ++p;
  return no_character;
}

unsigned put_character(char* to, uint32_t c) {
  if (c < 0x80) return to[0] = char(c), 1;
  const unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  for (unsigned i = more; i > 0; --i, c >>= 6) to[i] = char(0x80 | (c & 0x3f));
  to[0] = char((0xff00 >> (more + 1) & 0xff) | c);
  return more + 1;
}

uint32_t to_lower(uint32_t c) { return other_case(c, false); }
uint32_t to_upper(uint32_t c) { return other_case(c, true); }

bool is_space(uint32_t c) {
  return c == ' ' || c - 9 < 5 || c - 0x1c < 4 || c == 0x85 || c == 0xa0 || c == 0x1680 || c - 0x2000 < 11 ||
         c - 0x2028 < 2 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool change_case(Arena& arena, Text s, bool upper, Text& out) {
  const char* const end = s.data + s.size;
  char scratch[4];
  char* to = nullptr;
  size_t size = 0;
  for (int pass = 0; pass < 2; ++pass) {  // first how long it gets
    size = 0;
    for (const char* p = s.data; p < end;) {
      const char* const from = p;
      const uint32_t c = next_character(p, end);
      if (c == no_character) {
        if (to) to[size] = *from;
        ++size;
      } else {
        size += put_character(to ? to + size : scratch, upper ? to_upper(c) : to_lower(c));
      }
    }
    if (pass == 0 && !(to = static_cast<char*>(arena.take(size + 1, 1)))) return false;
  }
  out = Text(to, size);
  return true;
}

}  // namespace mote
