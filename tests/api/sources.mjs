// Where models come from: bytes, Blobs, URLs, { graph, weights }, external data; in Node also paths and
// servers of many kinds (node_sources.mjs).
import { add_model, floats, make_model } from '../models.mjs';
import { node, port, tensor } from '../onnx_writer.mjs';
import { difference } from '../tensors.mjs';

const list = [];
const add = (name, run) => list.push({ name, run });

export const values = (n, seed = 1) => Float32Array.from({ length: n }, (_, i) => (i * 7 + seed) % 1013);
export const as_bytes = (x) => new Uint8Array(x.buffer, x.byteOffset, x.byteLength);

// y = ((x + w0) + w1) + ...: weights of the given sizes, one after the other.
export const weighted = (sizes, external) => make_model({ inputs: [port('x', 'float32', [1])], outputs: sizes.map((_, i) => port(`y${i}`, 'float32', null)),
  initializers: sizes.map((n, i) => tensor(`w${i}`, 'float32', [n], external ? null : values(n, i), { external: external?.(i) })),
  nodes: sizes.map((_, i) => node('Add', ['x', `w${i}`], [`y${i}`])) });

export async function check_weighted(t, model, sizes) {
  const outputs = await model.run({ x: floats(1) });
  sizes.forEach((n, i) => {
    const d = difference(outputs[`y${i}`], { type: 'float32', dims: [n], data: values(n, i).map((v) => v + 1) }, {}, `y${i}`);
    if (d) t.fail(d);
  });
  await model.dispose();
}

export const sizes = [10, 300_000, 1, 5000, 700_000, 40, 100, 20_000];
const check = async (t, source, options) => check_weighted(t, await t.load(source, options), sizes);

add('an ArrayBuffer, many times', async (t) => {
  const bytes = weighted(sizes), buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), before = as_bytes(new Uint8Array(buffer)).slice();
  for (let i = 0; i < 3; ++i) await check(t, buffer);
  t.assert(buffer.byteLength === before.length && before.every((b, i) => b === new Uint8Array(buffer)[i]), 'the bytes changed');
});
add('views with an offset', async (t) => {
  const bytes = weighted(sizes), wide = new Uint8Array(bytes.length + 20).fill(0x41);
  wide.set(bytes, 8);
  await check(t, wide.subarray(8, 8 + bytes.length));
  await check(t, new DataView(wide.buffer, 8, bytes.length));
  if (bytes.length % 2 === 0) await check(t, new Uint16Array(wide.buffer, 8, bytes.length / 2));
});
add('shared bytes', async (t) => {
  if (!globalThis.SharedArrayBuffer) t.skip('this host has no shared memory');
  const bytes = weighted(sizes), shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  await check(t, shared);
  await check(t, shared.buffer);
});
add('a Blob', async (t) => {
  const bytes = weighted(sizes);
  await check(t, new Blob(['garbage', bytes]).slice(7));
});
add('a Blob of which few ranges are read', async (t) => {
  const bytes = weighted([3_000_000, 10]), blob = new Blob([bytes]);
  let reads = 0, most = 0, total = 0;
  const counted = { size: blob.size, arrayBuffer: () => t.fail('it is read whole'), slice(from, to) {
    ++reads;
    most = Math.max(most, to - from);
    total += to - from;
    return blob.slice(from, to);
  } };
  await check_weighted(t, await t.load(counted), [3_000_000, 10]);
  t.assert(most <= 1 << 20 && reads < 40 && total < 1.1 * bytes.length, `${reads} reads, the largest of ${most} bytes, ${total} of ${bytes.length} in all`);
});
add('a blob: URL', async (t) => {
  if (t.node) t.skip('of pages');
  const url = URL.createObjectURL(new Blob([weighted(sizes)]));
  await check(t, url);
  await check(t, new URL(url));
  URL.revokeObjectURL(url);
});
add('a data: URL', async (t) => {
  const url = `data:application/octet-stream;base64,${btoa(String.fromCharCode(...add_model()))}`;
  const model = await t.load(url);
  t.equal([...(await model.run({ x: floats(1) })).y.data], [11]);
  model.dispose();
});

// ---- { graph, weights }

const graph_json = (files, places) => ({ mote: 1, files, nodes: [
  { op: 'null', name: 'x', attrs: { type: 'float32', shape: [1] } },
  ...places.map(([file, offset, n], i) => ({ op: 'null', name: `w${i}`, attrs: { type: 'float32', shape: [n], file, offset, bytes: 4 * n } })),
  ...places.map((_, i) => ({ op: 'Add', name: `a${i}`, inputs: [[0, 0], [1 + i, 0]], outputs: [`y${i}`] }))],
  arg_nodes: [0], heads: places.map((_, i) => [1 + places.length + i, 0]) });
const spaced = (...parts) => new Blob(parts.flatMap((part) => [new Uint8Array(12), part]));

