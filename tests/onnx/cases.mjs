// The onnx package's backend tests whose operators are all in runtime/ops.def (tests/onnx/generate.py makes them).
// tests/onnx/passing.txt names those that pass; it may only grow: toolchain/test onnx --update writes it.
import { array_of, difference } from '../tensors.mjs';
import { left_out, noisy, noisy_atol } from '../onnx/errata.mjs';
import { operators } from '../table.mjs';

const built_in = ['Constant'];  // what the compiler turns into weights: no operator of the table

export async function cases(t) {
  const table = new Set(operators(await t.fetchText('runtime/ops.def')).map((r) => `${r.domain}:${r.op}`));
  for (const op of built_in) table.add(`:${op}`);
  const index = JSON.parse(await t.fetchText('build/onnx-tests/index.json'));
  const data = await t.fetchBytes('build/onnx-tests/data.bin');
  const golden = (await t.fetchText('tests/onnx/passing.txt').catch(() => '')).split('\n').filter((l) => l && !l.startsWith('#'));
  const bytes = ([offset, length]) => data.subarray(offset, offset + length);

  const value = (v) => {
    if (v === null) return null;
    if (v.sequence) return v.sequence.map(value);
    if (v.strings) return { type: v.type, dims: v.dims, data: v.strings };
    return { type: v.type, dims: v.dims, data: new (array_of(v.type))(bytes(v.at).slice().buffer) };
  };

  async function run(t, test) {
    const model = await t.load_shared(bytes(test.model));
    try {
      for (const set of test.sets) {
        const feeds = {};
        for (const [name, v] of Object.entries(set.inputs)) feeds[name] = value(v);
        const outputs = await model.run(feeds);
        const tolerance = { rtol: test.rtol, atol: noisy.test(test.name) ? noisy_atol : test.atol };
        for (const [name, want] of set.outputs) {
          const d = difference(outputs[name], value(want), tolerance, name);
          if (d) t.fail(d);
        }
      }
    } finally {
      await model.dispose();
    }
  }

  const list = [];
  const tried = new Set();
  for (const test of index.tests) {
    if (!test.operators.every((op) => table.has(op)) || left_out.some(([pattern]) => pattern.test(test.name))) continue;
    tried.add(test.name);
    list.push({ name: test.name, run: (t) => run(t, test) });
  }
  for (const name of golden)
    if (!tried.has(name)) list.push({ name, run: (t) => t.fail('is in tests/onnx/passing.txt, but its operators are not all in the table') });
  list.note = `${tried.size} of ${index.tests.length} backend tests of onnx ${index.onnx} tried`;
  return list;
}
