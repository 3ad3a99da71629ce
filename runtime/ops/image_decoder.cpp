// ImageDecoder: the picture that a file holds.
//   in   encoded_stream u8 [n]        out  image u8 [height, width, channels]; [0, 0, channels] where the
//                                          file is broken or no picture
//   pixel_format string = "RGB", "BGR": 3 channels; "Grayscale": 1: (19595 R + 38470 G + 7471 B) / 65536,
//     rounded, as Pillow has it
// BMP (1 to 32 bits, palettes, RLE), PNG (all of it), PBM, PGM, PPM and PAM (P1 to P7), TIFF (strips and
// tiles, 1 to 16 bits, grey, palette and RGB; uncompressed, PackBits, LZW, Deflate), JPEG (baseline,
// extended, progressive: to the bit as libjpeg). Samples of 16 bits keep the upper 8; alpha and transparency
// are left out, and so is the orientation of EXIF. Errors: bad_type, bad_rank, bad_attribute, unsupported
// (JPEG 2000, WebP, rare forms of the others), out_of_memory. Source: ONNX ImageDecoder-20.
#include "image.h"

namespace mote {
namespace {

struct Attrs { Text pixel_format; };
constexpr Attr attrs[] = {ATTR(Attrs, pixel_format, "RGB")};

bool is_grey(const Attrs& a) { return a.pixel_format == "Grayscale"; }

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  if (!(a.pixel_format == "RGB") && !(a.pixel_format == "BGR") && !is_grey(a))
    return c.bad_attr("pixel_format", a.pixel_format, "RGB, BGR or Grayscale");
  TRY(c.want_type(0, types(Type::u8)));
  TRY(c.want_rank(0, 1));
  const int64_t dims[3] = {c.fresh(), c.fresh(), is_grey(a) ? 1 : 3};
  return c.set_dims(0, Type::u8, dims, 3);
}

Status decode(Picture& p) {
  const auto starts = [&](const char* with, size_t n, size_t at = 0) {
    for (size_t i = 0; i < n; ++i)
      if (!p.has(at, n) || p.file[at + i] != uint8_t(with[i])) return false;
    return true;
  };
  if (starts("BM", 2)) return decode_bmp(p);
  if (starts("\x89PNG\r\n\x1a\n", 8)) return decode_png(p);
  if (starts("\xff\xd8\xff", 3)) return decode_jpeg(p);
  if (starts("II*\0", 4) || starts("MM\0*", 4)) return decode_tiff(p);
  if (starts("II+\0", 4) || starts("MM\0+", 4)) return p.c.fail(Status::unsupported, "BigTIFF");
  if (p.has(0, 3) && p.file[0] == 'P' && p.file[1] >= '1' && p.file[1] <= '7') return decode_pnm(p);
  if (starts("RIFF", 4) && starts("WEBP", 4, 8)) return p.c.fail(Status::unsupported, "the format WebP");
  if (starts("\0\0\0\x0cjP  \r\n\x87\n", 12) || starts("\xff\x4f\xff\x51", 4))
    return p.c.fail(Status::unsupported, "the format JPEG 2000");
  return p.broken();
}

}  // namespace

Status Picture::start(size_t w, size_t h, unsigned n, size_t bits, size_t packed, size_t most) {
  width = w;
  height = h;
  channels = n;
  if (!w || !h) return Status::ok;
  if (w > 0x7fffffff || h > 0x7fffffff) return Status::ok;
  const uint64_t area = uint64_t(w) * h;
  if (area >> 48 || area / 8 / most * bits > packed) return Status::ok;
  size_t all;
  if (!mul(w, h, all) || !mul(all, size_t(n), all)) return c.no_memory(~size_t(0));
  pixels = static_cast<uint8_t*>(c.scratch(all));
  return pixels ? Status::ok : c.no_memory(all);
}

constinit const Op op_image_decoder = {ATTRS(Attrs, attrs), .shape = shape, .flags = gives};

Status run_image_decoder(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  Picture p{c, x.as<uint8_t>(), count(x)};
  TRY(decode(p));
  if (!p.pixels) p.width = p.height = 0;
  const unsigned channels = is_grey(a) ? 1 : 3;
  const int64_t dims[3] = {int64_t(p.height), int64_t(p.width), channels};
  TRY(c.give(0, dims, 3));
  const size_t n = p.width * p.height, red = a.pixel_format == "BGR" ? 2 : 0;
  uint8_t* to = c.out(0).as<uint8_t>();
  const uint8_t* from = p.pixels;
  if (channels == p.channels && !red) {
    if (n) memcpy(to, from, n * channels);
    return Status::ok;
  }
  for (size_t i = 0; i < n; ++i, to += channels, from += p.channels) {
    const unsigned r = from[0], g = p.channels == 3 ? from[1] : r, b = p.channels == 3 ? from[2] : r;
    if (channels == 1) {
      to[0] = uint8_t((19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16);
    } else {
      to[red] = uint8_t(r);
      to[1] = uint8_t(g);
      to[2 - red] = uint8_t(b);
    }
  }
  return Status::ok;
}

}  // namespace mote
