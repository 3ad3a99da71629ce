// Finds lines of text (PP-OCRv4 detection). The model gives for every pixel the probability that it lies in
// the core of a line; each patch of likely pixels becomes the smallest rectangle around it, at any angle,
// grown to what the core was shrunk from.
import { to_tensor } from './picture.js';

const side_limit = 960;    // pixels the model sees at most in one direction
const likely = 0.3;        // probability from which a pixel belongs to a patch
const box_score = 0.5;     // mean probability from which a rectangle is text
const grow = 1.6;          // the rectangle grows by area * grow / perimeter on each side
const least_side = 3;      // pixels of the model; smaller patches are dust
const most_patches = 1000;

// Gives a list of boxes in reading order, each four corners [x, y]: where a line's text begins at the top,
// then clockwise.
export async function detect(model, picture) {
  const scale = Math.min(1, side_limit / Math.max(picture.width, picture.height));
  const fitted = (n) => Math.max(32, Math.round(n * scale / 32) * 32);
  const width = fitted(picture.width), height = fitted(picture.height);
  const x = to_tensor(picture, [[0, 0], [picture.width, 0], [0, picture.height]],
    { width, height, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] });
  const [{ data }] = Object.values(await model.run({ [model.inputs[0].name]: x }));  // [1, 1, height, width]
  const inside = (v, end) => Math.min(Math.max(v, 0), end);
  const stretch = ([x, y]) => [
    inside(x * picture.width / width, picture.width), inside(y * picture.height / height, picture.height)];
  const boxes = patches(data, width, height).map((points) => smallest_rectangle(hull(points)))
    .filter((box) => Math.min(box.width, box.height) >= least_side)
    .filter((box) => score(data, width, height, box) >= box_score);
  return reading_order(boxes.map((box) => text_first(corners(grown(box)).map(stretch))));
}

// Patches of pixels that touch each other, also by a corner; of each the ends of its rows as points, from top
// to bottom.
export function patches(data, width, height) {
  const seen = new Uint8Array(width * height), stack = [], found = [];
  for (let start = 0; start < data.length && found.length < most_patches; ++start) {
    if (seen[start] || data[start] <= likely) continue;
    const rows = new Map();  // y: [first x, last x]
    seen[start] = 1;
    stack.push(start);
    while (stack.length) {
      const at = stack.pop(), x = at % width, y = (at - x) / width, row = rows.get(y);
      if (!row) rows.set(y, [x, x]);
      else if (x < row[0]) row[0] = x;
      else if (x > row[1]) row[1] = x;
      for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); ++v) {
        for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); ++u) {
          const next = v * width + u;
          if (seen[next] || data[next] <= likely) continue;
          seen[next] = 1;
          stack.push(next);
        }
      }
    }
    const ends = ([y, [a, b]]) => [[a, y], [b + 1, y], [a, y + 1], [b + 1, y + 1]];
    found.push([...rows].sort(([a], [b]) => a - b).flatMap(ends));
  }
  return found;
}

// The convex hull of points, clockwise as seen on a screen (Andrew's monotone chain).
export function hull(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  const half = (list) => {
    const chain = [];
    for (const p of list) {
      while (chain.length > 1 && turn(...chain.slice(-2), p) <= 0) chain.pop();
      chain.push(p);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

// The rectangle of least area around a convex polygon has a side along one of the polygon's. Gives { centre,
// axis, width, height }, where `axis` is the unit vector along its width and points rightward, at most 45
// degrees up or down.
export function smallest_rectangle(polygon) {
  let best, least = Infinity;
  for (const [i, [x, y]] of polygon.entries()) {
    const next = polygon[(i + 1) % polygon.length], length = Math.hypot(next[0] - x, next[1] - y);
    let u = (next[0] - x) / length, v = (next[1] - y) / length;
    if (Math.abs(u) < Math.abs(v)) [u, v] = [-v, u];
    if (u < 0) [u, v] = [-u, -v];
    let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
    for (const [px, py] of polygon) {
      const a = px * u + py * v, b = py * u - px * v;
      [left, right] = [Math.min(left, a), Math.max(right, a)];
      [top, bottom] = [Math.min(top, b), Math.max(bottom, b)];
    }
    const area = (right - left) * (bottom - top), a = (left + right) / 2, b = (top + bottom) / 2;
    if (area >= least) continue;
    least = area;
    const centre = [a * u - b * v, a * v + b * u];
    best = { centre, axis: [u, v], width: right - left, height: bottom - top };
  }
  return best;
}

// Mean probability inside a rectangle.
function score(data, width, height, box) {
  const { centre: [cx, cy], axis: [u, v] } = box, points = corners(box);
  const [left, right] = [Math.min, Math.max].map((f) => f(...points.map(([x]) => x)));
  const [top, bottom] = [Math.min, Math.max].map((f) => f(...points.map(([, y]) => y)));
  let sum = 0, count = 0;
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, bottom); ++y) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, right); ++x) {
      const dx = x + 0.5 - cx, dy = y + 0.5 - cy;
      if (Math.abs(dx * u + dy * v) > box.width / 2 || Math.abs(dy * u - dx * v) > box.height / 2) continue;
      sum += data[y * width + x];
      ++count;
    }
  }
  return count ? sum / count : 0;
}

function grown(box) {
  const by = box.width * box.height * grow / (box.width + box.height);  // on both sides together
  return { ...box, width: box.width + by, height: box.height + by };
}

function corners({ centre: [x, y], axis: [u, v], width, height }) {
  return [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([a, b]) =>
    [x + (a * width * u - b * height * v) / 2, y + (a * width * v + b * height * u) / 2]);
}

export const distance = ([ax, ay], [bx, by]) => Math.hypot(bx - ax, by - ay);

// A rectangle that is clearly taller than wide holds text that runs downward: it begins at the upper right.
function text_first(box) {
  return distance(box[0], box[3]) >= 1.5 * distance(box[0], box[1]) ? [...box.slice(1), box[0]] : box;
}

// Lines from top to bottom, those of one height from left to right, as seen by who reads them: the page may
// lie on its side.
export function reading_order(boxes) {
  const along = boxes.reduce(([x, y], [a, b]) => [x + b[0] - a[0], y + b[1] - a[1]], [0, 0]);
  const length = Math.hypot(...along) || 1;
  const [u, v] = [along[0] / length, along[1] / length];
  const placed = boxes.map((box) => {
    const x = (box[0][0] + box[2][0]) / 2, y = (box[0][1] + box[2][1]) / 2;
    return { box, across: x * u + y * v, down: y * u - x * v, height: distance(box[0], box[3]) };
  }).sort((a, b) => a.down - b.down);
  const rows = [];
  for (const line of placed) {
    const row = rows.at(-1);
    if (row && line.down - row[0].down < Math.min(row[0].height, line.height) / 2) row.push(line);
    else rows.push([line]);
  }
  return rows.flatMap((row) => row.sort((a, b) => a.across - b.across).map(({ box }) => box));
}
