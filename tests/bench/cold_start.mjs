// Cold start, import → first answer, each sample a fresh process
// or browser, Mote beside onnxruntime-web on one thread in turn:
//   node tests/bench/cold_start.mjs [--models magika] [--variant simd] [--node 20|24|26|chromium] [--samples
//     9] [--json OUT] [--smoke]
// The model is read within the time. Medians of import, load and first run, and of the whole; a ratio is
// theirs ÷ ours. Then runs for half a second: "first ÷ later" is the median of the first run over the least
// of those.
import { median, ms_text, node_program, print_table, read_options, save, variants_of } from './options.mjs';
import { start } from './process.mjs';

const options = read_options();
const program = node_program(options.node);
const engines = ['ort', ...variants_of(options, program)];
const phases = ['import', 'load', 'first'];
const later_ms = options.smoke ? 0 : 500;

async function sample(engine, name) {
  const process = await start(program, options.zoo);
  try {
    const times = await process.ask({ engine, name, warm_ms: 0 });
    return { ...times, later: Math.min(...(await process.ask({ ms: later_ms })).times) };
  } finally {
    await process.end();
  }
}

const results = [];
for (const name of (options.models ?? 'magika').split(',')) {
  const samples = Object.fromEntries(engines.map((engine) => [engine, []]));
  for (let i = 0; i < (options.smoke ? 1 : options.samples); ++i)
    for (const engine of engines) samples[engine].push(await sample(engine, name));
  results.push({ model: name, engines: Object.fromEntries(engines.map((engine) => {
    const totals = samples[engine].map((s) => s.import + s.load + s.first);
    const of = Object.fromEntries(phases.map((p) => [p, median(samples[engine].map((s) => s[p]))])), later = Math.min(...samples[engine].map((s) => s.later));
    return [engine, { ...of, later, min: Math.min(...totals), median: median(totals), samples: totals.length }];
  })) });
}

print_table(['model, ms', 'engine', ...phases, 'least', 'median', 'ratio of least', 'of medians', 'later', 'first ÷ later'], results.flatMap(({ model, engines: of }) => engines.map((engine) => [
  model, engine === 'ort' ? 'onnxruntime-web' : `Mote ${engine}`, ...phases.map((p) => ms_text(of[engine][p])), ms_text(of[engine].min), ms_text(of[engine].median),
  ...['min', 'median'].map((key) => (of.ort[key] / of[engine][key]).toFixed(2)), ms_text(of[engine].later), (of[engine].first / of[engine].later).toFixed(1)])));
save(options.json, 'cold_start', { node: program, results });
