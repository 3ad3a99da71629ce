// Real models against golden outputs. build/zoo holds the shared zoo where it is at hand (tests/prepare.mjs
// unpacks it); else build/packages holds the models of npm packages, whose small golden outputs are committed
// in tests/zoo.
import { difference } from '../tensors.mjs';
import { read_npy } from '../npy.mjs';

export const models = ['magika', 'ppocr_det', 'ppocr_rec', 'ppocr_cls', 'silero_vad_v6', 'mobilenet_v2', 'bert_mini_cls', 'squeezenet_seeded'];
// Those that only this suite runs.
export const more = ['basic_pitch', 'bert_mini_cls_ortext', 'bert_mini_cls_qint8', 'clip_small', 'ctc_bigru', 'ctc_bilstm', 'deberta_v2_mini',
  'diffusion_unet_small', 'genai_llama_int4', 'genai_llama_webgpu_q4f16', 'gpt2_like_q4_acc4', 'greedy_loop', 'gru_denoiser', 'hf_llama_small',
  'light_bvlc_alexnet', 'light_inception_v1', 'light_resnet50', 'light_shufflenet', 'light_squeezenet', 'light_vgg19', 'llama_like_q4',
  'llama_like_q4f16', 'llama_opset23', 'logmel_stft', 'minilm_l6_v6k_quint8', 'mobilenet_v2_fp16', 'mobilenet_v2_qdq_u8s8',
  'mobilenet_v2_qop_u8s8', 'mobilenet_v3_small', 'silero_vad_half', 'silero_vad_ifless', 'silero_vad_sequence', 'skl_gradient_boosting',
  'skl_kmeans', 'skl_logreg_pipeline', 'skl_logreg_zipmap', 'skl_random_forest', 'skl_random_forest_ml5', 'skl_svc', 'skl_tfidf_text',
  'ssdlite320', 'style_transfer', 'superres_x2', 'swift_f0', 'swin_small_like', 't5_encoder_small', 'tashkeel_rawi_int8', 'topp_sampler',
  'unet_small', 'unet_small_fp16', 'vit_opset23_attention', 'vocoder_hifigan_like', 'whisper_like_decoder_merged_quint8',
  'whisper_like_encoder', 'yolo_c2f'];
// More than half a second a run: once for each module, and not under sanitizers.
const heavy = ['light_bvlc_alexnet', 'light_inception_v1', 'light_resnet50', 'light_vgg19', 'minilm_l6_v6k_quint8', 'mobilenet_v2_fp16', 'unet_small_fp16'];

// Where golden outputs cannot be compared: keep(feeds, o) says of each element of an output whether it
// counts.
export const exceptions = {
  // onnxruntime's STFT is summed in float32: its golden logarithms of next to no power are up to 0.041 from
  // the exact ones.
  logmel_stft: { keep: (feeds, o) => o.data.map((v) => v > -8.9 ? 1 : 0) },
  // Rows of padding see no key. Their scores are 0 less 65504: onnxruntime computes that in float32, the
  // operators round it to float16, where all are equal. No row that counts sees them.
  llama_like_q4f16: { keep(feeds, o) {
    const mask = feeds.attention_mask, total = mask.dims[1];
    const [batch, tokens] = o.name === 'logits' ? o.dims : [o.dims[0], o.dims[2]];
    const step = o.dims.at(-1), heads = o.name === 'logits' ? 1 : o.dims[1];
    return o.data.map((_, i) => {
      const row = Math.floor(i / step);
      return mask.data[Math.floor(row / tokens / heads) * total + total - tokens + row % tokens] ? 1 : 0;
    });
  } },
};

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

async function check(t, folder, { k, feeds }, outputs, info, where) {
  const { keep } = exceptions[info.name] ?? {};
  for (const o of k.outputs) {
    const want = await golden_of(t, `${folder}/${o.file}`);
    let got = outputs[o.name];
    if (keep) {
      const counts = keep(feeds, { ...want, name: o.name });
      got = { ...got, data: got.data.map((v, i) => counts[i] ? v : want.data[i]) };
    }
    const d = difference(got, want, info.tolerance, `${where} ${o.name}`);
    if (d) t.fail(d);
  }
}

