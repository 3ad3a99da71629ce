// What a model does over its life: turns, disposal, progress, aborts, variants, operators of the host,
// figures.
import { add_model, floats, make_model } from '../models.mjs';
import { node, port, tensor } from '../onnx_writer.mjs';

const list = [];
const add = (name, run) => list.push({ name, run });

// y = x + big, where big has `n` elements of 2 and x has one or n
const big_model = (n) => make_model({ inputs: [port('x', 'float32', ['k'])], outputs: [port('y', 'float32', null)],
  initializers: [tensor('big', 'float32', [n], new Float32Array(n).fill(2))], nodes: [node('Add', ['x', 'big'], ['y'])] });

// y = Twice(x) + 1, Twice computed by the host
const host_model = (op = 'Twice', n_out = 1) => ({ graph: { mote: 1, files: [''], nodes: [
  { op: 'null', name: 'x', attrs: { type: 'float32', shape: ['n'] } },
  { op, domain: 'host', name: 'doubling', inputs: [[0, 0], null], outputs: Array.from({ length: n_out }, (_, i) => `t${i}`) },
  { op: 'null', name: 'one', attrs: { type: 'float32', shape: [1], data: 'AACAPw==' } },
  { op: 'Add', name: 'plus', inputs: [[1, 0], [2, 0]], outputs: ['y'] }], arg_nodes: [0], heads: [[3, 0]] } });
const twice = ({ data }) => ({ type: 'float32', dims: [data.length], data: data.map((v) => 2 * v) });
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

add('calls at once wait their turn, in order', async (t) => {
  const order = [];
  const model = await t.load(host_model(), { hostOps: { async Twice({ inputs: [x] }) {
    order.push(`begin ${x.data[0]}`);
    await later(10 - 3 * x.data[0]);  // the first takes longest
    order.push(`end ${x.data[0]}`);
    return [twice(x)];
  } } });
  const done = [];
  const runs = [0, 1, 2].map((i) => model.run({ x: floats(i) }).then(({ y }) => { done.push(i); return y.data[0]; }));
  t.equal(await Promise.all(runs), [1, 3, 5]);
  t.equal(order, ['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2']);
  t.equal(done, [0, 1, 2]);
  await model.dispose();
});
add('a call that fails does not stop the next', async (t) => {
  const model = await t.load(add_model());
  const [a, b, c] = await Promise.allSettled([model.run({ x: floats(1) }), model.run({}), model.run({ x: floats(3) })]);
  t.equal([a.value.y.data[0], b.reason.code, c.value.y.data[0]], [11, 'missing_feed', 13]);
  await model.dispose();
});
add('an idle model reads its feeds at once', async (t) => {
  const model = await t.load(add_model()), x = floats(1);
  const turn = model.run({ x });
  x.data[0] = 5;
  t.equal([...(await turn).y.data], [11]);
  await model.dispose();
});
add('after dispose every call says so', async (t) => {
  const model = await t.load(add_model());
  await model.run({ x: floats(1) });
  model.dispose();
  model.dispose();
  await t.error(model.run({ x: floats(1) }), 'disposed', /disposed/);
  await t.error(() => model.stats(), 'disposed');
  await t.error(() => model.steps(), 'disposed');
  t.equal(model.inputs[0].name, 'x', 'inputs');
});
add('dispose while a run waits for the host', async (t) => {
  const model = await t.load(host_model(), { hostOps: { async Twice({ inputs: [x] }) { await later(5); return [twice(x)]; } } });
  const first = model.run({ x: floats(1) }), second = model.run({ x: floats(1) });
  model.dispose();
  await t.error(first, 'disposed');
  await t.error(second, 'disposed');
});
add('dispose by Symbol.dispose', async (t) => {
  if (!Symbol.dispose) t.skip('this engine has no Symbol.dispose');
  const model = await t.load(add_model());
  model[Symbol.dispose]();
  await t.error(model.run({ x: floats(1) }), 'disposed');
});
add('two models do not disturb each other', async (t) => {
  const [a, b] = await Promise.all([t.load(add_model()), t.load(big_model(1))]);
  t.equal([...(await a.run({ x: floats(1) })).y.data, ...(await b.run({ x: floats(1) })).y.data, ...(await a.run({ x: floats(2) })).y.data], [11, 3, 12]);
  a.dispose();
  t.equal([...(await b.run({ x: floats(4) })).y.data], [6]);
  b.dispose();
});

// ---- loading

