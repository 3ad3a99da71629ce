// Real models against golden outputs. build/zoo holds the shared zoo where it is at hand (tests/prepare.mjs unpacks it);
// else build/packages holds the models of npm packages, whose small golden outputs are committed in tests/zoo.
import { difference } from '../tensors.mjs';
import { read_npy } from '../npy.mjs';

export const models = ['magika', 'ppocr_det', 'ppocr_rec', 'ppocr_cls', 'silero_vad_v6', 'mobilenet_v2', 'bert_mini_cls', 'squeezenet_seeded'];
// Those that only this suite runs.
export const more = ['greedy_loop', 'silero_vad_sequence', 'skl_gradient_boosting', 'skl_kmeans', 'skl_logreg_pipeline', 'skl_logreg_zipmap',
  'skl_random_forest', 'skl_random_forest_ml5'];

// A golden value: .npy, or .json for strings and sequences of maps.
async function golden_of(t, path) {
  const bytes = await t.fetchBytes(path);
  if (!path.endsWith('.json')) return read_npy(bytes);
  const { dtype, shape, data } = JSON.parse(new TextDecoder().decode(bytes));
  if (dtype !== 'sequence') return { type: dtype, dims: shape, data };
  const key = (k) => /^-?\d+$/.test(k) ? BigInt(k) : k;
  return data.map((map) => new Map(Object.entries(map).map(([k, v]) => [key(k), v])));
}

const feeds_of = async (t, folder, k) =>
  Object.fromEntries(await Promise.all(k.inputs.map(async (i) => [i.name, await golden_of(t, `${folder}/${i.file}`)])));

async function check(t, folder, k, outputs, tolerance, where) {
  for (const o of k.outputs) {
    const d = difference(outputs[o.name], await golden_of(t, `${folder}/${o.file}`), tolerance, `${where} ${o.name}`);
    if (d) t.fail(d);
  }
}

// Every case on one model: shapes in turn, then case 0 again, then other values in the same shapes, then case 0 once more.
async function run_all(t, folder, info) {
  const model = await t.load(await t.fetchBytes(`${folder}/model.onnx`));
  try {
    const cases = info.cases;
    const feeds = await Promise.all(cases.map((k) => feeds_of(t, folder, k)));
    for (const i of [...cases.keys(), 0, cases.length - 1])
      await check(t, folder, cases[i], await model.run(feeds[i]), info.tolerance, `case ${i}`);
    const other = Object.fromEntries(Object.entries(feeds[0]).map(([name, x]) =>
      [name, x.data?.length > 16 ? { ...x, data: x.data.slice().reverse() } : x]));
    const changed = await model.run(other);
    await check(t, folder, cases[0], await model.run(feeds[0]), info.tolerance, 'case 0 after other values');
    for (const [name, o] of Object.entries(changed))
      if (o.data?.some((v) => !Number.isFinite(Number(v)))) t.fail(`${name}: other values in the same shapes gave a number that is not finite`);
  } finally {
    await model.dispose();
  }
}

// The ports that load() tells agree with the model's.
async function check_ports(t, folder, info) {
  const model = await t.load(await t.fetchBytes(`${folder}/model.onnx`));
  try {
    for (const side of ['inputs', 'outputs']) {
      const name = (p, i) => info[side][i]?.shape ? `${p.name} ${p.dtype ?? p.type}` : p.name;  // a sequence has none
      const got = model[side].map(name).join(', '), want = info[side].map(name).join(', ');
      if (got !== want) t.fail(`${side}: got ${got}, expected ${want}`);
      for (const [i, p] of model[side].entries()) {
        const shape = info[side][i].shape ?? p.shape;
        if (p.shape.length !== shape.length || shape.some((d, axis) => typeof d === 'number' && d > 0 ? p.shape[axis] !== d : typeof p.shape[axis] !== 'string'))
          t.fail(`${p.name}: got shape [${p.shape}], expected [${shape}]`);
      }
    }
  } finally {
    await model.dispose();
  }
}

