// A model with feeds and golden outputs, in Node and in pages: from the zoo's folder, else from the npm
// packages (build/packages).
import { read_npy } from '../npy.mjs';
import { difference } from '../tensors.mjs';
import { exceptions, made_feed } from '../zoo/cases.mjs';

// read(path) gives bytes, null where there is no such file. Gives { path, feeds, check(outputs) }, where
// check gives a sentence about what differs; null where the model is not at hand.
export async function golden_case(root, zoo, name, read) {
  const json = async (path) => {
    const bytes = await read(path);
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  };
  const npy = async ({ name: port, file }) => [port, read_npy(await read(`${zoo}/${name}/${file}`))];
  const info = await json(`${zoo}/${name}/case.json`);
  if (info) {
    const { cases: [first], tolerance } = info, feeds = Object.fromEntries(await Promise.all(first.inputs.map(npy)));
    const wanted = await Promise.all(first.outputs.map(npy)), { keep } = exceptions[name] ?? {};
    const compared = (got, want, port) => {
      const counts = keep?.(feeds, { ...want, name: port });
      return counts ? { ...got, data: got.data.map((v, i) => counts[i] ? v : want.data[i]) } : got;
    };
    return { path: `${zoo}/${name}/model.onnx`, feeds,
      check: (outputs) => wanted.map(([port, want]) => difference(compared(outputs[port], want, port), want, tolerance, port)).find(Boolean) ?? null };
  }
  const path = `${root}build/packages/${name}.onnx`, entry = (await json(`${root}tests/zoo/golden.json`)).find((e) => e.file === `${name}.onnx`);
  if (!entry || !await read(path)) return null;
  const [first] = entry.cases, picked = (values) => ({ type: 'float32', dims: [values.length], data: Float32Array.from(values) });
  return {
    path,
    feeds: Object.fromEntries(first.inputs.map((i) => [i.name, made_feed(i)])),
    check: (outputs) => first.outputs.map((o) => String(outputs[o.name].dims) !== String(o.dims) ? `${o.name}: shape [${outputs[o.name].dims}], expected [${o.dims}]`
      : difference(picked(o.at.map((at) => outputs[o.name].data[at])), picked(o.values), entry.tolerance, o.name)).find(Boolean) ?? null,
  };
}
