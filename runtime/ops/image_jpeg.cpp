// JPEG, Huffman-coded: baseline, extended and progressive, of 8 bits, 1, 3 or 4 components. To the bit what
// libjpeg(-turbo) makes of it as it stands: its accurate integer transform (jidctint.c), chroma of half the
// width or height interpolated, YCbCr in 16-bit fixed point. All coefficients are read first, 2 bytes a
// sample. Source: ITU-T T.81; the constants of the transform are those of Loeffler, Ligtenberg and Moschytz,
// times 2^13.
#include "image.h"

namespace mote {
namespace {

constexpr uint8_t zigzag[64] = {0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
                                12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
                                35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
                                58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

constexpr unsigned fast_bits = 9, most_scans = 256;

struct Code {
  uint8_t symbols[256];
  uint16_t fast[1 << fast_bits];          // symbol << 4 | length; 0: a longer code, or none
  // of a length: its first code, the one behind its last, its first symbol
  int32_t first[17], end[17], offset[17];
  bool made;

  bool make(const uint8_t* counts, const uint8_t* from, unsigned n) {
    memset(this, 0, sizeof *this);
    memcpy(symbols, from, n);
    int32_t code = 0, k = 0;
    for (unsigned length = 1; length <= 16; ++length) {
      first[length] = code;
      offset[length] = k;
      for (unsigned i = 0; i < counts[length - 1]; ++i, ++code, ++k) {
        if (code >= 1 << length) return false;
        if (length > fast_bits) continue;
        const unsigned same = 1u << (fast_bits - length);
        for (unsigned f = 0; f < same; ++f)
          fast[unsigned(code) * same + f] = uint16_t(symbols[k] << 4 | length);
      }
      end[length] = code;
      code <<= 1;
    }
    return made = true;
  }
};

struct Bits {
  const uint8_t* at;
  const uint8_t* end;
  uint32_t hold = 0;           // the low n bits
  unsigned n = 0, padded = 0;  // of them, zeros behind the last byte
  bool over = false;

  void need(unsigned k) {  // at most 16
    while (n < k) {
      unsigned byte = 0;
      if (at < end && (*at != 0xff || (end - at > 1 && at[1] == 0))) {
        byte = *at;
        at += byte == 0xff ? 2 : 1;
      } else {
        padded += 8;
      }
      hold = hold << 8 | byte;
      n += 8;
    }
  }
  unsigned peek(unsigned k) const { return hold >> (n - k) & ((1u << k) - 1); }
  void drop(unsigned k) {
    n -= k;
    over |= padded > n;
  }
  unsigned take(unsigned k) {
    need(k);
    const unsigned v = peek(k);
    drop(k);
    return v;
  }
  unsigned symbol(const Code& c) {
    need(16);
    if (const unsigned f = c.fast[peek(fast_bits)]) {
      drop(f & 15);
      return f >> 4;
    }
    for (unsigned length = fast_bits + 1; length <= 16; ++length) {
      const int32_t code = int32_t(peek(length));
      if (code >= c.end[length]) continue;
      drop(length);
      return c.symbols[c.offset[length] + code - c.first[length]];
    }
    over = true;
    return 0;
  }
  int number(unsigned s) {  // of s bits; the lower half of them is negative
    if (!s) return 0;
    const int v = int(take(s));
    return v < 1 << (s - 1) ? v - (1 << s) + 1 : v;
  }
};

struct Component {
  unsigned id, h, v, table;      // sampling factors, number of its quantisation
  size_t width, height;          // samples
  size_t across, down;           // blocks, in whole units
  int16_t* blocks;               // [down, across, 64]
  uint8_t* plane;                // [8 down, 8 across]
  uint16_t steps[64];            // of its first scan
  int8_t bits[64];               // of a coefficient: what is still to come; -1: all
  int last;                      // DC coefficient
  unsigned dc, ac;               // numbers of its codes
  bool seen;
};

// coefficients [first, end]; bits that came before, bits that are still missing
struct Scan { unsigned first, end, high, low; };

struct Jpeg {
  Picture& p;
  unsigned n = 0, h = 1, v = 1;  // components, greatest factors
  bool progressive = false, adobe = false, jfif = false;
  unsigned transform = 0, restart = 0, run = 0, scans = 0;
  Component parts[4] = {};
  Code codes[2][4] = {};         // DC, AC
  uint16_t steps[4][64] = {};

  Status frame(size_t at, size_t size, bool& good);
  bool tables(size_t at, size_t end);
  bool scan(size_t at, size_t size, size_t& behind);
  bool block(Bits& b, Component& c, int16_t* to, const Scan& s);
  void refine(Bits& b, const Code& code, int16_t* to, const Scan& s);
  bool marker(Bits& b, unsigned& turn);
};

bool Jpeg::tables(size_t at, size_t end) {
  while (at < end) {
    if (end - at < 17) return false;
    const unsigned head = p.file[at];
    unsigned count = 0;
    for (unsigned i = 0; i < 16; ++i) count += p.file[at + 1 + i];
    if ((head & 15) > 3 || head >> 4 > 1 || count > 256 || end - at - 17 < count) return false;
    if (!codes[head >> 4][head & 15].make(p.file + at + 1, p.file + at + 17, count)) return false;
    at += 17 + count;
  }
  return true;
}

Status Jpeg::frame(size_t at, size_t size, bool& good) {
  good = false;
  if (n || size < 6) return Status::ok;
  if (p.file[at] != 8) return p.c.fail(Status::unsupported, "a JPEG whose samples have not 8 bits");
  const size_t height = p.be16(at + 1), width = p.be16(at + 3);
  const unsigned count = p.file[at + 5];
  if (!height || !width || size < 6 + 3 * count || (count != 1 && count != 3 && count != 4))
    return Status::ok;
  for (unsigned i = 0; i < count; ++i) {
    Component& c = parts[i];
    const uint8_t* from = p.file + at + 6 + 3 * i;
    c.id = from[0];
    c.h = from[1] >> 4;
    c.v = from[1] & 15;
    c.table = from[2];
    if (!c.h || c.h > 4 || !c.v || c.v > 4 || c.table > 3) return Status::ok;
    if (count == 1) c.h = c.v = 1;
    h = max(h, c.h);
    v = max(v, c.v);
    memset(c.bits, -1, 64);
  }
  const size_t units_x = (width + 8 * h - 1) / (8 * h), units_y = (height + 8 * v - 1) / (8 * v);
  size_t blocks = 0;
  for (unsigned i = 0; i < count; ++i) {
    Component& c = parts[i];
    c.width = (width * c.h + h - 1) / h;
    c.height = (height * c.v + v - 1) / v;
    c.across = units_x * c.h;
    c.down = units_y * c.v;
    blocks += c.across * c.down;
  }
  // A block takes a bit at least.
  TRY(p.start(width, height, count == 1 ? 1 : 3, 8, p.size, 512));
  if (!p.pixels || blocks / 8 > p.size) return p.broken();
  for (unsigned i = 0; i < count; ++i) {
    Component& c = parts[i];
    const size_t samples = c.across * c.down * 64;
    c.blocks = p.c.scratch_of<int16_t>(samples);
    c.plane = p.c.scratch_of<uint8_t>(samples);
    if (!c.blocks || !c.plane) return p.c.no_memory(samples * 3);
    memset(c.blocks, 0, samples * 2);
  }
  n = count;
  good = true;
  return Status::ok;
}

// Later bits of coefficients that are not 0, and new ones of one bit between them.
void Jpeg::refine(Bits& b, const Code& code, int16_t* to, const Scan& s) {
  const int one = 1 << s.low;
  const auto more = [&](int16_t& x) {
    if (b.take(1) && !(x & one)) x = int16_t(x + (x < 0 ? -one : one));
  };
  unsigned k = s.first;
  for (; !run && k <= s.end; ++k) {
    const unsigned symbol = b.symbol(code), zeros = symbol >> 4;
    int value = 0;
    if (b.over) return;
    if (symbol & 15) {
      value = b.take(1) ? one : -one;
    } else if (zeros < 15) {
      run = (1u << zeros) + b.take(zeros);
      break;
    }
    for (unsigned left = zeros; k <= s.end; ++k) {
      int16_t& x = to[zigzag[k]];
      if (x) more(x);
      else if (!left--) break;
    }
    if (value && k <= s.end) to[zigzag[k]] = int16_t(value);
  }
  if (!run) return;
  for (; k <= s.end; ++k)
    if (int16_t& x = to[zigzag[k]]; x) more(x);
  --run;
}

bool Jpeg::block(Bits& b, Component& c, int16_t* to, const Scan& s) {
  unsigned k = s.first;
  if (!k) {
    if (s.high) {
      if (b.take(1)) to[0] = int16_t(to[0] | 1 << s.low);
    } else {
      const unsigned bits = b.symbol(codes[0][c.dc]);
      if (bits > 15) return false;
      c.last = int16_t(c.last + b.number(bits));
      to[0] = int16_t(unsigned(c.last) << s.low);
    }
    ++k;
  }
  if (k > s.end) return !b.over;
  const Code& code = codes[1][c.ac];
  if (s.high) {
    refine(b, code, to, s);
    return !b.over;
  }
  if (run) return --run, true;
  for (; k <= s.end; ++k) {
    const unsigned symbol = b.symbol(code), zeros = symbol >> 4, bits = symbol & 15;
    if (b.over) return false;
    if (bits) {
      k += zeros;
      const int value = b.number(bits);
      if (k > s.end) return false;
      to[zigzag[k]] = int16_t(unsigned(value) << s.low);
    } else if (zeros == 15) {
      k += 15;
    } else {
      run = (1u << zeros) - 1 + b.take(zeros);
      break;
    }
  }
  return !b.over;
}

// The marker between intervals: everything starts anew.
bool Jpeg::marker(Bits& b, unsigned& turn) {
  while (b.end - b.at > 1 && b.at[0] == 0xff && b.at[1] == 0xff) ++b.at;
  if (b.end - b.at < 2 || b.at[0] != 0xff || b.at[1] != 0xd0 + turn) return false;
  turn = (turn + 1) % 8;
  b = {b.at + 2, b.end};
  for (Component& c : parts) c.last = 0;
  run = 0;
  return true;
}

bool Jpeg::scan(size_t at, size_t size, size_t& behind) {
  const unsigned count = size ? p.file[at] : 0;
  if (!count || count > n || size < 4 + 2 * count || ++scans > most_scans) return false;
  const uint8_t* tail = p.file + at + 1 + 2 * count;
  const Scan s{tail[0], tail[1], unsigned(tail[2] >> 4), unsigned(tail[2] & 15)};
  if (s.end > 63 || s.first > s.end || s.low > 13) return false;
  if (!progressive && (s.first || s.end != 63 || s.high || s.low)) return false;
  if (progressive && (s.first ? count > 1 : s.end > 0)) return false;
  Component* list[4];
  for (unsigned i = 0; i < count; ++i) {
    list[i] = nullptr;
    for (unsigned k = 0; k < n; ++k)
      if (parts[k].id == p.file[at + 1 + 2 * i]) list[i] = &parts[k];
    if (!list[i]) return false;
    Component& c = *list[i];
    c.dc = p.file[at + 2 + 2 * i] >> 4;
    c.ac = p.file[at + 2 + 2 * i] & 15;
    if (c.dc > 3 || c.ac > 3) return false;
    if ((!s.first && !s.high && !codes[0][c.dc].made) || (s.end && !codes[1][c.ac].made)) return false;
    // Bits come once, the high ones first: this bounds the work that a file can ask for.
    for (unsigned k = s.first; k <= s.end; ++k) {
      if (s.high ? c.bits[k] != int(s.high) || s.low + 1 != s.high : c.bits[k] >= 0) return false;
      c.bits[k] = int8_t(s.low);
    }
    if (!c.seen) memcpy(c.steps, steps[c.table], sizeof c.steps);
    c.seen = true;
    c.last = 0;
  }
  run = 0;
  Bits b{p.file + at + size, p.file + p.size};
  unsigned left = restart, turn = 0;
  const Component& one = *list[0];
  const size_t across = count == 1 ? (one.width + 7) / 8 : one.across / one.h;
  const size_t down = count == 1 ? (one.height + 7) / 8 : one.down / one.v;
  for (size_t y = 0; y < down; ++y)
    for (size_t x = 0; x < across; ++x) {
      if (restart && !left--) {
        if (!marker(b, turn)) return false;
        left = restart - 1;
      }
      for (unsigned i = 0; i < count; ++i) {
        Component& c = *list[i];
        const size_t high = count == 1 ? 1 : c.v, wide = count == 1 ? 1 : c.h;
        for (size_t q = 0; q < high * wide; ++q)
          if (!block(b, c, c.blocks + ((y * high + q / wide) * c.across + x * wide + q % wide) * 64, s))
            return false;
      }
    }
  behind = size_t(b.at - p.file);
  return true;
}

// Eight numbers, `step` apart, by the inverse transform; `shift` bits are rounded off.
template <class From, class To> void transform_8(From from, To to, int shift) {
  const int64_t half = int64_t(1) << (shift - 1);
  int64_t z1 = (from(2) + from(6)) * 4433;
  int64_t a = from(0) + from(4), b = from(0) - from(4), c = z1 + from(2) * 6270, d = z1 - from(6) * 15137;
  const int64_t even[4] = {a * 8192 + c, b * 8192 + d, b * 8192 - d, a * 8192 - c};
  z1 = (from(7) + from(1)) * -7373;
  int64_t z2 = (from(5) + from(3)) * -20995, z3 = from(7) + from(3), z4 = from(5) + from(1);
  const int64_t z5 = (z3 + z4) * 9633;
  z3 = z3 * -16069 + z5;
  z4 = z4 * -3196 + z5;
  const int64_t odd[4] = {from(1) * 12299 + z1 + z4, from(3) * 25172 + z2 + z3, from(5) * 16819 + z2 + z4,
                          from(7) * 2446 + z1 + z3};
  for (int i = 0; i < 4; ++i) {
    to(i, (even[i] + odd[i] + half) >> shift);
    to(7 - i, (even[i] - odd[i] + half) >> shift);
  }
}

uint8_t clipped(int64_t v) { return uint8_t(v < 0 ? 0 : v > 255 ? 255 : v); }

void transform_block(const int16_t* from, const uint16_t* steps, uint8_t* to, size_t row) {
  int64_t room[64];
  for (int x = 0; x < 8; ++x)
    transform_8([&](int i) { return int64_t(from[i * 8 + x]) * steps[i * 8 + x]; },
                [&](int i, int64_t v) { room[i * 8 + x] = v; }, 11);
  for (int y = 0; y < 8; ++y, to += row)
    transform_8([&](int i) { return room[y * 8 + i]; }, [&](int i, int64_t v) { to[i] = clipped(v + 128); },
                18);
}

// Row y of the picture of a component, in `to`, which has room for `width` and one more.
void stretch(const Component& c, unsigned h, unsigned v, size_t y, size_t width, uint8_t* to) {
  const size_t row = c.across * 8, w = c.width;
  const bool twice_x = h == 2 * c.h, twice_y = v == 2 * c.v, same_x = h == c.h, same_y = v == c.v;
  const uint8_t* near = c.plane + y * c.v / v * row;
  if (!(twice_y && (same_x || (twice_x && w > 2))) && !(twice_x && same_y && w > 2)) {
    for (size_t x = 0; x < width; ++x) to[x] = near[x * c.h / h];
    return;
  }
  const size_t at = y * c.v / v, last = c.height - 1;
  const uint8_t* far = !twice_y ? near : c.plane + (y % 2 ? min(at + 1, last) : at ? at - 1 : 0) * row;
  if (same_x) {
    for (size_t x = 0; x < width; ++x) to[x] = uint8_t((near[x] * 3 + far[x] + (y % 2 ? 2 : 1)) >> 2);
    return;
  }
  // Along the row too: 3/4 of the nearer and 1/4 of the other column, halves rounded up and down in turn.
  const auto column = [&](size_t x) { return twice_y ? near[x] * 3 + far[x] : near[x] * 4; };
  for (size_t x = 0; x < w; ++x) {
    const int here = column(x), before = column(x ? x - 1 : 0), after = column(x + 1 < w ? x + 1 : x);
    to[2 * x] = uint8_t((here * 3 + before + 8 - (twice_y ? 0 : 4)) >> 4);
    to[2 * x + 1] = uint8_t((here * 3 + after + (twice_y ? 7 : 8)) >> 4);
  }
}

void to_rgb(int y, int cb, int cr, uint8_t* to) {
  cb -= 128;
  cr -= 128;
  to[0] = clipped(y + ((91881 * cr + 32768) >> 16));
  to[1] = clipped(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
  to[2] = clipped(y + ((116130 * cb + 32768) >> 16));
}

Status finish(Jpeg& j) {
  Picture& p = j.p;
  for (unsigned i = 0; i < j.n; ++i) {
    const Component& c = j.parts[i];
    if (!c.seen) return p.broken();
    for (size_t b = 0; b < c.across * c.down; ++b)
      transform_block(c.blocks + b * 64, c.steps, c.plane + (b / c.across * c.across * 8 + b % c.across) * 8,
                      c.across * 8);
  }
  const size_t width = p.width;
  uint8_t* rows[4];
  for (unsigned i = 0; i < j.n; ++i) {
    rows[i] = p.c.scratch_of<uint8_t>(width + 8);
    if (!rows[i]) return p.c.no_memory(width + 8);
  }
  const bool letters = j.parts[0].id == 'R' && j.parts[1].id == 'G' && j.parts[2].id == 'B';
  const bool turned =
      j.n == 4 ? j.adobe && j.transform == 2 : j.jfif || (j.adobe ? j.transform != 0 : !letters);
  for (size_t y = 0; y < p.height; ++y) {
    for (unsigned i = 0; i < j.n; ++i) stretch(j.parts[i], j.h, j.v, y, width, rows[i]);
    uint8_t* to = p.pixels + y * width * p.channels;
    if (j.n == 1) {
      memcpy(to, rows[0], width);
      continue;
    }
    for (size_t x = 0; x < width; ++x, to += 3) {
      if (turned) to_rgb(rows[0][x], rows[1][x], rows[2][x], to);
      else for (unsigned i = 0; i < 3; ++i) to[i] = rows[i][x];
      if (j.n != 4) continue;
      // Of four inks, which Adobe stores as what they leave of the light, YCCK too.
      const unsigned light = j.adobe ? rows[3][x] : 255u - rows[3][x];
      for (unsigned i = 0; i < 3; ++i) {
        const unsigned kept = j.adobe && !turned ? to[i] : 255u - to[i], v = (255 - kept) * light + 128;
        to[i] = clipped(int(light) - int(((v >> 8) + v) >> 8));
      }
    }
  }
  return Status::ok;
}

}  // namespace

Status decode_jpeg(Picture& p) {
  auto* room = static_cast<Jpeg*>(p.c.scratch(sizeof(Jpeg)));
  if (!room) return p.c.no_memory(sizeof(Jpeg));
  Jpeg& j = *new (Place{room}) Jpeg{p};
  for (size_t at = 2; p.has(at, 4);) {
    if (p.file[at] != 0xff) {  // what a scan left
      ++at;
      continue;
    }
    const unsigned kind = p.file[at + 1];
    if (kind == 0xff) {
      ++at;
      continue;
    }
    if (kind == 0xd9) break;
    if (kind < 0xc0 || (kind >= 0xd0 && kind <= 0xd8)) {  // without a length
      at += 2;
      continue;
    }
    const size_t size = p.be16(at + 2);
    if (size < 2 || !p.has(at + 2, size)) return p.broken();
    const size_t from = at + 4, n = size - 2;
    at += 2 + size;
    bool good = true;
    if (kind == 0xc4) {
      good = j.tables(from, from + n);
    } else if (kind <= 0xc2) {
      j.progressive = kind == 0xc2;
      TRY(j.frame(from, n, good));
    } else if (kind <= 0xcf) {
      return p.c.fail(Status::unsupported, "a lossless, hierarchical or arithmetic-coded JPEG");
    } else if (kind == 0xda) {
      good = j.scan(from, n, at);
    } else if (kind == 0xdb) {
      for (size_t i = from; good && i < from + n;) {
        const unsigned head = p.file[i++], bytes = head >> 4 ? 2 : 1;
        good = (head & 15) < 4 && from + n - i >= 64 * bytes;
        for (size_t k = 0; good && k < 64; ++k, i += bytes)
          j.steps[head & 15][zigzag[k]] = uint16_t(bytes == 2 ? p.be16(i) : p.file[i]);
      }
    } else if (kind == 0xdd) {
      good = n >= 2;
      if (good) j.restart = p.be16(from);
    } else if (kind == 0xe0) {
      j.jfif |= n >= 5 && p.be32(from) == 0x4a464946;
    } else if (kind == 0xee && n >= 12 && p.be32(from) == 0x41646f62) {
      j.adobe = true;
      j.transform = p.file[from + 11];
    }
    if (!good) return p.broken();
  }
  return j.n ? finish(j) : p.broken();
}

}  // namespace mote
