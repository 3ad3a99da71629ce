// Whole models, Mote beside onnxruntime-web on one and two threads and onnxruntime-node:
//   node tests/bench/models.mjs [--models a,b|all] [--variant simd,relaxed,threads-relaxed:2] [--peers ort]
//     [--node 20|24|26|chromium]
//     [--rounds 2] [--json OUT] [--smoke]
// A round has fresh processes (with chromium: browsers), one an engine, that check their answers against the
// golden ones, warm up, and then take short turns at running while the others sleep. Least and median ms are
// of all turns of all rounds, a ratio is onnxruntime-web's on one thread ÷ ours. all: the float32 models of
// the zoo but skl_* and light_*; the geometric means leave out what takes onnxruntime-web less than 1 ms. On
// a shared machine run it under `chrt -r 1`, and compare ratios, not times.
import { existsSync } from 'node:fs';
import { prepare } from '../prepare.mjs';
import { models, more } from '../zoo/cases.mjs';
import { geometric_mean, median, ms_text, node_program, peers, print_table, read_options, root, save, variants_of } from './options.mjs';
import { start } from './process.mjs';

const options = read_options();
if (options.ops !== null && options.models === null) process.exit(0);
const { zoo, smoke } = options;
const warm_ms = smoke ? 0 : 1500;  // tier-up comes after 0.2 to 0.9 s
const turns = smoke ? 1 : 6, turn_ms = smoke ? 0 : 250;
if (!smoke && zoo === `${root}build/zoo`) await prepare(root, (suite) => suite === 'zoo');
const program = node_program(options.node);
const engines = [...peers(options, program), ...variants_of(options, program)];
const all = [...models, ...more].filter((name) => !/^(skl|light)_|q4|int[48]|f(p)?16|half|u8s8/.test(name)).sort();

async function measure(name) {
  const times = Object.fromEntries(engines.map((engine) => [engine, []]));
  for (let round = 0; round < (smoke ? 1 : options.rounds); ++round) {
    const processes = [];
    try {
      for (const engine of engines) {
        processes.push([engine, await start(program, zoo)]);
        await processes.at(-1)[1].ask({ engine, name, warm_ms });
      }
      for (let turn = 0; turn < turns; ++turn)
        for (const [engine, process] of processes) times[engine].push(...(await process.ask({ ms: turn_ms })).times);
    } finally {
      for (const [, process] of processes) await process.end();
    }
  }
  const of = (engine) => ({ min: Math.min(...times[engine]), median: median(times[engine]), runs: times[engine].length });
  return { model: name, engines: Object.fromEntries(engines.map((engine) => [engine, of(engine)])) };
}

const results = [], failures = [];
const wanted = options.models === 'all' ? all : options.models?.split(',') ?? models;
for (const name of wanted) {
  if (![`${zoo}/${name}/case.json`, `${root}build/packages/${name}.onnx`].some(existsSync)) { failures.push(`${name}: the model is not at hand`); continue; }
  try {
    results.push(await measure(name));
  } catch (e) {
    failures.push(`${name}: ${e.message}`);
  }
}

const rest = engines.slice(1), ratio = (r, engine, key) => r.engines.ort[key] / r.engines[engine][key];
const counted = results.filter((r) => smoke || r.engines.ort.min >= 1);
const names = { ort: 'onnxruntime-web', 'ort:2': 'onnxruntime-web:2', native: 'onnxruntime-node' };
const cell = ({ min, median }) => `${ms_text(min)} / ${ms_text(median)}`;
const lines = results.map((r) => [r.model, cell(r.engines.ort), ...rest.flatMap((v) => [cell(r.engines[v]), ratio(r, v, 'min').toFixed(2), ratio(r, v, 'median').toFixed(2)])]);
const means = Object.fromEntries(rest.map((v) => [v, Object.fromEntries(['min', 'median'].map((key) => [key, geometric_mean(counted.map((r) => ratio(r, v, key)))]))]));
if (counted.length > 1) lines.push(['geometric mean', '', ...rest.flatMap((v) => ['', means[v].min.toFixed(2), means[v].median.toFixed(2)])]);
print_table(['model, ms min / median', 'onnxruntime-web', ...rest.flatMap((v) => [names[v] ?? `Mote ${v}`, 'ratio of min', 'of medians'])], lines);
for (const failure of failures) console.log(`failed: ${failure}`);
save(options.json, 'models', { node: program, results, means, failures });
process.exit(failures.length ? 1 : 0);
