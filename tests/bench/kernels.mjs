// Single operators, Mote beside onnxruntime-web on one and two threads, onnxruntime-node and, for those that
// it has, tfjs-backend-wasm:
//   node tests/bench/kernels.mjs [--ops REGEX] [--variant relaxed,simd] [--peers ort,native,tfjs] [--node
//     20|24|26|chromium]
//     [--ms 1500] [--json OUT] [--smoke]
// Fresh processes (with chromium: browsers), one an engine, answer, warm up for --ms, and then take short
// turns at running while the others sleep. The table gives the least time of a whole run() in ms (copies of
// feeds and answer included), a ratio is onnxruntime-web's ÷ Mote's; of Mote's first variant also its
// operators' own time (copies left out), and of that GFLOP/s (a multiply-add counts as two), their part of
// the peak of a loop of nothing else in the same run, GB/s, and their part of a copy of as many bytes; the
// first call ÷ the hundredth. An answer far from onnxruntime-web's fails. --json: other operators' results in
// the file stay. The block sizes of runtime/ops/product.h and band.cpp and the tiles of runtime/kernels were
// chosen with it. On a shared machine run it under `chrt -r 1`, and compare ratios, not times.
import { array_of } from '../tensors.mjs';
import { operators } from './operators.mjs';
import { median, ms_text, node_program, operator_peers, print_table, read_options, save, saved, variants_of } from './options.mjs';
import { least_copy, measure_peak, peak_text } from './peak.mjs';
import { start } from './process.mjs';

const options = read_options();
if (options.models !== null && options.ops === null) process.exit(0);
const { smoke, zoo } = options, program = node_program(options.node);
const variants = variants_of(options, program), engines = [...operator_peers(options, program), ...variants];
const turns = smoke ? 1 : 4, turn_ms = smoke ? 0 : options.ms / 8;
const wanted = new RegExp(options.ops ?? '');

const floats = (text, type = 'float32') => {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new (array_of(type))(bytes.buffer);
};
const difference = (got, want) => got.length === want.length ? got.reduce((most, v, i) => Math.max(most, Math.abs(v - want[i])), 0) : Infinity;

async function measure(op, { flops, bytes, most_error, type, tfjs, goal }) {
  const processes = {}, of = {};
  let want;
  try {
    for (const engine of engines) {
      if (engine === 'tfjs' && !tfjs) continue;
      processes[engine] = await start(program, zoo);
      const { first, later, answer } = await processes[engine].ask({ engine, op, warm_ms: smoke ? 0 : options.ms });
      const y = floats(answer, type);
      want ??= y;
      of[engine] = { first: first / later, error: difference(y, want), times: [] };
      if (of[engine].error <= most_error) continue;
      if (variants.includes(engine)) throw new Error(`the answer of ${engine} is off by ${of[engine].error}`);
      // onnxruntime-node's products of int8 saturate
      console.log(`${op}: the answer of ${engine} is off by ${of[engine].error}`);
    }
    for (let turn = 0; turn < turns; ++turn)
      for (const [engine, process] of Object.entries(processes)) of[engine].times.push(...(await process.ask({ ms: turn_ms })).times);
    for (const variant of variants.filter((v) => !v.includes(':'))) of[variant].own = (await processes[variant].ask({ own: turn_ms })).own;
  } finally {
    for (const process of Object.values(processes)) await process.end();
  }
  const results = Object.fromEntries(Object.entries(of).map(([engine, { times, ...more }]) => [engine, { ...more, least: Math.min(...times), median: median(times) }]));
  return { op, engines: results, flops, bytes, goal, copy: smoke || !goal?.copy ? null : least_copy(bytes / 2) };
}

const peak = smoke ? null : measure_peak();
if (peak) console.log(`${peak_text(peak)}\n`);
const results = [], failures = [];
for (const [name, one] of Object.entries(operators)) {
  if (!wanted.test(name)) continue;
  try {
    results.push({ ...await measure(name, one), simd_goal: one.simd_goal, peak });
  } catch (e) {
    failures.push(`${name}: ${e.message}`);
  }
}
const others = (list = []) => list.filter(({ op }) => !results.some((r) => r.op === op));
const [first] = variants, text = (x, f = ms_text) => x ? f(x) : '', percent = (x) => `${(100 * x).toFixed(0)} %`;
print_table(['operator, ms', ...engines, ...variants.map((v) => `ratio ${v}`), `own, ${first}`, 'GFLOP/s', 'of peak', 'GB/s', 'of copy', 'call 1 / 100', 'error'], results.map(({ op, engines: of, flops, bytes, copy }) => {
  const { own, first: calls, error } = of[first], gflops = flops / own / 1e6, gbs = bytes / own / 1e6;
  return [op, ...engines.map((e) => text(of[e]?.least)), ...variants.map((v) => (of[engines[0]].least / of[v].least).toFixed(2)), text(own), ...own && flops ? [gflops.toFixed(1),
    text(peak && gflops / (/relaxed/.test(first) ? peak.relaxed ?? peak.simd : peak.simd), percent)] : ['', ''], own ? gbs.toFixed(1) : '', text(copy && gbs / copy, percent), calls.toFixed(1), error.toExponential(1)];
}));
for (const failure of failures) console.log(`failed: ${failure}`);
const before = saved(options.json).kernels;
save(options.json, 'kernels', { node: program, results: [...others(before?.results), ...results], failures });
process.exit(results.length && !failures.length ? 0 : 1);
