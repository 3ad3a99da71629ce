// Reads a line of text (PP-OCRv4 recognition, and the classifier that sees whether a line stands on its head).
// `box` is four corners, [x, y] each: where the text begins at the top, then clockwise.
import { distance } from './detect.js';
import { to_tensor } from './picture.js';

const height = 48;           // of every line, as the models see it
const classifier_width = 192;
const least_width = 320;     // shorter lines are followed by nothing
const most_width = 2400;     // longer lines are squeezed: time and memory grow with the square
const sure = 0.9;            // probability from which a line is turned

const parts = { height, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] };
const run = async (model, x) => Object.values(await model.run({ [model.inputs[0].name]: x }))[0];

function line_tensor(picture, box, total_width, limit) {
  const natural = Math.ceil(height * distance(box[0], box[1]) / Math.max(1, distance(box[0], box[3])));
  const width = Math.min(Math.max(natural, 1), limit);
  return to_tensor(picture, [box[0], box[1], box[3]], { ...parts, width, total_width: Math.max(width, total_width) });
}

// Gives the box with its corners where the text begins: turned by half where the line stands on its head.
export async function set_upright(model, picture, box) {
  const { data } = await run(model, line_tensor(picture, box, classifier_width, classifier_width));  // [1, 2]: 0 and 180 degrees
  return data[1] > sure ? [box[2], box[3], box[0], box[1]] : box;
}

// Letters of the classes that the model tells apart: class 0 is none, then come the dictionary's lines, last the space.
export const alphabet = (dictionary) => ['', ...dictionary.replace(/\r?\n$/, '').split(/\r?\n/), ' '];

// Gives { text, score }: score is the mean probability of the letters.
export async function recognise(model, letters, picture, box) {
  const { dims: [, steps, classes], data } = await run(model, line_tensor(picture, box, least_width, most_width));  // [1, steps, classes]
  if (classes !== letters.length) throw new Error(`the model tells ${classes} letters apart, the dictionary has ${letters.length}`);
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
