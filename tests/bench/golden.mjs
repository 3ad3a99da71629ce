// A model with feeds and golden outputs: from the zoo's folder (build/zoo), else from the npm packages (build/packages).
import { existsSync, readFileSync } from 'node:fs';
import { read_npy } from '../npy.mjs';
import { difference } from '../tensors.mjs';
import { made_feed } from '../zoo/cases.mjs';
import { root } from './options.mjs';

// Gives { path, feeds, check(outputs) }, where check gives a sentence about what differs; null where the model is not at hand.
export function golden_case(zoo, name) {
  const npy = (file) => read_npy(new Uint8Array(readFileSync(`${zoo}/${name}/${file}`)));
  if (existsSync(`${zoo}/${name}/case.json`)) {
    const { cases: [first], tolerance } = JSON.parse(readFileSync(`${zoo}/${name}/case.json`, 'utf8'));
    return {
      path: `${zoo}/${name}/model.onnx`,
      feeds: Object.fromEntries(first.inputs.map((i) => [i.name, npy(i.file)])),
      check: (outputs) => first.outputs.map((o) => difference(outputs[o.name], npy(o.file), tolerance, o.name)).find(Boolean) ?? null,
    };
  }
  const entry = JSON.parse(readFileSync(`${root}tests/zoo/golden.json`, 'utf8')).find((e) => e.file === `${name}.onnx`);
  if (!entry || !existsSync(`${root}build/packages/${name}.onnx`)) return null;
  const [first] = entry.cases, picked = (values) => ({ type: 'float32', dims: [values.length], data: Float32Array.from(values) });
  return {
    path: `${root}build/packages/${name}.onnx`,
    feeds: Object.fromEntries(first.inputs.map((i) => [i.name, made_feed(i)])),
    check: (outputs) => first.outputs.map((o) => String(outputs[o.name].dims) !== String(o.dims) ? `${o.name}: shape [${outputs[o.name].dims}], expected [${o.dims}]`
      : difference(picked(o.at.map((at) => outputs[o.name].data[at])), picked(o.values), entry.tolerance, o.name)).find(Boolean) ?? null,
  };
}