// silero: the state that one call returns goes into the next one; a run cut in chunks equals the same chunks fed again,
// and differs from a run whose state starts afresh.
async function silero_state(t, folder, info) {
  const model = await t.load(await t.fetchBytes(`${folder}/model.onnx`));
  try {
    const feeds = await feeds_of(t, folder, info.cases[0]);
    const chain = async () => {
      let state = feeds.state;
      const heard = [];
      for (let i = 0; i < 4; ++i) {
        const { output, stateN } = await model.run({ ...feeds, state });
        heard.push(output.data[0]);
        state = stateN;
      }
      return heard;
    };
    const first = await chain(), second = await chain();
    if (first.join() !== second.join()) t.fail(`the same calls gave ${first} and then ${second}`);
    if (first[0] === first[1]) t.fail('the state had no effect');
    // the same feed shapes with another rate: sr chooses the branch
    const wrong = await model.run({ ...feeds, sr: { type: 'int64', dims: [], data: BigInt64Array.of(8000n) } }).then((o) => o, (e) => e);
    if (!(wrong instanceof Error) && wrong.output.data[0] === first[0]) t.fail('sr at equal shapes had no effect');
    const again = await chain();
    if (first.join() !== again.join()) t.fail('after a call with another rate the answers changed');
  } finally {
    await model.dispose();
  }
}

async function packaged(t, entry) {
  const bytes = await t.fetchBytes(`build/packages/${entry.file}`).catch(() => t.skip('the package is not installed'));
  const digest = [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((b) => b.toString(16).padStart(2, '0')).join('');
  if (digest !== entry.sha256) t.fail(`SHA-256 is ${digest}, the golden outputs are of ${entry.sha256}`);
  const model = await t.load(bytes);
  try {
    for (const [i, k] of entry.cases.entries()) {
      const feeds = Object.fromEntries(k.inputs.map((x) => [x.name, made_feed(x)]));
      const outputs = await model.run(feeds);
      for (const o of k.outputs) {
        const got = outputs[o.name];
        if (String(got.dims) !== String(o.dims)) t.fail(`case ${i} ${o.name}: got shape [${got.dims}], expected [${o.dims}]`);
        const picked = o.at.map((at) => got.data[at]);
        const d = difference({ type: 'float32', dims: [picked.length], data: Float32Array.from(picked) },
          { type: 'float32', dims: [picked.length], data: Float32Array.from(o.values) }, entry.tolerance, `case ${i} ${o.name}`);
        if (d) t.fail(d);
      }
    }
  } finally {
    await model.dispose();
  }
}

// A feed that needs no file, the same on every host. wave: a mix of periods; strokes: dark letter-like marks on a bright page
// [n, channels, height, width].
export function made_feed({ type, dims, pattern, value }) {
  const n = dims.reduce((a, b) => a * b, 1);
  if (type === 'int64') return { type, dims, data: new BigInt64Array(n).fill(BigInt(value)) };
  const data = new Float32Array(n);
  if (pattern === 'wave') for (let i = 0; i < n; ++i) data[i] = (i * 7919 % 2003 / 1001.5 - 1) * 0.5 + (i % 97 < 48 ? 0.25 : -0.25);
  if (pattern === 'strokes') {
    const [height, width] = dims.slice(2);
    for (let i = 0; i < n; ++i) {
      const x = i % width, y = Math.floor(i / width) % height;
      const inside = y > height * 0.4 && y < height * 0.6 && x > width * 0.15 && x < width * 0.85;
      data[i] = inside && (x % 9 < 3 || (y + (x / 9 | 0) * 3) % 8 < 2) && x % 9 < 7 ? -1.5 : 2;
    }
  }
  return { type, dims, data };
}

export async function cases(t) {
  const list = [];
  if (t.zoo) {
    for (const name of [...models, ...more]) {
      const folder = `build/zoo/${name}`;
      const info = async (t) => JSON.parse(await t.fetchText(`${folder}/case.json`).catch(() => t.fail('the model is not in build/zoo')));
      list.push({ name, run: async (t) => run_all(t, folder, await info(t)) });
      list.push({ name: `${name}: ports`, run: async (t) => check_ports(t, folder, await info(t)) });
      if (name === 'silero_vad_v6') list.push({ name: `${name}: state over calls`, run: async (t) => silero_state(t, folder, await info(t)) });
    }
    return list;
  }
  const golden = JSON.parse(await t.fetchText('tests/zoo/golden.json'));
  for (const entry of golden) list.push({ name: `package: ${entry.name}`, run: (t) => packaged(t, entry) });
  for (const name of [...models, ...more]) list.push({ name, run: (t) => t.skip('the shared zoo is not at hand') });
  return list;
}
