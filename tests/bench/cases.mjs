// The benchmarks, once around on small models: that they measure what they say and refuse wrong answers.
// Never a time.
import { add_model, floats } from '../models.mjs';

const list = [];
const add = (name, run) => list.push({ name, run });

// A folder like the zoo's, with one model 'plus' (y = x + 10) whose golden output is `want`.
async function make_zoo(t, want) {
  const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const { write_npy } = await import('../npy.mjs');
  const zoo = mkdtempSync(`${tmpdir()}/mote-bench-`), folder = `${zoo}/plus`;
  mkdirSync(folder);
  writeFileSync(`${folder}/model.onnx`, add_model());
  writeFileSync(`${folder}/x.npy`, write_npy(floats(1, 2)));
  writeFileSync(`${folder}/y.npy`, write_npy(want));
  writeFileSync(`${folder}/case.json`, JSON.stringify({ tolerance: { atol: 1e-6, rtol: 0 },
    cases: [{ inputs: [{ name: 'x', file: 'x.npy' }], outputs: [{ name: 'y', file: 'y.npy' }] }] }));
  return { zoo, remove: () => rmSync(zoo, { recursive: true }) };
}

async function bench(t, script, args) {
  const { spawnSync } = await import('node:child_process');
  const r = spawnSync(process.execPath, [`${t.root}tests/bench/${script}.mjs`, '--smoke', '--variant', 'simd', ...args], { encoding: 'utf8' });
  return { code: r.status, said: r.stdout + r.stderr };
}
async function results_of(t, zoo, script, args) {
  const { readFileSync } = await import('node:fs');
  const { code, said } = await bench(t, script, [...args, '--zoo', zoo, '--json', `${zoo}/out.json`]);
  if (code) t.fail(said);
  return [JSON.parse(readFileSync(`${zoo}/out.json`, 'utf8')), said];
}
const positive = (t, numbers, what) => t.assert(numbers.every((x) => x > 0 && x < Infinity), `${what}: ${numbers}`);

add('models and cold start: the tables of a model that answers right', async (t) => {
  const { zoo, remove } = await make_zoo(t, floats(11, 12));
  try {
    const [, table] = await results_of(t, zoo, 'models', ['--models', 'plus']);
    t.assert(/^\| plus +\| .*\d \|$/m.test(table), table);
    const [all] = await results_of(t, zoo, 'cold_start', ['--models', 'plus']);  // is added to the same file
    for (const { results } of [all.models, all.cold_start]) {
      t.equal(results.map((r) => [r.model, ...Object.keys(r.engines)]), [['plus', 'ort', 'simd']]);
      for (const [engine, { min, median }] of Object.entries(results[0].engines)) positive(t, [min, median, median - min + 1e-9], engine);
    }
  } finally {
    remove();
  }
});
add('a wrong answer and a missing model are no results', async (t) => {
  const { zoo, remove } = await make_zoo(t, floats(11, 12.5));
  try {
    const { code, said } = await bench(t, 'models', ['--models', 'plus,none', '--zoo', zoo]);
    t.assert(code === 1 && /plus: wrong answer of ort: y/.test(said) && /none: the model is not at hand/.test(said), `exit code ${code}: ${said}`);
  } finally {
    remove();
  }
});
add('kernels: answers agree with onnxruntime-web, in Node and in Chromium', async (t) => {
  const { zoo, remove } = await make_zoo(t, floats());
  try {
    const names = ['matmul_256', 'conv1x1_gate', 'max_pool3x3s2_64_112'];
    for (const host of [[], ['--node', 'chromium']]) {
      const [{ kernels }] = await results_of(t, zoo, 'kernels', ['--ops', `^(${(host[0] ? names.slice(0, 1) : names).join('|')})$`, ...host]);
      t.equal(kernels.results.map((r) => r.op).sort(), [...names].sort());  // the others of the file stay
      for (const { op, engines } of kernels.results) {
        t.equal(Object.keys(engines), ['ort', 'simd']);
        for (const { least, median, first, error } of Object.values(engines)) {
          positive(t, [least, median, first], op);
          t.assert(error < 1e-3, `${op}: error ${error}`);
        }
        positive(t, [engines.simd.own], `${op}: own`);
      }
    }
  } finally {
    remove();
  }
});
add('models: in Chromium', async (t) => {
  const { zoo, remove } = await make_zoo(t, floats(11, 12));
  try {
    const [{ models }] = await results_of(t, zoo, 'models', ['--models', 'plus', '--node', 'chromium']);
    positive(t, Object.values(models.results[0].engines).map(({ min }) => min), 'times');
  } finally {
    remove();
  }
});
add('compile: all functions of a module beside onnxruntime-web', async (t) => {
  const { zoo, remove } = await make_zoo(t, floats());
  try {
    const [{ compile }] = await results_of(t, zoo, 'compile', []);
    t.equal(compile.results.map((r) => r.module), ['ort-wasm-simd-threaded.wasm', 'mote-simd.wasm']);
    positive(t, compile.results.flatMap(({ least, median, raw }) => [least, median, raw]), 'figures');
  } finally {
    remove();
  }
});
add('report: tables and a chart of results', async (t) => {
  const { spawnSync } = await import('node:child_process');
  const { readFileSync, writeFileSync } = await import('node:fs');
  const { zoo, remove } = await make_zoo(t, floats());
  try {
    const least = (ms, more) => ({ least: ms, median: ms, first: 2, error: 0, ...more });
    const kernels = { failures: ['other: no'], results: [{ op: 'one', flops: 4e6, bytes: 1, goal: { ratio: 3, peak: 0.5 }, simd_goal: 1.5, peak: { simd: 8, relaxed: 8, copy: 1 },
      engines: { ort: least(2), relaxed: least(1, { own: 0.8 }), simd: least(1.25, { own: 1 }) } }] };
    writeFileSync(`${zoo}/r.json`, JSON.stringify({ kernels }));
    const r = spawnSync(process.execPath, [`${t.root}tests/bench/report.mjs`, `${zoo}/r.json`], { encoding: 'utf8' });
    if (r.status) t.fail(r.stderr);
    const [md, svg] = ['md', 'svg'].map((end) => readFileSync(`${zoo}/r.${end}`, 'utf8'));
    t.assert(md.includes('| one | 1.00 | 1.25 | 2.00 | 2.00 | 1.60 | 5.0 GFLOP/s, 63 % | 2.0 | **3 x**, 50 % of peak, simd 1.5 x |') && md.includes('failed: other: no'), md);
    t.assert(/<text[^>]*>one<.*<\/svg>/s.test(svg), svg);
  } finally {
    remove();
  }
});
add('an unknown argument is refused', async (t) => {
  const { code, said } = await bench(t, 'models', ['--modles', 'magika']);
  t.assert(code === 2 && /unknown argument --modles/.test(said), `exit code ${code}: ${said}`);
});

export const cases = list;
