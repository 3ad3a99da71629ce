// Convolutions of f32 whose kernel depends on the shape, against sums in double: each element within 4 ulp of
// the sum of |w x|, and in tiles of four outputs within 8 of the greatest of these sums in the tile, as an
// element is a sum of what the tile reads.
import { model, graph, node, port, tensor } from '../onnx_writer.mjs';

// channels, rows, height, width, and what is not 3 x 3 taps with a border of one.
const shapes = {
  'tiles of 2 x 2': [16, 16, 6, 16],
  'tiles cut at the right and below': [16, 20, 5, 13],
  'tiles without a border': [17, 18, 8, 10, { pads: [0, 0, 0, 0] }],
  'tiles with an uneven border': [16, 16, 4, 21, { pads: [2, 0, 1, 3] }],
  'tiles of a narrow image': [24, 16, 40, 1],
  'tiles in two groups': [32, 32, 6, 9, { group: 2 }],
  'tiles in several blocks': [64, 16, 90, 8],
  'tiles of many channels': [600, 16, 6, 6],
  'tiles of 4 x 4': [16, 16, 32, 32, { tile: [4, 4] }],
  'tiles of 4 x 4, cut': [9, 13, 23, 33, { tile: [4, 4] }],
  'tiles of 4 x 4 without a border': [8, 8, 35, 21, { tile: [4, 4], pads: [0, 0, 0, 0] }],
  'tiles of 4 x 4 with an uneven border': [16, 10, 30, 51, { tile: [4, 4], pads: [2, 0, 1, 3] }],
  'tiles of 4 x 4 in two groups': [24, 40, 16, 17, { tile: [4, 4], group: 2 }],
  'tiles of 4 x 4 in several blocks': [64, 9, 70, 67, { tile: [4, 4] }],
  'tiles of 4 x 4 of many channels': [520, 8, 16, 16, { tile: [4, 4] }],
  'lines of 3 taps': [20, 24, 1, 301, { tile: [1, 4], kernel: [1, 3], pads: [0, 1, 0, 1] }],
  'lines of 3 taps, rows apart': [12, 13, 40, 31, { tile: [1, 4], kernel: [7, 3], pads: [6, 1, 6, 1], dilations: [2, 1] }],
  'lines of 4 taps': [15, 16, 1, 70, { tile: [1, 4], kernel: [1, 4], pads: [0, 3, 0, 0] }],
  'lines of 5 taps': [128, 38, 1, 512, { tile: [1, 4], kernel: [1, 5], pads: [0, 0, 0, 0] }],
  'lines of 5 taps, two rows apart': [3, 12, 41, 50, { tile: [1, 4], kernel: [5, 5], pads: [2, 2, 2, 2], strides: [2, 1] }],
  'lines of 7 taps': [12, 10, 1, 3001, { tile: [1, 4], kernel: [1, 7], pads: [0, 3, 0, 3] }],
  'lines of 9 taps': [16, 3, 37, 40, { tile: [1, 4], kernel: [9, 9], pads: [4, 4, 4, 4] }],
  'lines of 39 taps': [8, 8, 20, 130, { tile: [1, 4], kernel: [3, 39], pads: [1, 19, 1, 19] }],
  'lines of 6 taps in two groups': [24, 16, 3, 33, { tile: [1, 4], kernel: [2, 6], pads: [1, 5, 0, 2], group: 2 }],
  'lines in blocks of columns': [520, 8, 1, 700, { tile: [1, 4], kernel: [1, 3], pads: [0, 2, 0, 2] }],
  'lines that are all border': [16, 16, 1, 4, { tile: [1, 4], kernel: [1, 7], pads: [0, 20, 0, 9] }],
  'planes of three columns': [6, 6, 9, 3, { group: 6 }],
  'planes of four columns': [6, 6, 9, 4, { group: 6 }],
  'planes of nine columns': [5, 5, 2, 9, { group: 5 }],
  'planes in several calls': [9, 9, 130, 101, { group: 9 }],
  'padded planes, every other line': [5, 5, 13, 80, { group: 5, strides: [2, 1] }],
  'padded planes, every other column': [5, 5, 12, 31, { group: 5, strides: [1, 2], kernel: [3, 5], pads: [1, 1, 0, 3] }],
  'padded planes, two apart': [7, 7, 15, 18, { group: 7, strides: [2, 2], pads: [0, 0, 1, 1] }],
  'padded planes, taps apart': [3, 3, 17, 23, { group: 3, dilations: [2, 3], pads: [2, 4, 1, 3], strides: [3, 2] }],
  'padded planes of two columns': [4, 4, 3, 2, { group: 4, kernel: [5, 5], pads: [2, 2, 2, 2] }],
  'rows of 5 x 5': [3, 3, 14, 14, { group: 3, kernel: [5, 5], pads: [2, 2, 2, 2] }],
  'rows of 5 x 5, two apart': [3, 3, 31, 31, { group: 3, kernel: [5, 5], pads: [2, 2, 2, 2], strides: [2, 2] }],
  'windows in place, two apart': [3, 8, 30, 33, { kernel: [7, 7], pads: [3, 3, 3, 3], strides: [2, 2] }],
  'windows in place of small groups': [12, 12, 11, 15, { group: 3 }],
  'windows in place, channels in parts': [70, 5, 9, 24, { kernel: [5, 5], pads: [2, 2, 2, 2] }],
  'windows in place, strides that differ': [5, 9, 13, 47, { pads: [1, 0, 2, 1], strides: [1, 3] }],
  'windows in place, bands': [40, 4, 60, 64],
  'windows of one row': [20, 36, 1, 77, { pads: [1, 1, 1, 1] }],
  'packed windows': [33, 50, 9, 9, { strides: [2, 2] }],
  'rows of 7 x 7': [2, 2, 7, 7, { group: 2, kernel: [7, 7], pads: [3, 3, 3, 3] }],
};

