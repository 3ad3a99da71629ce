// Portable pictures: bits, grey and colours as text (P1 to P3) or as bytes (P4 to P6), and PAM (P7).
#include "image.h"

namespace mote {
namespace {

struct Reader {
  const Picture& p;
  size_t at = 2;

  bool space(uint8_t b) const { return b == ' ' || (b >= 9 && b <= 13); }
  void skip() {  // white space and comments
    for (bool comment = false; at < p.size; ++at) {
      const uint8_t b = p.file[at];
      if (b == '#') comment = true;
      else if (b == '\n' || b == '\r') comment = false;
      else if (!comment && !space(b)) return;
    }
  }
  bool number(size_t& v) {
    skip();
    const size_t first = at;
    for (v = 0; at < p.size && p.file[at] >= '0' && p.file[at] <= '9'; ++at)
      if (!mul(v, size_t(10), v) || !add(v, size_t(p.file[at] - '0'), v)) return false;
    return at > first;
  }
  bool word(Text w) {
    if (!p.has(at, w.size)) return false;
    for (size_t i = 0; i < w.size; ++i)
      if (p.file[at + i] != uint8_t(w.data[i])) return false;
    at += w.size;
    return true;
  }
  // The header of P7, up to its last line.
  bool fields(size_t& width, size_t& height, size_t& depth, size_t& most) {
    for (;;) {
      skip();
      if (word("ENDHDR\n")) return true;
      bool good = true;
      if (word("WIDTH ")) good = number(width);
      else if (word("HEIGHT ")) good = number(height);
      else if (word("DEPTH ")) good = number(depth);
      else if (word("MAXVAL ")) good = number(most);
      else if (!word("TUPLTYPE ")) return false;
      else while (at < p.size && p.file[at] != '\n') ++at;
      if (!good) return false;
    }
  }
};

}  // namespace

Status decode_pnm(Picture& p) {
  Reader r{p};
  const unsigned kind = p.file[1] - '0';
  const bool bits = kind == 1 || kind == 4, text = kind <= 3;
  size_t width = 0, height = 0, depth = kind == 3 || kind == 6 ? 3 : 1, most = bits ? 1 : 0;
  if (kind == 7) {
    if (!r.fields(width, height, depth, most)) return p.broken();
  } else {
    if (!r.number(width) || !r.number(height) || (!bits && !r.number(most))) return p.broken();
    // just one in front of the samples
    if (!text && (r.at >= p.size || !r.space(p.file[r.at++]))) return p.broken();
  }
  if (!most || most > 65535 || !depth || depth > 4) return p.broken();
  const size_t bytes = most > 255 ? 2 : 1;
  TRY(p.start(width, height, depth < 3 ? 1 : 3,
              text        ? 8 * depth
              : kind == 4 ? 1
                          : 8 * depth * bytes,
              p.size, 1));
  if (!p.pixels) return p.broken();
  uint8_t* to = p.pixels;
  for (size_t y = 0; y < height; ++y) {
    for (size_t x = 0; x < width; ++x)
      for (size_t i = 0; i < depth; ++i) {
        size_t v;
        if (kind == 1) {  // digits may stand without a space
          r.skip();
          if (r.at >= p.size || (p.file[r.at] != '0' && p.file[r.at] != '1')) return p.broken();
          v = p.file[r.at++] - '0';
        } else if (text) {
          if (!r.number(v)) return p.broken();
        } else if (kind == 4) {
          if (!p.has(r.at, x / 8 + 1)) return p.broken();
          v = p.file[r.at + x / 8] >> (7 - x % 8) & 1;
        } else {
          if (!p.has(r.at, bytes)) return p.broken();
          v = bytes == 2 ? p.be16(r.at) : p.file[r.at];
          r.at += bytes;
        }
        if (i >= p.channels) continue;  // alpha
        if (bits) v = 1 - v;
        *to++ = uint8_t((uint32_t(min(v, most)) * 255 + most / 2) / most);
      }
    if (kind == 4) r.at += (width + 7) / 8;
  }
  return Status::ok;
}

}  // namespace mote
