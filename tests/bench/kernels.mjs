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
import { graph, model, node, port, tensor } from '../onnx_writer.mjs';
import { ms_text, node_program, print_table, read_options, save } from './options.mjs';

const options = read_options();
if (options.models !== null && options.ops === null) process.exit(0);
const program = node_program(options.node);
if (program !== process.execPath) process.exit(spawnSync(program, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1);
const variants = (options.variant ?? 'simd').split(',');
const budget = options.smoke ? 0 : options.ms;
const least_runs = options.smoke ? 3 : 9;
const most_error = 1e-3;  // of sums of up to 2,304 products of numbers below 0.5
const wanted = new RegExp(options.ops ?? '');
const elements = (dims) => dims.reduce((n, d) => n * d, 1);

// The same numbers in every process.
const values = (dims, seed) => Float32Array.from({ length: elements(dims) }, (_, i) => Math.sin(i * 12.9898 + seed) / 2);

// op on x with weights; out is the shape of the answer, terms the multiply-adds of one element of it.
const single = (op, x, weights, out, terms, attributes = {}) => ({ op, x, weights, out, terms, attributes });
const conv = (channels, rows, kernel, size, stride = 1, group = 1) => {
  const pad = kernel >> 1;
  const side = Math.floor((size + 2 * pad - kernel) / stride) + 1;
  return single('Conv', [1, channels, size, size], [[rows, channels / group, kernel, kernel], [rows]], [1, rows, side, side],
    channels / group * kernel * kernel, { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride], group });
};

const cases = {
  matmul_256: single('MatMul', [256, 256], [[256, 256]], [256, 256], 256),
  matmul_512: single('MatMul', [512, 512], [[512, 512]], [512, 512], 512),
  matmul_one_row_2048: single('MatMul', [1, 2048], [[2048, 2048]], [1, 2048], 2048),
  gemm_128x768x3072: single('Gemm', [128, 768], [[3072, 768], [3072]], [128, 3072], 768, { transB: 1 }),
  conv1x1_64_56: conv(64, 256, 1, 56),
  conv1x1_512_14: conv(512, 512, 1, 14),
  conv1x1_gate: conv(240, 60, 1, 1),
  conv3x3_64_56: conv(64, 64, 3, 56),
  conv3x3_256_14: conv(256, 256, 3, 14),
  conv3x3s2_3_224: conv(3, 32, 3, 224, 2),
  conv7x7s2_3_224: conv(3, 64, 7, 224, 2),
  conv3x3_128_28_g32: conv(128, 128, 3, 28, 1, 32),
  depthwise3x3_96_112: conv(96, 96, 3, 112, 1, 96),
  depthwise3x3s2_96_112: conv(96, 96, 3, 112, 2, 96),
  depthwise5x5_240_28: conv(240, 240, 5, 28, 1, 240),
  conv_transpose2x2_64_28: single('ConvTranspose', [1, 64, 28, 28], [[64, 64, 2, 2]], [1, 64, 56, 56], 64, { strides: [2, 2] }),
  max_pool3x3s2_64_112: single('MaxPool', [1, 64, 112, 112], [], [1, 64, 56, 56], 0,
    { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  average_pool3x3_64_56: single('AveragePool', [1, 64, 56, 56], [], [1, 64, 56, 56], 0, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  global_average_pool_512_32: single('GlobalAveragePool', [1, 512, 32, 32], [], [1, 512, 1, 1], 0),
  lstm_128: single('LSTM', [32, 1, 128], [[1, 512, 128], [1, 512, 128], [1, 1024]], [32, 1, 1, 128], 1024, { hidden_size: 128 }),
};

const summary = (times) => {
  const sorted = times.slice(times.length / 3).sort((a, b) => a - b);
  return { least: sorted[0], median: sorted[sorted.length >> 1] };
};

async function measure(variant, { op, x, weights, out, terms, attributes }) {
  const names = weights.map((_, i) => `w${i}`);
  const bytes = model({ graph: graph({
    inputs: [port('x', 'float32', x)], outputs: [port('y', 'float32', out)],
    initializers: weights.map((dims, i) => tensor(names[i], 'float32', dims, values(dims, i))),
    nodes: [node(op, ['x', ...names], ['y'], { attributes })] }) });
  const data = values(x, 7);
  const mote = await load(bytes, { variant });
  const session = await ort.InferenceSession.create(bytes);
  const feeds = { x: { type: 'float32', dims: x, data } };
  const ort_feeds = { x: new ort.Tensor('float32', data, x) };
  const ours = [];
  const theirs = [];
  let answer;
  let expected;
  for (const start = performance.now(); performance.now() - start < budget * 2 || ours.length < least_runs;) {
    const t0 = performance.now();
    answer = await mote.run(feeds);
    const t1 = performance.now();
    expected = await session.run(ort_feeds);
    ours.push(t1 - t0);
    theirs.push(performance.now() - t1);
  }
  const error = answer.y.data.reduce((most, v, i) => Math.max(most, Math.abs(v - expected.y.data[i])), 0);
  mote.dispose();
  await session.release();
  return { mote: summary(ours), ort: summary(theirs), error, flops: 2 * elements(out) * terms };
}

ort.env.wasm.numThreads = 1;
const results = [];
for (const [name, one] of Object.entries(cases)) {
  if (!wanted.test(name)) continue;
  for (const variant of variants) results.push({ op: name, variant, ...await measure(variant, one) });
}
print_table(['operator, ms', 'variant', 'Mote min', 'median', 'ort min', 'median', 'ratio', 'GFLOP/s', 'error'], results.map(({ op, variant, mote, ort: other, error, flops }) => [
  op, variant, ...[mote.least, mote.median, other.least, other.median].map(ms_text), (other.median / mote.median).toFixed(2),
  flops ? (flops / mote.least / 1e6).toFixed(1) : '', error.toExponential(1)]));
save(options.json, 'kernels', { node: program, results });
process.exit(results.length && results.every(({ error }) => error < most_error) ? 0 : 1);  // onnxruntime-web keeps a worker alive