add('graph JSON as text, object, bytes, Blob; one file of weights', async (t) => {
  const object = graph_json(['weights.bin'], [[0, 12, 1000], [0, 4024, 300]]), text = JSON.stringify(object), bytes = new TextEncoder().encode(text);
  const blob = spaced(values(1000, 0), values(300, 1)), weights = await blob.arrayBuffer();
  for (const graph of [text, `\n  ${text}\n`, object, bytes, bytes.buffer, new Blob([bytes])])
    for (const w of [weights, blob, { 'weights.bin': blob }, new Map([['weights.bin', weights]])]) await check_weighted(t, await t.load({ graph, weights: w }), [1000, 300]);
  await check_weighted(t, await t.load({ graph: graph_json([''], [[0, 12, 1000], [0, 4024, 300]]), weights }), [1000, 300]);
  await check_weighted(t, await t.load(bytes, { external: { 'weights.bin': weights } }), [1000, 300]);
  await check_weighted(t, await t.load({ graph: graph_json(['', './weights.bin'], [[1, 12, 1000], [1, 4024, 300]]), weights: { 'weights.bin': blob } }), [1000, 300]);
});
add('several files of weights', async (t) => {
  const graph = graph_json(['a.bin', 'deep/b.bin'], [[1, 12, 300_000], [0, 12, 1000], [1, 1_200_024, 5], [0, 4024, 7]]);
  const files = { 'a.bin': spaced(values(1000, 1), values(7, 3)), 'deep/b.bin': spaced(values(300_000, 0), values(5, 2)) };
  await check_weighted(t, await t.load({ graph, weights: files }), [300_000, 1000, 5, 7]);
  await t.error(t.load({ graph, weights: { 'a.bin': files['a.bin'] } }), 'missing_file', /'deep\/b\.bin'/);
  await t.error(t.load({ graph, weights: { 'a.bin': files['a.bin'], 'deep/b.bin': files['deep/b.bin'].slice(0, 600_000) } }), 'short_weights', /got \d+ bytes at offset 12, expected \d+/);
});
add('weights that are one range twice', async (t) => {
  const graph = graph_json(['w'], [[0, 12, 1000], [0, 12, 1000], [0, 16, 999]]);
  const model = await t.load({ graph, weights: spaced(values(1000, 0)) });
  const { y0, y1, y2 } = await model.run({ x: floats(0) });
  t.equal([...y1.data], [...y0.data]);
  t.equal([...y2.data], [...y0.data.slice(1)]);
  model.dispose();
});

// ---- external data

const place = (location) => (i) => ({ location, offset: 4096 * i, length: 4 * [600, 1000][i] });
const external_file = async () => {
  const file = new Uint8Array(4096 + 4000);
  file.set(as_bytes(values(600, 0)));
  file.set(as_bytes(values(1000, 1)), 4096);
  return file;
};
add('external data of bytes', async (t) => {
  const file = await external_file(), bytes = weighted([600, 1000], place('model.onnx_data'));
  for (const external of [{ 'model.onnx_data': file }, { 'model.onnx_data': new Blob([file]) }, new Map([['model.onnx_data', file.buffer]])])
    await check_weighted(t, await t.load(bytes, { external }), [600, 1000]);
  await check_weighted(t, await t.load(new Blob([bytes]), { external: { 'model.onnx_data': file } }), [600, 1000]);
  await t.error(t.load(bytes), 'missing_file', /'model\.onnx_data'/);
  await t.error(t.load(bytes, { external: { 'model.onnx_dat': file } }), 'missing_file', /'model\.onnx_data'/);
  await t.error(t.load(bytes, { external: { 'model.onnx_data': file.subarray(0, 5000) } }), 'short_weights', /\S/);
});

export async function cases(t) {
  return t.node ? list.concat((await import('./node_sources.mjs')).node_cases) : list.concat({
    name: 'a URL of the page\'s server', async run(t) {
      const path = 'build/packages/ppocr_cls.onnx';
      if (!(await fetch(t.root + path, { method: 'HEAD' })).ok) t.skip('the model is not there');
      const shapes = [];
      for (const source of [t.root + path, new URL(path, t.root), `/${path}`, await t.fetchBytes(path)]) {
        const model = await t.load(source);
        shapes.push(JSON.stringify([model.inputs, model.stats().weightBytes]));
        model.dispose();
      }
      t.equal(new Set(shapes).size, 1, 'kinds of answers');
      await t.error(t.load(`${t.root}nowhere.onnx`), 'http_status', /nowhere\.onnx: HTTP status 404/);
      await t.error(t.load(`${t.root}`), 'not_onnx', /HTML/);
      await t.error(t.load('http://127.0.0.1:9/model.onnx'), 'not_readable', /127\.0\.0\.1:9/);
    } });
}
