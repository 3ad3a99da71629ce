// Single operators, Mote beside onnxruntime-web on one thread:
//   node tests/bench/kernels.mjs [--ops REGEX] [--variant simd] [--node 20|24] [--ms 1500] [--json OUT] [--smoke]
// Both run the same model in turn in one process; the table gives each one's least and median time of a whole run() in ms (the
// copy of the answer included), the ratio of the medians and Mote's GFLOP/s at its best (a multiply-add counts as two). An
// answer that is far from onnxruntime-web's fails.
// The block sizes of runtime/ops/product.h and band.cpp and the tiles of runtime/kernels were chosen with it.
// On a shared machine run it under `chrt -r 1`, and compare ratios, not times.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-web/wasm';
import { load } from '../../js/index.js';
import { operators } from './operators.mjs';
import { ms_text, node_program, peers, print_table, read_options, save } from './options.mjs';
import { measure_peak, peak_text } from './peak.mjs';

const options = read_options();
if (options.models !== null && options.ops === null) process.exit(0);
const program = node_program(options.node);
if (program !== process.execPath) process.exit(spawnSync(program, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1);
const variants = (options.variant ?? 'simd').split(',');
const budget = options.smoke ? 0 : options.ms;
const least_runs = options.smoke ? 3 : 9;
const most_error = 1e-3;  // of sums of up to 2,304 products of numbers below 0.5
const wanted = new RegExp(options.ops ?? '');
const summary = (times) => {
  const sorted = times.slice(times.length / 3).sort((a, b) => a - b);
  return { least: sorted[0], median: sorted[sorted.length >> 1] };
};

// Mote, onnxruntime-web and, where toolchain/bench has installed it, onnxruntime-node: each gives a function that runs.
ort.env.wasm.numThreads = 1;
const native = peers(options).includes('native') && (await import('onnxruntime-node')).default;
async function engines_of(variant, bytes, feeds) {
  const session_of = async (of, more) => {
    const session = await of.InferenceSession.create(bytes, more);
    const given = Object.fromEntries(Object.entries(feeds).map(([name, { type, dims, data }]) => [name, new of.Tensor(type, data, dims)]));
    return { run: () => session.run(given), end: () => session.release() };
  };
  const mote = await load(bytes, { variant, threads: 1 });
  return {
    mote: { run: () => mote.run(feeds), end: () => mote.dispose() },
    ort: await session_of(ort),
    ...native && { native: await session_of(native, { intraOpNumThreads: 1, interOpNumThreads: 1 }) },
  };
}

async function measure(variant, { model, feeds, flops, bytes }) {
  const engines = await engines_of(variant, model(), feeds()), times = {}, answers = {};
  for (const name in engines) times[name] = [];
  for (const start = performance.now(); performance.now() - start < budget * Object.keys(engines).length || times.mote.length < least_runs;)
    for (const [name, engine] of Object.entries(engines)) {
      const from = performance.now();
      answers[name] = await engine.run();
      times[name].push(performance.now() - from);
    }
  for (const name in engines) await engines[name].end();
  const want = answers.ort.y.data, error = answers.mote.y.data.reduce((most, v, i) => Math.max(most, Math.abs(v - want[i])), 0);
  // Once compiled, or in Node 20 nearly so; a run of the smoke version has no hundredth call.
  const later = Math.min(99, times.mote.length - 1);
  return { ...Object.fromEntries(Object.entries(times).map(([name, list]) => [name, summary(list)])), first: times.mote[0] / times.mote[later], error, flops, bytes };
}

const peak = options.smoke ? null : measure_peak();
if (peak) console.log(`${peak_text(peak)}\n`);
const results = [];
for (const [name, one] of Object.entries(operators)) {
  if (!wanted.test(name)) continue;
  for (const variant of variants) results.push({ op: name, variant, ...await measure(variant, one) });
}
const text = (x) => x ? ms_text(x) : '';
print_table(['operator, ms', 'variant', 'Mote min', 'median', 'ort min', 'median', 'ratio', 'native min', 'GFLOP/s', 'GB/s', 'call 1 / 100', 'error'], results.map((r) => [
  r.op, r.variant, ...[r.mote.least, r.mote.median, r.ort.least, r.ort.median].map(ms_text), (r.ort.median / r.mote.median).toFixed(2), text(r.native?.least),
  r.flops ? (r.flops / r.mote.least / 1e6).toFixed(1) : '', (r.bytes / r.mote.least / 1e6).toFixed(1), r.first.toFixed(1), r.error.toExponential(1)]));
save(options.json, 'kernels', { node: program, peak, results });
process.exit(results.length && results.every(({ error }) => error < most_error) ? 0 : 1);  // onnxruntime-web keeps a worker alive
