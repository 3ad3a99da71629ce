// Memory tests that need files and processes of their own: Node only.
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { graph, model, node, port, tensor } from '../onnx_writer.mjs';

const side = 1024, layers = 52;  // 52 MatMul of [1024, 1024] float32: 218 MB

// x @ w0 @ w1 ...; each weight is the identity times 2, but the last one: times 0.5 ** (layers - 1).
function big_model(root) {
  const path = `${root}build/tests/big.onnx`;
  if (existsSync(path)) return path;
  mkdirSync(`${root}build/tests`, { recursive: true });
  const weight = (factor) => {
    const w = new Float32Array(side * side);
    for (let i = 0; i < side; ++i) w[i * side + i] = factor;
    return w;
  };
  const twice = weight(2), last = weight(2 ** (1 - layers));
  const name = (i) => i === layers ? 'y' : i ? `h${i}` : 'x';
  const bytes = model({ graph: graph({
    inputs: [port('x', 'float32', [1, side])], outputs: [port('y', 'float32', [1, side])],
    initializers: Array.from({ length: layers }, (_, i) => tensor(`w${i}`, 'float32', [side, side], i === layers - 1 ? last : twice)),
    nodes: Array.from({ length: layers }, (_, i) => node('MatMul', [name(i), `w${i}`], [name(i + 1)])),
  }) });
  const file = openSync(`${path}.part`, 'w');
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, Math.min(1 << 26, bytes.length - at));
  closeSync(file);
  renameSync(`${path}.part`, path);
  return path;
}

function peak_of(t, ...args) {
  const printed = execFileSync(process.execPath, [...process.execArgv, `${t.root}tests/memory/peak.mjs`, ...args], { encoding: 'utf8' });
  return JSON.parse(printed.trim().split('\n').at(-1));
}

function check_peak(t) {
  const weights = layers * side * side * 4;
  const empty = peak_of(t).peak;
  const { peak, answer } = peak_of(t, big_model(t.root), t.variant);
  t.equal(answer, [1, 1], 'answer');
  const limit = 1.15 * weights + 40 * 1024 * 1024;
  const mb = (n) => `${Math.round(n / 1048576)} MB`;
  if (peak - empty > limit) t.fail(`peak RSS above an empty Node is ${mb(peak - empty)}, allowed ${mb(limit)} (weights ${mb(weights)}, empty ${mb(empty)})`);
}

function check_reachable(t, name) {
  if (!t.zoo) t.skip('the shared zoo is not at hand');
  const printed = execFileSync(process.execPath, ['--expose-gc', `${t.root}tests/memory/reachable.mjs`, `${t.root}build/zoo/${name}`, t.variant], { encoding: 'utf8' });
  const { sizes, made, stats } = JSON.parse(printed.trim().split('\n').at(-1));
  if (made < 2) t.fail(`only ${made} memories were seen: those of the compiler and the runtime should be`);
  const total = sizes.reduce((a, b) => a + b, 0);
  const limit = 1.10 * (stats.weightBytes + stats.liveSetBytes) + 2 * 1024 * 1024;
  if (total > limit) t.fail(`memories of ${sizes.join(' + ')} bytes are above 1.10 × (${stats.weightBytes} + ${stats.liveSetBytes}) + 2 MB = ${Math.round(limit)}`);
  if (total !== stats.memoryBytes) t.fail(`memories of ${sizes.join(' + ')} bytes, stats tells ${stats.memoryBytes}`);
}

// A table of 2.2 GB in a sparse file, whose last rows are not zero, and a small weight behind it.
async function check_above_2gb(t) {
  const folder = `${t.root}build/tests/above_2gb`;
  const rows = 2_200_000, width = 1024;
  mkdirSync(folder, { recursive: true });
  const data = openSync(`${folder}/table.bin`, 'w');
  ftruncateSync(data, rows * width + 64);
  writeSync(data, new Uint8Array(width).map((_, i) => i & 255), 0, width, (rows - 1) * width);
  writeSync(data, new Uint8Array(Float32Array.of(1, 2, 4, 8).buffer), 0, 16, rows * width);
  closeSync(data);
  const file = openSync(`${folder}/model.onnx`, 'w');
  writeSync(file, model({ graph: graph({
    inputs: [port('row', 'int64', ['n']), port('x', 'float32', [4])],
    outputs: [port('y', 'uint8', ['n', width]), port('z', 'float32', [4])],
    initializers: [
      tensor('table', 'uint8', [rows, width], null, { external: { location: 'table.bin', offset: 0, length: rows * width } }),
      tensor('w', 'float32', [4], null, { external: { location: 'table.bin', offset: rows * width, length: 16 } })],
    nodes: [node('Gather', ['table', 'row'], ['y']), node('Mul', ['x', 'w'], ['z'])],
  }) }));
  closeSync(file);
  try {
    const opened = await t.load(`${folder}/model.onnx`);
    const { y, z } = await opened.run({
      row: { type: 'int64', dims: [2], data: BigInt64Array.of(BigInt(rows - 1), 5n) },
      x: { type: 'float32', dims: [4], data: Float32Array.of(3, 3, 3, 3) } });
    t.equal([...y.data.subarray(250, 260)], [250, 251, 252, 253, 254, 255, 0, 1, 2, 3], 'last row');
    t.equal([...y.data.subarray(width + 100, width + 103)], [0, 0, 0], 'row 5');
    t.equal([...z.data], [3, 6, 12, 24], 'the weight behind it');
    t.assert((await opened.stats()).weightBytes > 2 ** 31, 'weightBytes is below 2 GB');
    await opened.dispose();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const node_cases = (t) => t.host !== 'node20' || t.variant !== 'simd' ? [] : [
  { name: 'a model of 218 MB by path', run: check_peak },
  { name: 'weights above 2 GB', run: check_above_2gb },
  ...['mobilenet_v2', 'ppocr_rec', 'bert_mini_cls'].map((name) => ({ name: `${name}: every memory that can be reached`, run: (t) => check_reachable(t, name) })),
];
