// Pictures as files: what the codecs of ImageDecoder share.
#pragma once
#include "../op.h"

namespace mote {

struct Picture {
  Call& c;
  const uint8_t* file;
  size_t size;                // bytes of the file
  size_t width = 0, height = 0;
  unsigned channels = 0;      // 1: grey, 3: red, green, blue
  uint8_t* pixels = nullptr;  // [height, width, channels], in scratch; stays null where the file is broken

  bool has(size_t at, size_t n) const { return at <= size && n <= size - at; }
  unsigned le16(size_t at) const { return file[at] | unsigned(file[at + 1]) << 8; }
  uint32_t le32(size_t at) const { return le16(at) | uint32_t(le16(at + 2)) << 16; }
  unsigned be16(size_t at) const { return file[at + 1] | unsigned(file[at]) << 8; }
  uint32_t be32(size_t at) const { return be16(at + 2) | uint32_t(be16(at)) << 16; }

  // Gives the picture its size and memory. `packed` bytes of the file, each of which can stand for `most`
  // bytes of samples of `bits` bits a pixel, must be able to hold it: a small file cannot ask for much.
  // False: broken, or memory ran out (c.fail).
  Status start(size_t w, size_t h, unsigned n, size_t bits, size_t packed, size_t most);
  Status broken() { return pixels = nullptr, Status::ok; }
};

// Each reads p.file, whose first bytes say that it is one. Errors: unsupported, out_of_memory.
Status decode_bmp(Picture& p);
Status decode_pnm(Picture& p);
Status decode_png(Picture& p);
Status decode_tiff(Picture& p);
Status decode_jpeg(Picture& p);

// The first `want` bytes of a zlib stream; false where it is broken or shorter.
bool inflate(const uint8_t* from, size_t n, uint8_t* to, size_t want);
constexpr size_t inflate_most = 1032;  // bytes that a byte can become: 258 by two bits

}  // namespace mote
