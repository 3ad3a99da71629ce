// Backend tests of older opsets and of onnxruntime's operators: packs of ../shared/onnx-tests, which
// tests/onnx/generate.py reads. tests/onnx/NAME.txt names those that pass; it may only grow: toolchain/test
// packs --update writes it.
import { backend_cases, golden_names } from '../onnx/backend.mjs';
import { noisy_atol, other_answers } from '../onnx/errata.mjs';
import { packs } from '../onnx/packs.mjs';

// left out of the score
const groups = { rng: 'random', codec: 'lossy codec', old: 'corrected by a later release' };

export async function cases(t) {
  const errata = JSON.parse(await t.fetchText('build/onnx-tests/errata.json').catch(() => 'null'));
  if (!errata) return packs.map((pack) => ({ name: pack, run: (t) => t.skip('the shared packs are not at hand') }));
  const patterns = (group) => errata[group].map((text) => new RegExp(text));
  const apart = Object.keys(groups).flatMap((group) => patterns(group).map((p) => [p, groups[group]]));
  const why = (rows, name) => rows.find(([pattern]) => pattern.test(name))?.[1];
  const lists = await Promise.all(packs.map(async (pack) => backend_cases(t, {
    folder: `${pack}/`, prefix: `${pack}/`, golden: await golden_names(t, `tests/onnx/${pack}.txt`),
    apart: (name) => why(apart, name), other: (name) => why(other_answers, name),
    noisy: new RegExp(errata.noise.join('|')), noisy_atol,
  })));
  return lists.flat();
}
