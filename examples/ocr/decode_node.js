// A picture from the bytes of a PNG or JPEG file, in Node, by pngjs and jpeg-js. A page has its own decoder:
// decode_page.js.
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { upright } from './picture.js';

const most_pixels = 100e6;

const starts = [  // what a file is, by its first bytes
  ['PNG', /^\x89PNG\r\n\x1a\n/], ['JPEG', /^\xff\xd8\xff/], ['GIF', /^GIF8/], ['WebP', /^RIFF....WEBP/s],
  ['BMP', /^BM/], ['TIFF', /^(II\*\0|MM\0\*)/], ['HEIF or AVIF', /^....ftyp/s], ['PDF', /^%PDF/],
  ['SVG', /^\s*(<\?xml[^]*)?<svg/], ['HTML', /^\s*<(!doctype html|html|head|body)/i],
  ['a Git LFS pointer', /^version https:\/\/git-lfs/],
];

// Gives a picture (picture.js), or throws one sentence.
export function decode(bytes, name) {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = file.subarray(0, 512).latin1Slice();
  const kind = starts.find(([, pattern]) => pattern.test(start))?.[0];
  if (!file.length) throw new Error(`${name} is empty`);
  if (kind !== 'PNG' && kind !== 'JPEG')
    throw new Error(`${name} is neither PNG nor JPEG${kind ? `: it is ${kind}` : ''}`);
  try {
    return kind === 'PNG' ? decode_png(file) : decode_jpeg(file);
  } catch (e) {
    if (/limit exceeded/.test(e.message))
      throw new Error(`${name} is too big: at most ${most_pixels / 1e6} million pixels are read`);
    const known = /unsupported|only/i.test(e.message);
    const why = known ? `of a kind that is not read: ${e.message}` : 'damaged or cut short';
    throw new Error(`${name} is a ${kind} file ${why}`, { cause: e });
  }
}

function decode_png(file) {
  if (file.length >= 24 && file.readUInt32BE(16) * file.readUInt32BE(20) > most_pixels)
    throw new Error('limit exceeded');
  return PNG.sync.read(file);  // to 8 bits, from 1 to 16; grey and palettes become colours
}

function decode_jpeg(file) {
  const limits = { maxResolutionInMP: most_pixels / 1e6, maxMemoryUsageInMB: 2048 };
  const picture = jpeg.decode(file, { useTArray: true, ...limits });
  return upright(picture, orientation(picture.exifBuffer));
}

// EXIF's tag 0x0112 in the first directory of a TIFF header; 1 where there is none.
// exif: what follows "Exif\0" in the file.
function orientation(exif) {
  if (!exif || exif.length < 15) return 1;
  const view = new DataView(exif.buffer, exif.byteOffset + 1, exif.length - 1);
  const little = view.getUint8(0) === 0x49;
  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0, at = directory + 2; i < entries && at + 12 <= view.byteLength; ++i, at += 12)
    if (view.getUint16(at, little) === 0x0112) return view.getUint16(at + 8, little);
  return 1;
}
