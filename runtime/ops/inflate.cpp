// Inflate: zlib streams (RFC 1950, 1951), whole into memory. Checksums are not looked at: the files around
// them have their own.
#include "image.h"

namespace mote {
namespace {

struct Bits {
  const uint8_t* at;
  const uint8_t* end;
  uint32_t hold = 0;
  unsigned n = 0, padded = 0;  // bits in hold; those of them that lie behind the end
  bool over = false;

  void need(unsigned k) {  // at most 16
    for (; n < k; n += 8) {
      if (at < end) hold |= uint32_t(*at++) << n;
      else padded += 8;
    }
  }
  void drop(unsigned k) {
    hold >>= k;
    n -= k;
    over |= padded > n;
  }
  unsigned take(unsigned k) {
    need(k);
    const unsigned v = hold & ((1u << k) - 1);
    drop(k);
    return v;
  }
};

constexpr unsigned fast_bits = 9;

// A canonical code: short codes by one look into a table, longer ones bit by bit.
struct Code {
  uint16_t counts[16], symbols[288], fast[1 << fast_bits];  // symbol << 4 | length; 0: a longer code, or none

  bool make(const uint8_t* lengths, unsigned n) {
    memset(this, 0, sizeof *this);
    for (unsigned i = 0; i < n; ++i) ++counts[lengths[i]];
    counts[0] = 0;
    int left = 1;
    uint16_t first[17] = {}, code[17] = {};
    for (unsigned length = 1; length < 16; ++length) {
      left = left * 2 - counts[length];
      if (left < 0) return false;
      first[length + 1] = uint16_t(first[length] + counts[length]);
      code[length + 1] = uint16_t((code[length] + counts[length]) << 1);
    }
    for (unsigned i = 0; i < n; ++i) {
      const unsigned length = lengths[i];
      if (!length) continue;
      symbols[first[length]++] = uint16_t(i);
      unsigned turned = 0, own = code[length]++;
      if (length > fast_bits) continue;
      for (unsigned b = 0; b < length; ++b, own >>= 1) turned = turned << 1 | (own & 1);
      for (; turned < 1u << fast_bits; turned += 1u << length) fast[turned] = uint16_t(i << 4 | length);
    }
    return true;
  }

  int next(Bits& b) const {
    b.need(15);
    if (const unsigned f = fast[b.hold & ((1u << fast_bits) - 1)]) {
      b.drop(f & 15);
      return int(f >> 4);
    }
    int code = 0, first = 0, index = 0;
    for (unsigned length = 1; length < 16; ++length) {
      code |= int(b.hold >> (length - 1) & 1);
      const int n = counts[length];
      if (code - n < first) {
        b.drop(length);
        return symbols[index + code - first];
      }
      index += n;
      first = (first + n) << 1;
      code <<= 1;
    }
    return -1;
  }
};

// The lengths of both codes, run-length coded by a third.
bool read_codes(Bits& b, Code& literals, Code& distances) {
  static constexpr uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  const unsigned n_literals = b.take(5) + 257, n_distances = b.take(5) + 1, n_lengths = b.take(4) + 4;
  if (n_literals > 286 || n_distances > 30) return false;
  uint8_t lengths[320] = {};
  for (unsigned i = 0; i < n_lengths; ++i) lengths[order[i]] = uint8_t(b.take(3));
  if (!literals.make(lengths, 19)) return false;
  memset(lengths, 0, sizeof lengths);
  for (unsigned i = 0; i < n_literals + n_distances;) {
    const int symbol = literals.next(b);
    if (symbol < 0 || b.over) return false;
    if (symbol < 16) {
      lengths[i++] = uint8_t(symbol);
      continue;
    }
    if (symbol == 16 && !i) return false;
    const uint8_t last = symbol == 16 ? lengths[i - 1] : 0;
    const unsigned times = symbol == 16 ? 3 + b.take(2) : symbol == 17 ? 3 + b.take(3) : 11 + b.take(7);
    if (i + times > n_literals + n_distances) return false;
    memset(lengths + i, last, times);
    i += times;
  }
  return literals.make(lengths, n_literals) && distances.make(lengths + n_literals, n_distances);
}

void fixed_codes(Code& literals, Code& distances) {
  uint8_t lengths[288];
  for (unsigned i = 0; i < 288; ++i) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  literals.make(lengths, 288);
  memset(lengths, 5, 30);
  distances.make(lengths, 30);
}

struct Output {
  uint8_t* at;
  size_t n = 0, want;
};

// One block of literals and copies; true at its end, or where there is enough.
bool block_of_codes(Bits& b, const Code& literals, const Code& distances, Output& to) {
  for (;;) {
    const int symbol = literals.next(b);
    if (symbol < 0 || b.over) return false;
    if (symbol == 256) return true;
    if (symbol < 256) {
      if (to.n == to.want) return true;
      to.at[to.n++] = uint8_t(symbol);
      continue;
    }
    // Lengths 3 to 10 and distances 1 to 4 have a symbol each; then 4 lengths, or 2 distances, share each
    // count of extra bits.
    const unsigned l = unsigned(symbol) - 257;
    if (l > 28) return false;
    const unsigned more = l < 8 || l == 28 ? 0 : l / 4 - 1;
    size_t length = l == 28 ? 258 : l < 8 ? l + 3 : ((4 + l % 4) << more) + 3;
    length += b.take(more);
    const int d = distances.next(b);
    if (d < 0 || d > 29) return false;
    const unsigned extra = d < 4 ? 0 : unsigned(d) / 2 - 1;
    const size_t distance = (d < 4 ? size_t(d) + 1 : ((2 + size_t(d) % 2) << extra) + 1) + b.take(extra);
    if (b.over || distance > to.n) return false;
    length = min(length, to.want - to.n);
    for (uint8_t *p = to.at + to.n, *end = p + length; p < end; ++p) *p = *(p - distance);
    to.n += length;
  }
}

bool stored_block(Bits& b, Output& to) {
  b.drop(b.n % 8);
  const unsigned length = b.take(16), complement = b.take(16);
  if (b.over || (length ^ complement) != 0xffff) return false;
  b.at -= (b.n - b.padded) / 8;  // whole bytes that were looked at too early
  b.hold = b.n = b.padded = 0;
  if (size_t(b.end - b.at) < length) return false;
  const size_t n = min(size_t(length), to.want - to.n);
  if (n) memcpy(to.at + to.n, b.at, n);
  b.at += length;
  to.n += n;
  return true;
}

}  // namespace

bool inflate(const uint8_t* from, size_t n, uint8_t* to, size_t want) {
  if (n < 2 || (from[0] & 15) != 8 || (from[0] * 256 + from[1]) % 31 || from[1] & 32) return false;
  Bits b{from + 2, from + n};
  Output out{to, 0, want};
  Code literals, distances;
  for (bool last = false; !last && out.n < want;) {
    last = b.take(1);
    const unsigned kind = b.take(2);
    if (b.over || kind == 3) return false;
    if (kind == 0) {
      if (!stored_block(b, out)) return false;
      continue;
    }
    if (kind == 1) fixed_codes(literals, distances);
    else if (!read_codes(b, literals, distances)) return false;
    if (!block_of_codes(b, literals, distances, out)) return false;
  }
  return out.n == want;
}

}  // namespace mote
