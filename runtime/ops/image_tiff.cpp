// TIFF, its first picture: strips or tiles, samples side by side or in planes; 1, 2, 4, 8 or 16 bits; black
// and white, grey, palette and RGB; uncompressed, PackBits, and LZW and Deflate with or without differences
// along rows (predictor 2).
#include "image.h"

namespace mote {
namespace {

enum : unsigned { none = 1, lzw = 5, adobe_deflate = 8, deflate = 32946, pack_bits = 32773 };

// LZW, codes of 9 to 12 bits, high bits first. `links` is room for 4096 strings: the string before, and the
// last byte.
bool unpack_lzw(const uint8_t* from, size_t n, uint8_t* to, size_t want, uint32_t* links) {
  uint32_t hold = 0;
  unsigned bits = 0, width = 9, next = 258, last = 4096;
  size_t at = 0, done = 0;
  const auto first_of = [&](unsigned code) {
    while (code > 257) code = links[code] >> 8;
    return uint8_t(code);
  };
  while (done < want) {
    for (; bits < width; bits += 8) {
      if (at == n) return false;
      hold = hold << 8 | from[at++];
    }
    const unsigned code = hold >> (bits - width) & ((1u << width) - 1);
    bits -= width;
    if (code == 257) return false;
    if (code == 256) {
      width = 9;
      next = 258;
      last = 4096;
      continue;
    }
    if (code > next || (code == next && last == 4096) || (last == 4096 && code > 255)) return false;
    if (last != 4096 && next < 4096) links[next] = last << 8 | first_of(code == next ? last : code);
    size_t length = 1;
    for (unsigned c = code; c > 257; c = links[c] >> 8) ++length;
    for (unsigned c = code, i = unsigned(length); i--; c = links[c] >> 8)
      if (done + i < want) to[done + i] = uint8_t(c > 257 ? links[c] : c);
    done += length;
    if (last != 4096 && next < 4096) ++next;
    if (next + 1 >= 1u << width && width < 12) ++width;
    last = code;
  }
  return true;
}

bool unpack_bits(const uint8_t* from, size_t n, uint8_t* to, size_t want) {
  size_t at = 0, done = 0;
  while (done < want) {
    if (at == n) return false;
    const unsigned head = from[at++];
    if (head == 128) continue;
    const bool run = head > 128;
    const size_t length = run ? 257 - head : head + 1, bytes = run ? 1 : length,
                 some = min(length, want - done);
    if (n - at < bytes) return false;
    if (run) memset(to + done, from[at], some);
    else memcpy(to + done, from + at, some);
    at += bytes;
    done += some;
  }
  return true;
}

struct Entry {
  unsigned type = 0;
  size_t n = 0, at = 0;  // values, offset of the first
};

struct Tiff {
  Picture& p;
  bool big = false;  // the high byte first
  Entry entries[16] = {};

