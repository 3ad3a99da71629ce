// Reads a line of text (PP-OCRv4 recognition, and the classifier that sees whether lines stand on their
// head). A box is four corners, [x, y] each: where the text begins at the top, then clockwise.
import { distance } from './detect.js';
import { to_tensor } from './picture.js';

const height = 48;           // of every line, as the models see it
const classifier_width = 192;
const least_width = 320;     // shorter lines are followed by nothing
const most_width = 2400;     // longer lines are squeezed: time and memory grow with the square

const parts = { height, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] };
const run = async (model, x) => Object.values(await model.run({ [model.inputs[0].name]: x }))[0];

// Columns of a line that is `height` rows high, without squeezing it.
const columns = ([a, b, , d]) =>
  Math.max(1, Math.ceil(height * distance(a, b) / Math.max(1, distance(a, d))));

// Gives the boxes with their corners where the text begins. The classifier looks at the beginning of each
// line (a long line, squeezed into its width, is beyond it), and the lines of a picture decide together,
// those that lie and those that stand apart.
export async function set_upright(model, picture, boxes) {
  const votes = [[], []];
  const stands = ([a, b]) => Number(Math.abs(b[1] - a[1]) > Math.abs(b[0] - a[0]));
  for (const box of boxes) {
    const natural = columns(box), width = Math.min(natural, classifier_width), [from, to, , down] = box;
    const right = [0, 1].map((i) => from[i] + (to[i] - from[i]) * width / natural);
    const x = to_tensor(picture, [from, right, down], { ...parts, width, total_width: classifier_width });
    const { data } = await run(model, x);  // [1, 2]: probabilities of 0 and 180 degrees
    votes[stands(box)].push(data[1]);
  }
  const turn = votes.map((list) => list.reduce((sum, p) => sum + p, 0) > list.length / 2);
  return boxes.map((box) => turn[stands(box)] ? [box[2], box[3], box[0], box[1]] : box);
}

// Letters of the classes that the model tells apart: class 0 is none, then come the dictionary's lines, last
// the space.
export const alphabet = (dictionary) => ['', ...dictionary.replace(/\r?\n$/, '').split(/\r?\n/), ' '];

// Gives { text, score }: score is the mean probability of the letters.
export async function recognise(model, letters, picture, box) {
  const width = Math.min(columns(box), most_width), total_width = Math.max(width, least_width);
  const x = to_tensor(picture, [box[0], box[1], box[3]], { ...parts, width, total_width });
  const { dims: [, steps, classes], data } = await run(model, x);  // [1, steps, classes]
  if (classes !== letters.length)
    throw new Error(`the model tells ${classes} letters apart, the dictionary has ${letters.length}`);
  let text = '', sum = 0, count = 0, before = 0;
  for (let step = 0; step < steps; ++step) {
    let best = 0;
    for (let c = 1, at = step * classes; c < classes; ++c) if (data[at + c] > data[at + best]) best = c;
    if (best && best !== before) {  // the same letter twice in a row is one, unless class 0 stands between
      text += letters[best];
      sum += data[step * classes + best];
      ++count;
    }
    before = best;
  }
  return { text: text.trim(), score: count ? sum / count : 0 };
}
