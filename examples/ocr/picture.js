// Pictures as tensors. A picture is { width, height, data }: RGBA, 8 bits a channel, row-major [height,
// width, 4], as decoders and canvases give it. Positions are [x, y] in pixels; the centre of the first pixel
// is [0.5, 0.5].

// Blends pixels that let something through with what lies behind: paper, or black where the picture itself is
// bright.
export function flatten({ width, height, data }) {
  let seen = 0, light = 0;
  for (let i = 0; i < data.length; i += 4) {
    seen += data[i + 3];
    light += data[i + 3] * (data[i] * 0.3 + data[i + 1] * 0.6 + data[i + 2] * 0.1);
  }
  if (seen === width * height * 255) return { width, height, data };
  const behind = light > seen * 160 ? 0 : 255, flat = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3] / 255;
    for (let c = 0; c < 3; ++c) flat[i + c] = data[i + c] * alpha + behind * (1 - alpha);
    flat[i + 3] = 255;
  }
  return { width, height, data: flat };
}

// Turns and mirrors a picture as EXIF's orientation, 1 to 8, asks for; cameras store pixels as their sensor
// lies.
export function upright({ width, height, data }, orientation) {
  const among = (...list) => list.includes(orientation);
  const mirror = among(2, 3, 6, 7), flip = among(3, 4, 7, 8), swap = among(5, 6, 7, 8);
  if (!mirror && !flip && !swap) return { width, height, data };
  const n = width * height, from = new Uint32Array(data.buffer, data.byteOffset, n), to = new Uint32Array(n);
  const [w, h] = swap ? [height, width] : [width, height];
  for (let y = 0, at = 0; y < h; ++y) {
    for (let x = 0; x < w; ++x) {
      const u = mirror ? w - 1 - x : x, v = flip ? h - 1 - y : y;
      to[at++] = from[swap ? u * width + v : v * width + u];
    }
  }
  return { width: w, height: h, data: new Uint8ClampedArray(to.buffer) };
}

// The parallelogram with the corners `from`, `right` (of the first) and `down`, as a tensor [1, 3, height,
// total_width]: its pixels fill `width` columns, the rest is 0. Channels are blue, green, red, which is how
// the models were trained; each value becomes (value / 255 - mean) / deviation. Beyond its edges a picture
// goes on as it ends.
export function to_tensor(picture, [from, right, down], options) {
  const { width, height, total_width = width, mean, deviation } = options;
  const { data } = picture, plane = height * total_width, out = new Float32Array(3 * plane);
  const ax = (right[0] - from[0]) / width, ay = (right[1] - from[1]) / width;     // one column further
  const bx = (down[0] - from[0]) / height, by = (down[1] - from[1]) / height;     // one row further
  // Where many pixels become one, a grid of points is averaged: at most 1.5 pixels apart, in each direction.
  const across = Math.ceil(Math.hypot(ax, ay) / 1.5) || 1, along = Math.ceil(Math.hypot(bx, by) / 1.5) || 1;
  const points = across * along, last_x = picture.width - 1, last_y = picture.height - 1;
  const factor = deviation.map((d) => 1 / (255 * d * points)), shift = mean.map((m, c) => m / deviation[c]);

  for (let row = 0; row < height; ++row) {
    for (let column = 0; column < width; ++column) {
      let red = 0, green = 0, blue = 0;
      for (let k = 0; k < points; ++k) {
        const i = column + (k % across + 0.5) / across, j = row + (Math.floor(k / across) + 0.5) / along;
        const x = Math.min(Math.max(from[0] + ax * i + bx * j - 0.5, 0), last_x);
        const y = Math.min(Math.max(from[1] + ay * i + by * j - 0.5, 0), last_y);
        const left = Math.floor(x), fx = x - left, top = Math.floor(y), fy = y - top;
        const p = 4 * (top * picture.width + left), q = left < last_x ? p + 4 : p;
        const below = top < last_y ? 4 * picture.width : 0, r = p + below, s = q + below;
        const w00 = (1 - fx) * (1 - fy), w01 = fx * (1 - fy), w10 = (1 - fx) * fy, w11 = fx * fy;
        red += data[p] * w00 + data[q] * w01 + data[r] * w10 + data[s] * w11;
        green += data[p + 1] * w00 + data[q + 1] * w01 + data[r + 1] * w10 + data[s + 1] * w11;
        blue += data[p + 2] * w00 + data[q + 2] * w01 + data[r + 2] * w10 + data[s + 2] * w11;
      }
      const at = row * total_width + column;
      out[at] = blue * factor[0] - shift[0];
      out[at + plane] = green * factor[1] - shift[1];
      out[at + 2 * plane] = red * factor[2] - shift[2];
    }
  }
  return { type: 'float32', dims: [1, 3, height, total_width], data: out };
}
