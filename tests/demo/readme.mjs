// README.md does not lie: its code runs as it stands, in a folder that has only js/ and a model, is that of
// examples/, and what it names is there.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { wasmtime } from '../hosts/command.mjs';
import { read_npy, write_npy } from '../npy.mjs';
import { files } from '../../examples/ocr/ocr.js';
import { models } from './cases.mjs';
import { in_chromium } from './page.mjs';

const readme = (t) => readFileSync(`${t.root}README.md`, 'utf8');

// The code of a language in README.md; there is one piece of each.
function code_of(t, language) {
  const blocks = [...readme(t).matchAll(/^```(\w*)\n([^]*?)^```$/gm)];
  t.equal(blocks.map(([, name]) => name), ['js', 'html', 'sh'], 'pieces of code');
  return blocks.find(([, name]) => name === language)[2];
}

// An empty folder with js/ and model.onnx.
function user_folder(t, name) {
  const folder = `${t.root}build/tests/readme-${t.host}/${name}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(`${t.root}js`, `${folder}/js`, { recursive: true });
  cpSync(t.root + models + files.direction, `${folder}/model.onnx`);
  return folder;
}

// What the snippets feed, answered by a model that this process loads.
const x = { type: 'float32', dims: [1, 3, 48, 192], data: new Float32Array(3 * 48 * 192).fill(0.5) };
async function answer(t) {
  const model = await t.load(t.root + models + files.direction);
  const [[name, y]] = Object.entries(await model.run({ x }));
  model.dispose();
  return { name, y, printed: `${name}: ${y.type} [${y.dims}] ${y.data}` };
}

export const node_cases = [
  ['README: Node', async (t) => {
    const folder = user_folder(t, 'node');
    writeFileSync(`${folder}/index.mjs`, code_of(t, 'js'));
    const out = execFileSync(process.execPath, ['index.mjs'], { cwd: folder, encoding: 'utf8' });
    const { printed } = await answer(t);
    for (const part of [printed, "name: 'x'", 'threads {', 'weightBytes:'])
      t.assert(out.includes(part), `it printed ${out}, without ${part}`);
  }],
  ['README: a page', async (t) => {
    const folder = user_folder(t, 'page');
    writeFileSync(`${folder}/index.html`, code_of(t, 'html'));
    const { name, y } = await answer(t);
    await in_chromium(t, `${folder}/`, async (page, url) => {
      await page.goto(`${url}index.html`);
      await page.waitForFunction(() => document.body?.textContent.includes('float32'));
      const text = await page.evaluate(() => document.body.textContent);
      const [, label, dims, values] = text.match(/^\s*(\S+): float32 \[(.*)\] (.*)$/);
      t.equal([label, dims], [name, String(y.dims)], 'output');
      const near = values.split(',').every((v, i) => Math.abs(v - y.data[i]) < 1e-4);
      t.assert(near, `it printed ${values}, expected ${y.data}`);
    });
  }],
  ['README: a WASI host', async (t) => {
    const folder = user_folder(t, 'wasi');
    writeFileSync(`${folder}/x.npy`, write_npy(x));
    mkdirSync(`${folder}/bin`);
    symlinkSync(wasmtime(t.root), `${folder}/bin/wasmtime`);
    const env = { ...process.env, PATH: `${folder}/bin${delimiter}${process.env.PATH}` };
    const r = spawnSync('sh', ['-ec', code_of(t, 'sh')], { cwd: folder, encoding: 'utf8', env });
    t.equal([r.status, r.stderr], [0, ''], 'exit code and errors');
    const { name, y } = await answer(t);
    t.equal(readdirSync(`${folder}/out`), [`0_${name}.npy`], 'files');
    // bit for bit: both are simd
    t.equal(read_npy(readFileSync(`${folder}/out/0_${name}.npy`)), y, 'output');
  }],
  ['README: its code is that of examples/', (t) => {
    const plain = (text) => text.replace(/'(\.\.\/)+js\//g, "'./js/").replace(/'[^']*\.onnx'/g, "'model.onnx'");
    for (const [language, file] of [['js', 'examples/node.mjs'], ['html', 'examples/page/index.html']]) {
      const code = code_of(t, language);
      t.equal(plain(readFileSync(t.root + file, 'utf8')), code, file);
      t.assert(code.trim().split('\n').length <= 10, `${language}: more than ten lines`);
    }
  }],
  ['README: the error that it shows', async (t) => {
    const [, code, sentence] = readme(t).match(/the code `(\w+)` and the sentence\n"([^"]*)"/);
    const model = await t.load(t.root + models + files.direction);
    const e = await t.error(model.run({}), code);
    t.equal(e.message, sentence, 'sentence');
    model.dispose();
  }],
  ['README: what it names is there', (t) => {
    const pattern = /`(?:node )?((?:build|compiler|docs|examples|js|runtime|tests|toolchain|wasm)\/[\w./-]*)/g;
    const named = [...readme(t).matchAll(pattern)].map(([, path]) => path);
    t.assert(named.length > 25, `it names only ${named}`);
    const gone = named.filter((path) => !existsSync(t.root + path) && !/^(build|js\/dist)\//.test(path));
    t.equal(gone, [], 'names of nothing');
    const modules = readFileSync(`${t.root}js/modules.js`, 'utf8').matchAll(/dist\/[\w-]+\.wasm/g);
    const shipped = [...modules].map(([name]) => `js/${name}`);
    t.equal(named.filter((path) => /\/mote-.*\.wasm$/.test(path)).sort(), shipped.sort(), 'modules');
  }],
].map(([name, run]) => ({ name, run }));