  unsigned u16(size_t at) const { return big ? p.be16(at) : p.le16(at); }
  uint32_t u32(size_t at) const { return big ? p.be32(at) : p.le32(at); }
  bool read();
  // Value i of a tag: `otherwise` where there is none.
  size_t value(unsigned slot, size_t i, size_t otherwise) const {
    const Entry& e = entries[slot];
    if (i >= e.n) return otherwise;
    return e.type == 3 ? u16(e.at + i * 2) : e.type == 1 ? p.file[e.at + i] : u32(e.at + i * 4);
  }
};

enum : unsigned {
  width_tag,
  height_tag,
  bits_tag,
  compression_tag,
  colour_tag,
  fill_tag,
  strips_tag,
  samples_tag,
  strip_rows_tag,
  strip_bytes_tag,
  planes_tag,
  predictor_tag,
  palette_tag,
  tile_width_tag,
  tile_height_tag,
  format_tag
};
constexpr uint16_t tags[16] = {256, 257, 258, 259, 262, 266, 273, 277,
                               278, 279, 284, 317, 320, 322, 323, 339};

bool Tiff::read() {
  if (!p.has(0, 8)) return false;
  big = p.file[0] == 'M';
  const size_t at = u32(4);
  if (!p.has(at, 2)) return false;
  const size_t n = u16(at);
  if (!p.has(at + 2, n * 12)) return false;
  for (size_t i = 0; i < n; ++i) {
    const size_t from = at + 2 + i * 12;
    unsigned tag = u16(from);
    if (tag == 324) tag = 273;  // tiles, as strips
    if (tag == 325) tag = 279;
    for (unsigned k = 0; k < 16; ++k) {
      if (tag != tags[k]) continue;
      Entry e{u16(from + 2), u32(from + 4), from + 8};
      const size_t size = e.type == 1 ? 1 : e.type == 3 ? 2 : e.type == 4 ? 4 : 0;
      size_t bytes;
      if (!size || !mul(e.n, size, bytes)) return false;
      if (bytes > 4) e.at = u32(from + 8);
      if (!p.has(e.at, bytes)) return false;
      entries[k] = e;
    }
  }
  return true;
}

}  // namespace

Status decode_tiff(Picture& p) {
  Tiff t{p};
  if (!t.read()) return p.broken();
  const size_t width = t.value(width_tag, 0, 0), height = t.value(height_tag, 0, 0),
               samples = t.value(samples_tag, 0, 1);
  const size_t bits = t.value(bits_tag, 0, 1), colour = t.value(colour_tag, 0, 1),
               kind = t.value(compression_tag, 0, none);
  const size_t predictor = kind == none || kind == pack_bits ? 1 : t.value(predictor_tag, 0, 1);
  const bool planes = t.value(planes_tag, 0, 1) == 2 && samples > 1, tiled = t.entries[tile_width_tag].n;
  if (!width || !height || !samples || samples > 16) return p.broken();
  if (colour > 3) return p.c.fail(Status::unsupported, "a TIFF that is not grey, of a palette or RGB");
  if (kind != none && kind != lzw && kind != adobe_deflate && kind != deflate && kind != pack_bits)
    return p.c.fail(Status::unsupported, "a TIFF that is not packed by PackBits, LZW or Deflate");
  bool known = bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
  for (size_t i = 1; i < samples; ++i) known &= t.value(bits_tag, i, bits) == bits;
  if (!known || (predictor != 1 && (predictor != 2 || bits < 8)) || t.value(fill_tag, 0, 1) != 1 ||
      t.value(format_tag, 0, 1) != 1)
    return p.c.fail(Status::unsupported, "a TIFF of such samples");
  const size_t entries = size_t(1) << bits, needed = colour == 2 ? 3 : 1;
  if (samples < needed || (colour == 3 && (bits > 8 || t.entries[palette_tag].n < 3 * entries)))
    return p.broken();
  const size_t most = kind == none ? 1 : kind == lzw ? 4096 : kind == pack_bits ? 64 : inflate_most;
  TRY(p.start(width, height, colour < 2 ? 1 : 3, bits * samples, p.size, most));
  if (!p.pixels) return p.broken();

  // A strip is a tile as wide as the picture; the last one may be lower.
  const size_t wide = tiled ? t.value(tile_width_tag, 0, 0) : width;
  const size_t high =
      tiled ? t.value(tile_height_tag, 0, 0) : min(height, t.value(strip_rows_tag, 0, height));
  const size_t inside = planes ? 1 : samples;
  if (!wide || !high || wide > 2 * width + 512 || high > 2 * height + 512) return p.broken();
  const size_t row = size_t((uint64_t(wide) * inside * bits + 7) / 8), across = (width + wide - 1) / wide;
  size_t bytes;
  if (uint64_t(wide) * inside * bits / 8 > 0x7fffffff || !mul(row, high, bytes)) return p.broken();
  if (bytes / most > p.size) return p.broken();
  auto* tile = static_cast<uint8_t*>(p.c.scratch(bytes));
  auto* links = kind == lzw ? p.c.scratch_of<uint32_t>(4096) : nullptr;
  if (!tile || (kind == lzw && !links)) return p.c.no_memory(bytes);
  const size_t down = (height + high - 1) / high;
  for (size_t i = 0; i < across * down * (planes ? samples : 1); ++i) {
    const size_t plane = i / (across * down), x0 = i % across * wide, y0 = i / across % down * high;
    if (plane >= needed) break;  // alpha
    const size_t rows = tiled ? high : min(high, height - y0), want = rows * row;
    const size_t from = t.value(strips_tag, i, p.size + 1),
                 packed = t.value(strip_bytes_tag, i, across * down == 1 ? p.size - min(p.size, from) : 0);
    if (!p.has(from, packed)) return p.broken();
    const uint8_t* at = p.file + from;
    bool good = true;
    if (kind == none) {
      good = packed >= want;
      if (good) memcpy(tile, at, want);
    } else if (kind == lzw) {
      good = unpack_lzw(at, packed, tile, want, links);
    } else if (kind == pack_bits) {
      good = unpack_bits(at, packed, tile, want);
    } else {
      good = inflate(at, packed, tile, want);
    }
    if (!good) return p.broken();
    for (size_t y = 0; y < rows && y0 + y < height; ++y) {
      uint8_t* line = tile + y * row;
      if (predictor == 2)
        for (size_t k = inside; k < wide * inside; ++k) {
          if (bits == 8) {
            line[k] = uint8_t(line[k] + line[k - inside]);
            continue;
          }
          uint8_t *now = line + k * 2, *before = now - inside * 2;
          const unsigned sum = t.big ? (now[0] + before[0]) * 256 + now[1] + before[1]
                                     : (now[1] + before[1]) * 256 + now[0] + before[0];
          now[0] = uint8_t(t.big ? sum >> 8 : sum);
          now[1] = uint8_t(t.big ? sum : sum >> 8);
        }
      for (size_t x = 0; x < wide && x0 + x < width; ++x) {
        uint8_t* to = p.pixels + ((y0 + y) * width + x0 + x) * p.channels + plane;
        for (size_t s = 0; s < (planes ? 1 : needed); ++s) {
          const size_t k = x * inside + s;
          const unsigned v = bits == 8 ? line[k]
                             : bits == 16
                                 ? line[k * 2 + (t.big ? 0 : 1)]
                                 : line[k * bits / 8] >> (8 - bits - k * bits % 8) & unsigned(entries - 1);
          if (colour == 3)
            for (size_t part = 0; part < 3; ++part)
              to[part] = uint8_t(t.value(palette_tag, part * entries + v, 0) >> 8);
          else to[s] = uint8_t((bits < 8 ? v * 255 / unsigned(entries - 1) : v) ^ (colour == 0 ? 255 : 0));
        }
      }
    }
  }
  return Status::ok;
}

}  // namespace mote
