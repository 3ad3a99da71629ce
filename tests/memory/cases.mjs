// Memory: what stays, what a second run takes, what a plan promises. Figures are those of the project's issue
// on the whole road.
import { floats, growing_loop } from '../models.mjs';
import { read_npy } from '../npy.mjs';
import { models } from '../zoo/cases.mjs';
import { live_set_bytes, overlap } from './live_set.mjs';

async function open_model(t, name) {
  const folder = `build/zoo/${name}`;
  if (!t.zoo) t.skip('the shared zoo is not at hand');
  const info = JSON.parse(await t.fetchText(`${folder}/case.json`));
  const model = await t.load(await t.fetchBytes(`${folder}/model.onnx`));
  const feeds = await Promise.all(info.cases.map(async (k) =>
    Object.fromEntries(await Promise.all(k.inputs.map(async (i) => [i.name, read_npy(await t.fetchBytes(`${folder}/${i.file}`))])))));
  return { model, feeds };
}

async function plan_of(model) {
  const { steps, places } = await model.steps();
  return { steps, place: (value) => places[value] };
}

async function check_plan(t, name) {
  const { model, feeds } = await open_model(t, name);
  try {
    for (const [i, feed] of feeds.entries()) {
      await model.run(feed);
      const stats = await model.stats();
      const { steps, place } = await plan_of(model);
      if (!steps.length) t.fail(`case ${i}: no step`);
      const clash = overlap(steps, place);
      if (clash) t.fail(`case ${i}: ${clash}`);
      const live = live_set_bytes(steps, place);
      if (live !== stats.liveSetBytes) t.fail(`case ${i}: liveSetBytes is ${stats.liveSetBytes}, counted ${live}`);
      // a larger plan before leaves a larger block: the figure is about the largest case so far
      if (i === 0 && stats.activationBytes > 1.05 * live) t.fail(`activationBytes ${stats.activationBytes} is above 1.05 × ${live} = ${Math.round(1.05 * live)}`);
    }
  } finally {
    await model.dispose();
  }
}

// Sanitized programs keep malloc, whose blocks have guarded zones between them: they cannot be lengthened,
// nor joined when they are free. There the figure only bounds that waste.
async function check_total(t, name) {
  const { model, feeds } = await open_model(t, name);
  try {
    await model.run(feeds[0]);
    const { memoryBytes, weightBytes, liveSetBytes } = await model.stats();
    const factor = t.native && t.variant.endsWith('-san') ? 1.5 : 1.1;
    const limit = factor * (weightBytes + liveSetBytes) + 2 * 1024 * 1024;
    if (memoryBytes > limit) t.fail(`memoryBytes ${memoryBytes} is above ${factor} × (${weightBytes} + ${liveSetBytes}) + 2 MB = ${Math.round(limit)}`);
  } finally {
    await model.dispose();
  }
}

async function check_second_run(t, name) {
  const { model, feeds } = await open_model(t, name);
  try {
    await model.run(feeds[0]);
    const first = await model.stats();
    for (let i = 0; i < 2; ++i) {
      await model.run(feeds[0]);
      const now = await model.stats();
      for (const key of ['memoryBytes', 'weightBytes', 'activationBytes', 'liveSetBytes', 'arenaMarks'])
        if (now[key] !== first[key]) t.fail(`run ${i + 2}: ${key} went from ${first[key]} to ${now[key]}`);
    }
  } finally {
    await model.dispose();
  }
}

async function check_loop(t) {
  const model = await t.load(growing_loop());
  try {
    const run = (n) => model.run({ steps: { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(n)) }, start: floats(1) });
    const { end } = await run(100);
    t.equal(end.dims, [1], 'size after 100 steps');
    const first = await model.stats();
    const long = await run(10_000);
    t.equal(long.end.dims, [1], 'size after 10,000 steps');
    t.equal((await run(10_042)).end.dims, [43], 'size after 10,042 steps');
    const last = await model.stats();
    if (last.memoryBytes !== first.memoryBytes) t.fail(`memoryBytes went from ${first.memoryBytes} after 100 steps to ${last.memoryBytes}`);
    if (last.arenaMarks !== first.arenaMarks) t.fail(`arena marks went from ${first.arenaMarks} after 100 steps to ${last.arenaMarks}`);
  } finally {
    await model.dispose();
  }
}

export async function cases(t) {
  const list = [];
  for (const name of models) {
    list.push({ name: `${name}: live set, block and overlaps`, run: (t) => check_plan(t, name) });
    list.push({ name: `${name}: a second run takes nothing`, run: (t) => check_second_run(t, name) });
  }
  for (const name of ['mobilenet_v2', 'ppocr_rec', 'bert_mini_cls'])
    list.push({ name: `${name}: total`, run: (t) => check_total(t, name) });
  list.push({ name: 'Loop of 10,000 steps', run: check_loop });
  if (t.node && !t.native) list.push(...(await import('./node_cases.mjs')).node_cases(t));
  return list;
}