add('progress', async (t) => {
  const heard = [], bytes = big_model(1_000_000);
  const model = await t.load(bytes, { progress: (p) => heard.push({ ...p }) });
  t.equal([...new Set(heard.map((p) => p.phase))], ['graph', 'weights'], 'phases');
  for (const phase of ['graph', 'weights']) {
    const mine = heard.filter((p) => p.phase === phase);
    if (mine.some((p, i) => i && p.loaded < mine[i - 1].loaded || p.loaded > p.total || p.total !== bytes.length)) t.fail(`${phase}: ${JSON.stringify(mine)}`);
  }
  t.equal(heard.at(-1), { phase: 'weights', loaded: bytes.length, total: bytes.length }, 'the last');
  t.assert(heard.length > 4 && heard.length < 500, `${heard.length} reports`);
  model.dispose();
});
add('an error of the progress callback ends the loading', async (t) => {
  const e = await t.error(t.load(add_model(), { progress() { throw new Error('no more'); } }), undefined, /no more/);
  t.equal(e.message, 'no more');
});
add('aborts', async (t) => {
  const reason = new Error('changed my mind');
  t.assert(await t.load(add_model(), { signal: AbortSignal.abort(reason) }).catch((e) => e) === reason, 'aborted before');
  t.equal((await t.load(add_model(), { signal: AbortSignal.abort() }).catch((e) => e)).name, 'AbortError', 'without a reason');
  for (const at of ['graph', 'weights']) {
    const controller = new AbortController(), bytes = big_model(1_000_000);
    const e = await t.load(bytes, { signal: controller.signal, progress({ phase, loaded, total }) { if (phase === at && loaded < total) controller.abort(reason); } }).catch((e) => e);
    t.assert(e === reason, `aborted in ${at}: ${e}`);
  }
  const model = await t.load(add_model(), { signal: new AbortController().signal });
  t.equal([...(await model.run({ x: floats(1) })).y.data], [11]);
  model.dispose();
});
add('a source that is none', async (t) => {
  for (const source of [undefined, null, 3, {}, [], { weights: new Uint8Array(1) }, true]) await t.error(t.load(source), 'bad_source');
});

// ---- variants

add('variants', async (t) => {
  if (t.native) t.skip('not of the native library');
  const model = await t.load(add_model());
  t.equal(model.variant, t.variant, 'variant');
  model.dispose();
  for (const [threads, likely] of [[undefined, /^threads(-relaxed)?$/], [2, /^threads(-relaxed)?$/], [1, /^(relaxed|simd)$/]]) {
    const best = await t.load(add_model(), { variant: undefined, threads });
    t.assert(likely.test(best.variant), `${best.variant} is chosen for ${threads} threads`);
    t.equal([...(await best.run({ x: floats(1) })).y.data], [11]);
    best.dispose();
  }
  await t.error(t.load(add_model(), { variant: 'avx512' }), 'bad_variant', /avx512.*base simd relaxed threads threads-relaxed/);
  if (t.host === 'node20') await t.error(t.load(add_model(), { variant: 'relaxed' }), 'bad_variant', /relaxed.*cannot run here: it has no relaxed SIMD/);
});

// ---- operators of the host

add('an operator of the host', async (t) => {
  let seen;
  const model = await t.load(host_model(), { hostOps: { Twice(call) { seen = call; return [twice(call.inputs[0])]; } } });
  for (const values of [[1, 2], [3], [4, 5, 6]]) t.equal((await model.run({ x: floats(...values) })).y, floats(...values.map((v) => 2 * v + 1)));
  t.equal([seen.node, seen.inputs], ['doubling', [floats(4, 5, 6), null]]);
  model.dispose();
});
add('an operator of the host that fails', async (t) => {
  let answer = () => { throw new Error('out of luck'); };
  const model = await t.load(host_model(), { hostOps: { Twice: (call) => answer(call) } });
  await t.error(model.run({ x: floats(1) }), undefined, /out of luck/);
  answer = () => [];
  await t.error(model.run({ x: floats(1) }), 'bad_kind', /output 0 of Twice 'doubling'/);
  answer = ({ inputs: [x] }) => [twice(x)];
  t.equal((await model.run({ x: floats(1) })).y, floats(3), 'the next run');
  model.dispose();
});
add('an operator of the host that is not given', async (t) => {
  const model = await t.load(host_model()).catch((e) => e);
  await t.error(model instanceof Error ? Promise.reject(model) : model.run({ x: floats(1) }), 'unknown_operators', /Twice/);
});

// ---- figures

add('stats and steps', async (t) => {
  const model = await t.load(big_model(10_000));
  await model.run({ x: floats(1) });
  const stats = model.stats();
  for (const key of ['memoryBytes', 'weightBytes', 'activationBytes', 'liveSetBytes', 'arenaMarks', 'steps'])
    t.assert(Number.isSafeInteger(stats[key]) && stats[key] > 0, `${key} is ${stats[key]}`);
  const { steps, places } = model.steps();
  t.equal(steps.length, stats.steps, 'steps');
  t.equal(steps.at(-1).op, 'Add', 'the last step');
  const place = places[steps.at(-1).outputs[0]];
  t.assert(place.isOutput && place.offset !== null && place.bytes >= 40_000 && places[place.root], `its output lies at ${JSON.stringify(place)}`);
  model.dispose();
});

export const cases = list;
