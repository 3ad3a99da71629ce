// The case runner of backend tests, as tests/onnx/generate.py writes them.
import { array_of, difference } from '../tensors.mjs';

export const golden_names = async (t, path) =>
  (await t.fetchText(path).catch(() => '')).split('\n').filter((l) => l && !l.startsWith('#'));

// The tests of build/onnx-tests/FOLDER, their names behind `prefix`. A case fails where its answer is
// another. Where an operator is missing it is skipped, unless `golden` names it. apart(name) gives why a test
// is left out of the score, or nothing: such a test is run too, but whatever it answers or refuses is right.
// other(name) gives why another answer is right, or nothing. noisy: names that get an atol of noisy_atol.
export async function backend_cases(t, { folder, prefix = '', golden, apart, other = () => null, noisy, noisy_atol }) {
  const index = JSON.parse(await t.fetchText(`build/onnx-tests/${folder}index.json`));
  const data = await t.fetchBytes(`build/onnx-tests/${folder}data.bin`);
  const required = new Set(golden);
  const bytes = ([offset, length]) => data.subarray(offset, offset + length);

  const value = (v) => {
    if (v === null) return null;
    if (v.sequence) return v.sequence.map(value);
    if (v.strings) return { type: v.type, dims: v.dims, data: v.strings };
    return { type: v.type, dims: v.dims, data: new (array_of(v.type))(bytes(v.at).slice().buffer) };
  };

  async function load(t, test, why) {
    try {
      return await t.load_shared(bytes(test.model));
    } catch (e) {
      if (e.code === 'unknown_operators' && !required.has(test.name)) t.skip(why ?? e.message);
      throw e;
    }
  }

  async function run(t, test) {
    const group = apart(test.name), why = group && `errata: ${group}`, not_ours = other(test.name);
    const model = await load(t, test, why);
    try {
      for (const set of test.sets) {
        const feeds = {};
        for (const [name, v] of Object.entries(set.inputs)) feeds[name] = value(v);
        const outputs = await model.run(feeds);
        const tolerance = { rtol: test.rtol, atol: noisy.test(test.name) ? noisy_atol : test.atol };
        for (const [name, want] of why ? [] : set.outputs) {
          const d = difference(outputs[name], value(want), tolerance, name);
          if (d && not_ours) t.skip(not_ours);
          if (d) t.fail(d);
        }
      }
    } catch (e) {
      if (e.code && (why ?? not_ours)) t.skip(why ?? not_ours);
      throw e;
    } finally {
      await model.dispose();
    }
    if (why) t.skip(why);
  }

  const list = index.tests.map((test) => ({ name: prefix + test.name, run: (t) => run(t, test) }));
  const there = new Set(index.tests.map((test) => test.name));
  for (const name of golden) if (!there.has(name)) list.push({ name: prefix + name, run: (t) => t.fail('is in the list of tests that pass, but is not there') });
  return list;
}
