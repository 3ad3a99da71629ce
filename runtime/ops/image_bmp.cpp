// Windows and OS/2 bitmaps: palettes of 1, 2, 4 and 8 bits, runs of 4 and 8 bits, 16, 24 and 32 bits with and
// without masks.
#include "image.h"

namespace mote {
namespace {

struct Bitmap {
  Picture& p;
  size_t data, palette, entry;  // offsets, bytes of an entry
  size_t colours;
  unsigned bits;
  bool upwards;

  uint8_t* at(size_t x, size_t y) const {
    return p.pixels + ((upwards ? p.height - 1 - y : y) * p.width + x) * 3;
  }
  bool paint(uint8_t* to, size_t index) const {
    if (index >= colours || !p.has(palette + index * entry, 3)) return false;
    const uint8_t* from = p.file + palette + index * entry;
    to[0] = from[2];
    to[1] = from[1];
    to[2] = from[0];
    return true;
  }
};

uint8_t part(uint32_t v, uint32_t mask) {
  if (!mask) return 0;
  const unsigned shift = unsigned(__builtin_ctz(mask));
  return uint8_t(uint64_t((v & mask) >> shift) * 255 / (mask >> shift));
}

// Pairs of a count and a value; a count of 0 is the end of a row or the picture, a jump, or so many values as
// they are.
bool runs(const Bitmap& b) {
  const Picture& p = b.p;
  memset(p.pixels, 0, p.width * p.height * 3);
  size_t x = 0, y = 0;
  const auto put = [&](unsigned index) {
    if (x >= p.width || y >= p.height) return true;
    return b.paint(b.at(x++, y), index);
  };
  const auto half = [&](unsigned byte, size_t i) {
    return b.bits == 8 ? byte : i % 2 ? byte & 15 : byte >> 4;
  };
  for (size_t i = b.data; p.has(i, 2);) {
    const unsigned n = p.file[i], value = p.file[i + 1];
    i += 2;
    if (n) {
      for (size_t k = 0; k < n; ++k)
        if (!put(half(value, k))) return false;
    } else if (value == 0) {
      x = 0;
      ++y;
    } else if (value == 1) {
      return true;
    } else if (value == 2) {
      if (!p.has(i, 2)) return false;
      x += p.file[i];
      y += p.file[i + 1];
      i += 2;
    } else {
      const size_t bytes = b.bits == 8 ? value : (value + 1) / 2;
      if (!p.has(i, bytes)) return false;
      for (size_t k = 0; k < value; ++k)
        if (!put(half(p.file[i + (b.bits == 8 ? k : k / 2)], k))) return false;
      i += round_up(bytes, 2);
    }
  }
  return y + 1 >= p.height;
}

}  // namespace

Status decode_bmp(Picture& p) {
  if (!p.has(0, 26)) return p.broken();
  const uint32_t header = p.le32(14);
  const bool core = header == 12;
  if (header != 12 && header != 16 && header != 40 && header != 52 && header != 56 && header != 64 &&
      header != 108 && header != 124)
    return p.broken();
  if (!p.has(14, header)) return p.broken();
  Bitmap b{p, p.le32(10), 14 + size_t(header), core ? size_t(3) : 4, 0, p.le16(core ? 24 : 28), true};
  const int64_t width = core ? int64_t(p.le16(18)) : int32_t(p.le32(18));
  int64_t height = core ? int64_t(p.le16(20)) : int32_t(p.le32(22));
  b.upwards = height > 0;
  if (height < 0) height = -height;
  if (width <= 0 || !height) return p.broken();
  const uint32_t kind = header >= 40 ? p.le32(30) : 0, used = header >= 40 ? p.le32(46) : 0;
  if (kind == 4 || kind == 5) return p.c.fail(Status::unsupported, "a JPEG or PNG in a BMP");
  const bool masked = kind == 3 || kind == 6, packed = kind == 1 || kind == 2;
  if (kind > 6 || (packed && b.bits != (kind == 1 ? 8 : 4)) || (masked && b.bits != 16 && b.bits != 32))
    return p.broken();
  uint32_t masks[3] = {0x7c00, 0x3e0, 0x1f};
  if (b.bits == 32) masks[0] = 0xff0000, masks[1] = 0xff00, masks[2] = 0xff;
  if (masked) {
    if (!p.has(54, 12)) return p.broken();
    for (size_t i = 0; i < 3; ++i) masks[i] = p.le32(54 + i * 4);
  }
  const unsigned bits = b.bits;
  if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32)
    return p.broken();
  if (bits <= 8) {
    b.colours = used ? used : size_t(1) << bits;
    if (b.colours > size_t(1) << bits) b.colours = size_t(1) << bits;
  }
  TRY(p.start(size_t(width), size_t(height), 3, bits, p.size, packed ? 255 : 1));
  if (!p.pixels) return p.broken();
  if (packed) return runs(b) ? Status::ok : p.broken();
  const uint64_t row = (uint64_t(width) * bits + 31) / 32 * 4;
  for (size_t y = 0; y < p.height; ++y) {
    const uint64_t from = b.data + y * row;
    if (from > p.size || (uint64_t(width) * bits + 7) / 8 > p.size - from) return p.broken();
    for (size_t x = 0; x < p.width; ++x) {
      uint8_t* to = b.at(x, y);
      const size_t at = size_t(from) + x * bits / 8;
      if (bits <= 8) {
        if (!b.paint(to, p.file[at] >> (8 - bits - x * bits % 8) & ((1u << bits) - 1))) return p.broken();
      } else if (bits == 24) {
        for (size_t i = 0; i < 3; ++i) to[i] = p.file[at + 2 - i];
      } else {
        const uint32_t v = bits == 16 ? p.le16(at) : p.le32(at);
        for (size_t i = 0; i < 3; ++i) to[i] = part(v, masks[i]);
      }
    }
  }
  return Status::ok;
}

}  // namespace mote
