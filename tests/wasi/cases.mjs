// The WASI command, on wasmtime and node:wasi: the same answers from .npy to .npy, and errors as exit code and sentence.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { run_command } from '../hosts/command.mjs';
import { add_model, floats, make_model } from '../models.mjs';
import { read_npy, write_npy } from '../npy.mjs';
import { node, port, tensor } from '../onnx_writer.mjs';
import { difference } from '../tensors.mjs';
import { models } from '../zoo/cases.mjs';

const safe = (name) => name.replace(/[^A-Za-z0-9._-]/g, '_');

// A fresh folder for one case, with the files given.
function folder_of(t, name, files = {}) {
  const folder = `${t.root}build/tests/wasi-${t.host}/${name}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) writeFileSync(`${folder}/${file}`, bytes);
  return folder;
}

function good(t, folder, args) {
  const r = run_command(t.host, t.root, folder, args);
  if (r.code !== 0) t.fail(`mote ${args.join(' ')}: exit code ${r.code}: ${r.err || r.out}`);
  return r;
}

function bad(t, folder, args, pattern) {
  const r = run_command(t.host, t.root, folder, args);
  if (r.code === 0) t.fail(`mote ${args.join(' ')} succeeded`);
  if (!(r.code > 0 && r.code < 100)) t.fail(`exit code ${r.code}: ${r.err.slice(0, 500)}`);
  if (!pattern.test(r.err)) t.fail(`expected a sentence like ${pattern}, got: ${r.err}`);
  if (r.err.trim().split('\n').length > 4) t.fail(`more than a few lines: ${r.err}`);
}

async function zoo_model(t, name) {
  const from = `${t.root}build/zoo/${name}`;
  if (!existsSync(from)) t.fail('the model is not in build/zoo');
  const info = JSON.parse(readFileSync(`${from}/case.json`, 'utf8'));
  const folder = folder_of(t, name);
  cpSync(from, folder, { recursive: true });
  for (const [i, k] of info.cases.entries()) {
    good(t, folder, ['run', 'model.onnx', ...k.inputs.flatMap((x) => ['--input', `${x.name}=${x.file}`]), '--output', `out${i}`]);
    for (const [index, o] of k.outputs.entries()) {
      const got = read_npy(readFileSync(`${folder}/out${i}/${index}_${safe(o.name)}.npy`));
      const d = difference(got, read_npy(readFileSync(`${from}/${o.file}`)), info.tolerance, `case ${i} ${o.name}`);
      if (d) t.fail(d);
    }
  }
  rmSync(folder, { recursive: true });
}

const x_file = (...values) => write_npy(floats(...values));

const small = [
  ['run', (t) => {
    const folder = folder_of(t, 'run', { 'm.onnx': add_model(), 'x.npy': x_file(1, 2) });
    good(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'out']);
    const d = difference(read_npy(readFileSync(`${folder}/out/0_y.npy`)), floats(11, 12));
    if (d) t.fail(d);
  }],
  ['inspect', (t) => {
    const { out } = good(t, folder_of(t, 'inspect', { 'm.onnx': add_model() }), ['inspect', 'm.onnx']);
    if (!/x.*float32/s.test(out) || !/y/.test(out)) t.fail(`it printed: ${out}`);
  }],
  ['names of outputs stay in the folder', (t) => {
    const name = '../../evil/a b:c';
    const folder = folder_of(t, 'names', { 'x.npy': x_file(1),
      'm.onnx': make_model({ inputs: [port('x', 'float32', ['n'])], outputs: [port(name, 'float32', ['n'])], nodes: [node('Relu', ['x'], [name])] }) });
    good(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'out']);
    t.equal(readdirSync(`${folder}/out`), [`0_${safe(name)}.npy`], 'files');
    t.equal(readdirSync(folder).sort(), ['m.onnx', 'out', 'x.npy'], 'folder');
  }],
  ['strings become JSON', (t) => {
    const folder = folder_of(t, 'strings', { 'm.onnx': make_model({ outputs: [port('s', 'string', [2])],
      initializers: [tensor('w', 'string', [2], ['one "two"', 'ü'])], nodes: [node('Identity', ['w'], ['s'])] }) });
    good(t, folder, ['run', 'm.onnx', '--output', 'out']);
    const text = readFileSync(`${folder}/out/0_s.json`, 'utf8');
    if (!JSON.stringify(JSON.parse(text)).includes(JSON.stringify(['one "two"', 'ü']).slice(1, -1))) t.fail(`it wrote ${text}`);
  }],
  ['external data beside the model', (t) => {
    const w = tensor('w', 'float32', [1], null, { external: { location: 'w.bin', offset: 4, length: 4 } });
    const folder = folder_of(t, 'external', { 'x.npy': x_file(1), 'w.bin': new Uint8Array(Float32Array.of(5, 7).buffer),
      'm.onnx': make_model({ inputs: [port('x', 'float32', ['n'])], outputs: [port('y', 'float32', ['n'])], initializers: [w], nodes: [node('Add', ['x', 'w'], ['y'])] }) });
    good(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'out']);
    const d = difference(read_npy(readFileSync(`${folder}/out/0_y.npy`)), floats(8));
    if (d) t.fail(d);
  }],
  ['errors', (t) => {
    const outside = (location) => make_model({ inputs: [port('x', 'float32', ['n'])], outputs: [port('y', 'float32', ['n'])],
      initializers: [tensor('w', 'float32', [1], null, { external: { location } })], nodes: [node('Add', ['x', 'w'], ['y'])] });
    const folder = folder_of(t, 'errors', { 'm.onnx': add_model(), 'x.npy': x_file(1), 'cut.onnx': add_model().slice(0, 60), 'page.onnx': '<!doctype html><html></html>',
      'up.onnx': outside('../w.bin'), 'abs.onnx': outside('/etc/passwd'), 'gone.onnx': outside('w.bin'), 'no.npy': 'no npy',
      'ints.npy': write_npy({ type: 'int64', dims: [1], data: BigInt64Array.of(1n) }) });
    bad(t, folder, [], /run|usage/i);
    bad(t, folder, ['frobnicate'], /frobnicate/);
    bad(t, folder, ['run', 'nowhere.onnx', '--output', 'out'], /nowhere\.onnx/);
    bad(t, folder, ['run', 'cut.onnx', '--output', 'out'], /cut short|damaged/);
    bad(t, folder, ['run', 'page.onnx', '--output', 'out'], /HTML/);
    bad(t, folder, ['run', 'up.onnx', '--input', 'x=x.npy', '--output', 'out'], /\.\.\/w\.bin/);
    bad(t, folder, ['run', 'abs.onnx', '--input', 'x=x.npy', '--output', 'out'], /\/etc\/passwd/);
    bad(t, folder, ['run', 'gone.onnx', '--input', 'x=x.npy', '--output', 'out'], /w\.bin/);
    bad(t, folder, ['run', 'm.onnx', '--output', 'out'], /'x'/);
    bad(t, folder, ['run', 'm.onnx', '--input', 'z=x.npy', '--output', 'out'], /'z'/);
    bad(t, folder, ['run', 'm.onnx', '--input', 'x=no.npy', '--output', 'out'], /no\.npy/);
    bad(t, folder, ['run', 'm.onnx', '--input', 'x=gone.npy', '--output', 'out'], /gone\.npy/);
    bad(t, folder, ['run', 'm.onnx', '--input', 'x=ints.npy', '--output', 'out'], /(?=.*'x')(?=.*int64)(?=.*float32)/);
  }],
];

export function cases(t) {
  const list = small.map(([name, run]) => ({ name, run }));
  for (const name of models) list.push({ name, run: (t) => t.zoo ? zoo_model(t, name) : t.skip('the shared zoo is not at hand') });
  return list;
}