// Every case on one model, and its ports. `thorough`: shapes in turn, then case 0 again, then other values in
// the same shapes, then case 0 once more.
async function run_all(t, folder, info, thorough) {
  const model = await t.load(await t.fetchBytes(`${folder}/model.onnx`));
  try {
    check_ports(t, model, info);
    const cases = await Promise.all(info.cases.map(async (k) => ({ k, feeds: await feeds_of(t, folder, k) })));
    for (const i of [...cases.keys(), ...thorough ? [0, cases.length - 1] : []])
      await check(t, folder, cases[i], await model.run(cases[i].feeds), info, `case ${i}`);
    if (!thorough) return;
    const other = Object.fromEntries(Object.entries(cases[0].feeds).map(([name, x]) =>
      [name, x.data?.length > 16 ? { ...x, data: x.data.slice().reverse() } : x]));
    const changed = await model.run(other);
    await check(t, folder, cases[0], await model.run(cases[0].feeds), info, 'case 0 after other values');
    for (const [name, o] of Object.entries(changed))
      if (o.data?.some((v) => typeof v !== 'string' && !Number.isFinite(Number(v)))) t.fail(`${name}: other values in the same shapes gave a number that is not finite`);
  } finally {
    await model.dispose();
  }
}

// The ports that load() tells agree with the model's.
function check_ports(t, model, info) {
  for (const side of ['inputs', 'outputs']) {
    // a sequence has none
    const name = (p, i) => info[side][i]?.shape ? `${p.name} ${p.dtype ?? p.type}` : p.name;
    const got = model[side].map(name).join(', '), want = info[side].map(name).join(', ');
    if (got !== want) t.fail(`${side}: got ${got}, expected ${want}`);
    for (const [i, p] of model[side].entries()) {
      const shape = info[side][i].shape ?? p.shape;
      if (p.shape.length !== shape.length || shape.some((d, axis) => typeof d === 'number' && d > 0 ? p.shape[axis] !== d : typeof p.shape[axis] !== 'string'))
        t.fail(`${p.name}: got shape [${p.shape}], expected [${shape}]`);
    }
  }
}

// silero: the state that one call returns goes into the next one; a run cut in chunks equals the same chunks
// fed again, and differs from a run whose state starts afresh.
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

// A feed that needs no file, the same on every host. wave: a mix of periods; strokes: dark letter-like marks
// on a bright page [n, channels, height, width].
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
    // Every model on every variant in Node 24, natively and in one page; elsewhere those of `models`.
    const all = t.native || t.host === 'node24' || (t.browser && t.variant === 'relaxed');
    const alone = t.native ? !/san/.test(t.variant) : t.host === 'node24';
    const thorough = t.variant === 'simd' || t.variant === 'gcc-san';
    for (const name of all ? [...models, ...more] : models) {
      const folder = `build/zoo/${name}`;
      const info = async (t) => JSON.parse(await t.fetchText(`${folder}/case.json`).catch(() => t.fail('the model is not in build/zoo')));
      list.push({ name, run: async (t) => {
        if (heavy.includes(name) && !alone) t.skip('a heavy model: once for each module, not under sanitizers');
        await run_all(t, folder, await info(t), thorough || models.includes(name));
      } });
      if (name === 'silero_vad_v6') list.push({ name: `${name}: state over calls`, run: async (t) => silero_state(t, folder, await info(t)) });
    }
    return list;
  }
  const golden = JSON.parse(await t.fetchText('tests/zoo/golden.json'));
  for (const entry of golden) list.push({ name: `package: ${entry.name}`, run: (t) => packaged(t, entry) });
  for (const name of [...models, ...more]) list.push({ name, run: (t) => t.skip('the shared zoo is not at hand') });
  return list;
}
