// The demo as a command: what it prints, how it fails, and the kinds of files that it reads.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { decode } from '../../examples/ocr/decode_node.js';
import { upright } from '../../examples/ocr/picture.js';
import { crop, hours, hours_texts, notice } from './cases.mjs';
import { chunk, header, signature, write_png } from './png.mjs';

function in_folder(t, name) {
  const folder = `${t.root}build/tests/demo-${t.host}/${name}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return {
    folder,
    write: (file, bytes) => writeFileSync(`${folder}/${file}`, bytes),
    run(program, ...args) {
      const r = spawnSync(program, args, { cwd: folder, encoding: 'utf8', timeout: 200_000 });
      if (r.error) throw r.error;
      return { code: r.status ?? r.signal, out: r.stdout, err: r.stderr };
    },
  };
}
const main = (t) => `${t.root}examples/ocr/main.js`;
const notice_bytes = (t) => readFileSync(`${t.root}examples/ocr/notice.jpg`);

// The lines that the command printed: [text, corners].
function printed(t, { code, out, err }) {
  t.equal([code, err], [0, ''], 'exit code and errors');
  for (const part of [/^.*: \d+ x \d+ pixels, decoded in \d+ ms\n/, /\nthree models loaded in \d+ ms \(variant simd\)\n/,
    /\ndetection in \d+ ms; (no|\d+) lines? of text\n/, /\nread in \d+ ms\n$/]) t.assert(part.test(out), `it printed: ${out}`);
  const points = (text) => text.trim().split(/ +/).map((p) => p.split(',').map(Number));
  const lines = [...out.matchAll(/^((?:\d+,\d+ +){4})\d+ ms  (.*)$/gm)];
  return lines.map(([, corners, text]) => [text, points(corners)]);
}

function fails(t, { code, out, err }, pattern) {
  t.equal([code, out], [1, ''], `exit code and output (${err})`);
  const one = /^demo: [^\n]+\n$/.test(err);
  t.assert(one && pattern.test(err), `expected one sentence like ${pattern}, got: ${err}`);
}

// The part of the notice with its opening hours, and each pixel's grey.
function hours_of(t) {
  const picture = crop(decode(notice_bytes(t), 'notice'), hours), { width, height, data } = picture;
  const pixel = (i) => data.subarray(4 * i, 4 * i + 3);
  const row = (y, sample) => Array.from({ length: width }, (_, x) => sample(...pixel(y * width + x)));
  const grey = (r, g, b) => Math.round(0.3 * r + 0.59 * g + 0.11 * b);
  return { picture, width, height, row, grey };
}

// The notice with an APP1 segment in which EXIF tells an orientation.
function with_exif(jpeg, orientation, little) {
  const tiff = Buffer.alloc(8 + 2 + 24 + 4);
  const put = (value, at, bytes) => little ? tiff.writeUIntLE(value, at, bytes) : tiff.writeUIntBE(value, at, bytes);
  tiff.write(little ? 'II' : 'MM', 'latin1');
  put(42, 2, 2), put(8, 4, 4), put(2, 8, 2);
  put(0x0100, 10, 2), put(3, 12, 2), put(1, 14, 4), put(9, 18, 2);            // another tag
  put(0x0112, 22, 2), put(3, 24, 2), put(1, 26, 4), put(orientation, 30, 2);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]), size = Buffer.alloc(2);
  size.writeUInt16BE(body.length + 2);
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.of(0xff, 0xe1), size, body, jpeg.subarray(2)]);
}

export const node_cases = [
  ['toolchain/demo reads the notice', (t) => {
    const lines = printed(t, in_folder(t, 'own').run(`${t.root}toolchain/demo`));
    t.equal(lines.map(([text]) => text), notice.map(([text]) => text), 'text');
    for (const [i, [text, corners]] of lines.entries()) {
      const [left, top, right, bottom] = notice[i][1];
      const near = ([x, y]) => x > left - 12 && x < right + 12 && y > top - 12 && y < bottom + 12;
      t.assert(corners.every(near), `'${text}' has the corners ${corners.join(' ')}`);
    }
  }],
  ['a PNG of 16 bits by a relative path', (t) => {
    const { write, run } = in_folder(t, 'png'), { width, height, row, grey } = hours_of(t);
    const rows = (y) => row(y, (...c) => grey(...c) * 257);
    write('my hours.png', write_png({ width, height, depth: 16, colour: 0, rows }));
    const result = run(process.execPath, main(t), 'my hours.png');
    t.equal(printed(t, result).map(([text]) => text), hours_texts, 'text');
    t.assert(result.out.startsWith(`my hours.png: ${width} x ${height} pixels`), result.out);
    write('white.png', write_png({ width: 3, height: 2, colour: 0, rows: () => [255, 255, 255] }));
    t.equal(printed(t, run(process.execPath, main(t), 'white.png')), [], 'lines of a white picture');
  }],
  ['every kind of PNG is decoded', (t) => {
    const { picture, width, height, row, grey } = hours_of(t);
    const check = (what, png, pixel) => {
      const got = decode(write_png({ width, height, ...png }), what);
      t.equal([got.width, got.height], [width, height], `${what}: size`);
      for (let i = 0; i < 4 * width * height; i += 4) {
        const want = pixel(...picture.data.subarray(i, i + 3));
        if (want.some((c, k) => got.data[i + k] !== c))
          t.fail(`${what}: pixel ${i / 4} is ${got.data.subarray(i, i + 4)}, expected ${want}`);
      }
    };
    const g = (...c) => [grey(...c), grey(...c), grey(...c), 255];
    check('grey', { colour: 0, rows: (y) => row(y, grey) }, g);
    check('grey of 16 bits', { depth: 16, colour: 0, rows: (y) => row(y, (...c) => grey(...c) * 257) }, g);
    check('grey of 1 bit', { depth: 1, colour: 0, rows: (y) => row(y, (r) => r >> 7) },
      (r) => [r >> 7, r >> 7, r >> 7, 1].map((x) => x * 255));
    check('grey and alpha', { colour: 4, rows: (y) => row(y, (...c) => [grey(...c), c[0]]).flat() },
      (...c) => [...g(...c).slice(0, 3), c[0]]);
    check('colours', { colour: 2, rows: (y) => row(y, (...c) => c).flat() }, (...c) => [...c, 255]);
    check('colours of 16 bits', { depth: 16, colour: 2, rows: (y) => row(y, (...c) => c.map((x) => x * 257)).flat() },
      (...c) => [...c, 255]);
    check('colours and alpha', { colour: 6, rows: (y) => row(y, (...c) => [...c, 255 - c[1]]).flat() },
      (...c) => [...c, 255 - c[1]]);
    const palette = Array.from({ length: 16 }, (_, i) => [i, 255 - i, 7]);
    check('a palette', { depth: 4, colour: 3, palette, rows: (y) => row(y, (r) => r >> 4) }, (r) => [...palette[r >> 4], 255]);
  }],
  ['a camera that lay on its side', (t) => {
    const jpeg = notice_bytes(t), plain = decode(jpeg, 'notice');
    const same = (a, b) => a.width === b.width && a.height === b.height && Buffer.from(a.data).equals(Buffer.from(b.data));
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const got = decode(with_exif(jpeg, orientation, orientation % 2), 'exif'), want = upright(plain, orientation);
      t.assert(same(got, want), `orientation ${orientation}`);
    }
    // each orientation undone by its inverse
    for (const [orientation, inverse] of [[1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [6, 8], [7, 7], [8, 6]])
      t.assert(same(upright(upright(plain, orientation), inverse), plain), `orientation ${orientation} and back`);
    t.equal(decode(with_exif(jpeg, 99), 'exif').width, plain.width, 'an orientation that there is not');
  }],
  ['bad files', (t) => {
    const { write, run, folder } = in_folder(t, 'bad'), jpeg = notice_bytes(t);
    const { width, height, row, grey } = hours_of(t);
    const png = write_png({ width, height, colour: 0, rows: (y) => row(y, grey) });
    const changed = (bytes, at, ...others) => {
      const out = Buffer.from(bytes);
      out.set(others, at);
      return out;
    };
    const damaged = (bytes, at) => changed(bytes, at, 0xff, 0xe4, 0x00, 0x7f);
    const frame = jpeg.indexOf(Buffer.of(0xff, 0xc0)), end = chunk('IEND', Buffer.alloc(0));
    const bad = {
      'page.png': ['<!DOCTYPE html>\n<html></html>\n', /page\.png is neither PNG nor JPEG: it is HTML/],
      'pointer.png': ['version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', /neither PNG nor JPEG: it is a Git LFS pointer/],
      'text.jpg': ['hello', /text\.jpg is neither PNG nor JPEG\n/],
      'moving.jpg': ['GIF89a', /it is GIF/],
      'web.jpg': ['RIFF\x10\0\0\0WEBPVP8 ', /it is WebP/],
      'phone.jpg': ['\0\0\0\x18ftypheic', /it is HEIF or AVIF/],
      'empty.png': ['', /empty\.png is empty/],
      'cut.png': [png.subarray(0, png.length / 2), /cut\.png is a PNG file damaged or cut short/],
      'start.png': [signature, /damaged or cut short/],
      'sum.png': [damaged(png, 500), /damaged or cut short/],
      'kind.png': [Buffer.concat([signature, header(8, 8, 3, 0), end]), /kind\.png is a PNG file (of a kind|damaged)/],
      'huge.png': [Buffer.concat([signature, header(65535, 65535, 8, 6), png.subarray(33)]),
        /huge\.png is too big: at most 100 million pixels/],
      'cut.jpg': [jpeg.subarray(0, jpeg.length / 2), /cut\.jpg is a JPEG file damaged or cut short/],
      'start.jpg': [jpeg.subarray(0, 3), /damaged or cut short/],
      'middle.jpg': [damaged(jpeg, 40_000), /damaged or cut short/],
      'huge.jpg': [changed(jpeg, frame + 5, 0xff, 0xff, 0xff, 0xff), /huge\.jpg is too big/],
    };
    for (const [name, [bytes, pattern]] of Object.entries(bad)) {
      write(name, bytes);
      fails(t, run(process.execPath, main(t), name), pattern);
    }
    fails(t, run(process.execPath, main(t), 'nowhere.png'), /nowhere\.png: there is no such file/);
    fails(t, run(process.execPath, main(t), folder), /is not a file/);
    fails(t, run(process.execPath, main(t), 'a.png', 'b.png'), /usage: toolchain\/demo \[PICTURE\]/);
    fails(t, run(process.execPath, main(t), '--help'), /usage/);
  }],
].map(([name, run]) => ({ name, run }));
