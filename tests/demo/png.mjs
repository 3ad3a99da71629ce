// Writes PNG files of every kind of pixel: write_png({ width, height, depth, colour, rows, palette }). colour
// is PNG's number: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA; rows(y) gives the samples of a row.
import { crc32, deflateSync } from 'node:zlib';

export const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

export function chunk(type, data) {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length);
  out.write(type, 4, 'latin1');
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

export function header(width, height, depth, colour) {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width);
  data.writeUInt32BE(height, 4);
  data.set([depth, colour], 8);
  return chunk('IHDR', data);
}

export function write_png({ width, height, depth = 8, colour = 6, rows, palette }) {
  const channels = [1, 0, 3, 1, 2, 0, 4][colour], row_bytes = Math.ceil(width * channels * depth / 8);
  const raw = Buffer.alloc(height * (1 + row_bytes));  // a filter of 0, then the row
  for (let y = 0; y < height; ++y) {
    const row = raw.subarray(y * (1 + row_bytes) + 1, (y + 1) * (1 + row_bytes));
    rows(y).forEach((sample, i) => {
      if (depth === 16) row.writeUInt16BE(sample, 2 * i);
      else row[i * depth >> 3] |= sample << 8 - depth - (i * depth & 7);
    });
  }
  const table = palette ? [chunk('PLTE', Buffer.from(palette.flat()))] : [];
  return Buffer.concat([signature, header(width, height, depth, colour), ...table,
    chunk('IDAT', deflateSync(raw)), chunk('IEND', Buffer.alloc(0))]);
}
