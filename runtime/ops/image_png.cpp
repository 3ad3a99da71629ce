// PNG: every colour type and depth, interlaced or not.
#include "image.h"

namespace mote {
namespace {

uint32_t crc(const uint8_t* from, size_t n) {  // four bits at a time
  uint32_t table[16], sum = ~0u;
  for (uint32_t i = 0; i < 16; ++i) {
    uint32_t v = i;
    for (int k = 0; k < 4; ++k) v = v >> 1 ^ (v & 1 ? 0xedb88320 : 0);
    table[i] = v;
  }
  for (size_t i = 0; i < n; ++i)
    for (int k = 0; k < 8; k += 4) sum = sum >> 4 ^ table[(sum ^ from[i] >> k) & 15];
  return ~sum;
}

struct Pass { uint8_t x, y, step_x, step_y; };
constexpr Pass whole[] = {{0, 0, 1, 1}};
constexpr Pass adam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                          {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};

struct Png {
  Picture& p;
  unsigned depth = 0, colour = 0, samples = 0;  // of a pixel
  bool interlaced = false;
  size_t palette = 0, colours = 0;  // offset, entries
  uint8_t* data = nullptr;          // of all IDAT chunks, one behind the other
  size_t n_data = 0;

  bool header(size_t at, size_t n);
  bool unfilter(uint8_t* rows, size_t n, size_t row) const;
  bool paint(const uint8_t* row, size_t i, uint8_t* to) const;
};

bool Png::header(size_t at, size_t n) {
  if (n != 13) return false;
  p.width = p.be32(at);
  p.height = p.be32(at + 4);
  depth = p.file[at + 8];
  colour = p.file[at + 9];
  interlaced = p.file[at + 12] == 1;
  static constexpr uint8_t counts[7] = {1, 0, 3, 1, 2, 0, 4};
  if (colour > 6 || !counts[colour] || p.file[at + 10] || p.file[at + 11] || p.file[at + 12] > 1)
    return false;
  samples = counts[colour];
  const bool small = depth == 1 || depth == 2 || depth == 4;
  if (!(depth == 8 || (depth == 16 && colour != 3) || (small && (colour == 0 || colour == 3)))) return false;
  return p.width && p.height && p.width <= 0x7fffffff && p.height <= 0x7fffffff;
}

// n rows of one byte for the filter and `row` bytes each: bytes were stored less a guess of the bytes left,
// above and above left.
bool Png::unfilter(uint8_t* rows, size_t n, size_t row) const {
  const size_t step = max(1u, samples * depth / 8);
  for (size_t y = 0; y < n; ++y) {
    uint8_t* at = rows + y * (row + 1);
    const unsigned filter = *at++;
    const uint8_t* above = y ? at - (row + 1) : nullptr;
    if (filter > 4) return false;
    for (size_t i = 0; filter && i < row; ++i) {
      const int a = i < step ? 0 : at[i - step], b = above ? above[i] : 0,
                c = i < step || !above ? 0 : above[i - step];
      int guess = filter == 1 ? a : filter == 2 ? b : (a + b) / 2;
      if (filter == 4) {
        const int to_a = b > c ? b - c : c - b, to_b = a > c ? a - c : c - a, sum = a + b - 2 * c,
                  to_c = sum < 0 ? -sum : sum;
        guess = to_a <= to_b && to_a <= to_c ? a : to_b <= to_c ? b : c;
      }
      at[i] = uint8_t(at[i] + guess);
    }
  }
  return true;
}

bool Png::paint(const uint8_t* row, size_t i, uint8_t* to) const {
  if (depth < 8) {
    const unsigned most = (1u << depth) - 1, v = row[i * depth / 8] >> (8 - depth - i * depth % 8) & most;
    if (colour == 0) return *to = uint8_t(v * 255 / most), true;
    if (v >= colours) return false;
    memcpy(to, p.file + palette + v * 3, 3);
    return true;
  }
  const size_t bytes = depth / 8;
  row += i * samples * bytes;
  if (colour == 3) {
    if (*row >= colours) return false;
    memcpy(to, p.file + palette + *row * size_t(3), 3);
    return true;
  }
  for (size_t k = 0; k < p.channels; ++k) to[k] = row[k * bytes];
  return true;
}

}  // namespace

Status decode_png(Picture& p) {
  Png png{p};
  png.data = static_cast<uint8_t*>(p.c.scratch(p.size));
  if (!png.data) return p.c.no_memory(p.size);
  bool first = true, ended = false;
  for (size_t at = 8; !ended && p.has(at, 12);) {
    const size_t n = p.be32(at);
    const uint32_t kind = p.be32(at + 4);
    if (!p.has(at + 12, n)) return p.broken();
    const bool critical = !(kind & 0x20000000);
    if (critical && crc(p.file + at + 4, n + 4) != p.be32(at + 8 + n)) return p.broken();
    if (first != (kind == 0x49484452)) return p.broken();  // IHDR
    if (first && !png.header(at + 8, n)) return p.broken();
    first = false;
    if (kind == 0x504c5445) {  // PLTE
      png.palette = at + 8;
      png.colours = n / 3;
    } else if (kind == 0x49444154) {  // IDAT
      if (n) memcpy(png.data + png.n_data, p.file + at + 8, n);
      png.n_data += n;
    }
    ended = kind == 0x49454e44;  // IEND
    at += 12 + n;
  }
  if (first) return p.broken();
  const size_t bits = png.samples * png.depth, width = p.width, height = p.height;
  TRY(p.start(width, height, png.colour == 0 || png.colour == 4 ? 1 : 3, bits, png.n_data, inflate_most));
  if (!p.pixels) return p.broken();
  const Span<const Pass> passes = png.interlaced ? Span<const Pass>{adam7, 7} : Span<const Pass>{whole, 1};
  const auto wide = [&](const Pass& s) { return width > s.x ? (width - s.x + s.step_x - 1) / s.step_x : 0; };
  const auto high = [&](const Pass& s) {
    return height > s.y ? (height - s.y + s.step_y - 1) / s.step_y : 0;
  };
  const auto row_of = [&](const Pass& s) { return size_t((uint64_t(wide(s)) * bits + 7) / 8); };
  uint64_t all = 0;
  for (const Pass& s : passes)
    if (wide(s)) all += uint64_t(high(s)) * (row_of(s) + 1);
  if (all / inflate_most > png.n_data) return p.broken();
  auto* rows = all > ~size_t(0) ? nullptr : static_cast<uint8_t*>(p.c.scratch(size_t(all)));
  if (!rows) return p.c.no_memory(size_t(all));
  if (!inflate(png.data, png.n_data, rows, size_t(all))) return p.broken();
  for (const Pass& s : passes) {
    const size_t w = wide(s), h = high(s), row = row_of(s);
    if (!w || !h) continue;
    if (!png.unfilter(rows, h, row)) return p.broken();
    for (size_t y = 0; y < h; ++y, rows += row + 1)
      for (size_t x = 0; x < w; ++x)
        if (!png.paint(rows + 1, x,
                       p.pixels + ((s.y + y * s.step_y) * width + s.x + x * s.step_x) * p.channels))
          return p.broken();
  }
  return Status::ok;
}

}  // namespace mote
