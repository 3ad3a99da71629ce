// Whole models, Mote beside onnxruntime-web on one thread:
//   node tests/bench/models.mjs [--models a,b] [--variant simd,relaxed] [--node 20|24] [--rounds 2] [--json OUT] [--smoke]
// A round has fresh processes, one an engine, that check their answers against the golden ones, warm up, and then take short
// turns at running while the others sleep. Least and median ms are of all turns of all rounds, a ratio is theirs ÷ ours.
// On a shared machine run it under `chrt -r 1`, and compare ratios, not times.
import { prepare } from '../prepare.mjs';
import { models } from '../zoo/cases.mjs';
import { golden_case } from './golden.mjs';
import { geometric_mean, median, ms_text, node_program, print_table, read_options, root, save, variants_of } from './options.mjs';
import { start } from './process.mjs';

const options = read_options();
if (options.ops !== null && options.models === null) process.exit(0);
const { zoo, smoke } = options;
const warm_ms = smoke ? 0 : 1500;  // tier-up comes after 0.2 to 0.9 s
const turns = smoke ? 1 : 6, turn_ms = smoke ? 0 : 250;
if (!smoke) prepare(root, (suite) => suite === 'zoo');
const program = node_program(options.node);
const engines = ['ort', ...variants_of(options, program)];

async function measure(name) {
  const times = Object.fromEntries(engines.map((engine) => [engine, []]));
  for (let round = 0; round < (smoke ? 1 : options.rounds); ++round) {
    const processes = [];
    try {
      for (const engine of engines) {
        processes.push([engine, start(program)]);
        await processes.at(-1)[1].ask({ engine, zoo, name, warm_ms });
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
for (const name of options.models?.split(',') ?? models) {
  if (!golden_case(zoo, name)) { failures.push(`${name}: the model is not at hand`); continue; }
  try {
    results.push(await measure(name));
  } catch (e) {
    failures.push(`${name}: ${e.message}`);
  }
}

const ours = engines.slice(1), ratio = (r, engine, key) => r.engines.ort[key] / r.engines[engine][key];
const cell = ({ min, median }) => `${ms_text(min)} / ${ms_text(median)}`;
const lines = results.map((r) => [r.model, cell(r.engines.ort), ...ours.flatMap((v) => [cell(r.engines[v]), ratio(r, v, 'min').toFixed(2), ratio(r, v, 'median').toFixed(2)])]);
if (results.length > 1) lines.push(['geometric mean', '', ...ours.flatMap((v) => ['', ...['min', 'median'].map((key) => geometric_mean(results.map((r) => ratio(r, v, key))).toFixed(2))])]);
print_table(['model, ms min / median', 'onnxruntime-web', ...ours.flatMap((v) => [`Mote ${v}`, 'ratio of min', 'of medians'])], lines);
for (const failure of failures) console.log(`failed: ${failure}`);
save(options.json, 'models', { node: program, results, failures });
process.exit(failures.length ? 1 : 0);
