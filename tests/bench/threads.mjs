// From which size on two threads pay: node tests/bench/threads.mjs [--variant threads] One operator over n
// elements on one thread and on two, in turn: least microseconds of a run(), copies in and out included, and
// the ratio. Below the least job of wasm/threads.cpp nothing is handed over, and the ratio is 1.
import { load } from '../../js/index.js';
import { graph, model, node, port } from '../onnx_writer.mjs';
import { print_table, read_options } from './options.mjs';

const { variant } = read_options();
const rows = [];
for (const op of ['Relu', 'Erf']) {
  const bytes = model({ graph: graph({ inputs: [port('x', 'float32', ['n'])], outputs: [port('y', 'float32', ['n'])], nodes: [node(op, ['x'], ['y'])] }) });
  const models = await Promise.all([1, 2].map((threads) => load(bytes, { variant: variant ?? 'threads', threads })));
  for (let n = 1 << 10; n <= 1 << 21; n *= 2) {
    const feeds = { x: { type: 'float32', dims: [n], data: new Float32Array(n).fill(0.5) } };
    const least = [Infinity, Infinity];
    const until = performance.now() + 500;
    for (let runs = 0; runs < 50 || performance.now() < until; ++runs)
      for (const [i, m] of models.entries()) {
        const from = performance.now();
        await m.run(feeds);
        least[i] = Math.min(least[i], performance.now() - from);
      }
    rows.push([op, String(n), ...least.map((ms) => (ms * 1000).toFixed(1)), (least[0] / least[1]).toFixed(2)]);
  }
  for (const m of models) m.dispose();
}
print_table(['operator', 'elements', '1 thread, us', '2 threads, us', 'ratio'], rows);