function numbers(n, seed) {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

async function check(t, [channels, rows, height, width, { pads = [1, 1, 1, 1], group = 1, kernel: [tall, across] = [3, 3], strides = [1, 1], tile = [1, 1], dilations = [1, 1] } = {}]) {
  const each = channels / group;
  const x = numbers(2 * channels * height * width, 1), w = numbers(rows * each * tall * across, 2), b = numbers(rows, 3);
  const high = Math.floor((height + pads[0] + pads[2] - (tall - 1) * dilations[0] - 1) / strides[0]) + 1;
  const wide = Math.floor((width + pads[1] + pads[3] - (across - 1) * dilations[1] - 1) / strides[1]) + 1;
  const bytes = model({ graph: graph({
    inputs: [port('x', 'float32', [2, channels, height, width])], outputs: [port('y', 'float32', [2, rows, high, wide])],
    initializers: [tensor('w', 'float32', [rows, each, tall, across], w), tensor('b', 'float32', [rows], b)],
    nodes: [node('Conv', ['x', 'w', 'b'], ['y'], { attributes: { pads, group, strides, dilations } })] }) });
  const net = await t.load_shared(bytes);
  const { y } = await net.run({ x: { type: 'float32', dims: [2, channels, height, width], data: x } });
  net.dispose();
  t.equal(y.dims, [2, rows, high, wide], 'dims');
  const sums = new Float64Array(y.data.length), sizes = new Float64Array(y.data.length);
  sums.forEach((_, at) => {
    const j = at % wide, i = Math.floor(at / wide) % high, r = Math.floor(at / wide / high) % rows, n = Math.floor(at / wide / high / rows);
    const first = (n * channels + Math.floor(r / (rows / group)) * each) * height * width;
    let sum = b[r], size = Math.abs(b[r]);
    for (let c = 0; c < each; ++c)
      for (let ky = 0; ky < tall; ++ky)
        for (let kx = 0; kx < across; ++kx) {
          const p = i * strides[0] + ky * dilations[0] - pads[0], q = j * strides[1] + kx * dilations[1] - pads[1];
          if (p < 0 || q < 0 || p >= height || q >= width) continue;
          const term = x[first + (c * height + p) * width + q] * w[((r * each + c) * tall + ky) * across + kx];
          sum += term;
          size += Math.abs(term);
        }
    sums[at] = sum;
    sizes[at] = size;
  });
  sums.forEach((sum, at) => {
    const j = at % wide, i = Math.floor(at / wide) % high, plane = at - i * wide - j;
    let size = 0;
    const top = i - i % tile[0], left = j - j % tile[1];
    for (let p = top; p < Math.min(high, top + tile[0]); ++p)
      for (let q = left; q < Math.min(wide, left + tile[1]); ++q) size = Math.max(size, sizes[plane + p * wide + q]);
    if (!(Math.abs(y.data[at] - sum) <= size * (tile[1] > 1 ? 8 : 4) * 2 ** -23))
      t.fail(`[${plane / high / wide},${i},${j}]: got ${y.data[at]}, expected ${sum}`);
  });
}

export const cases = Object.entries(shapes).map(([name, shape]) => ({ name: `convolution: ${name}`, run: (t) => check(t, shape) }));
