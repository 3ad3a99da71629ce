// What the benchmarks share: their arguments, the Node that measures, tables and results.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

// --models and --ops choose tables too: one of them alone leaves the other out.
const known = { models: null, ops: null, variant: null, node: null, json: null, zoo: `${root}build/zoo`, peers: null, rounds: '2', samples: '9', ms: '1500', smoke: false };

export function read_options(argv = process.argv.slice(2)) {
  const options = { ...known };
  for (let i = 0; i < argv.length; ++i) {
    const key = argv[i].replace(/^--/, '');
    if (!(key in known) || key === argv[i]) {
      console.error(`unknown argument ${argv[i]}; arguments: ${Object.keys(known).map((k) => `--${k}`).join(' ')}`);
      process.exit(2);
    }
    options[key] = key === 'smoke' || argv[++i];
  }
  return { ...options, rounds: Number(options.rounds), samples: Number(options.samples), ms: Number(options.ms) };
}

// The program of a version of Node: 20, 24, or 26 where tests/node_modules has it as node26; without one what
// runs this. 'chromium' is its own name: what is measured runs in pages of it.
export function node_program(version) {
  if (version === 'chromium') return version;
  const given = [process.execPath, ...[24, 26].map((v) => `${root}tests/node_modules/node${v}/bin/node`)].find((program) => !version ||
    existsSync(program) && execFileSync(program, ['--version'], { encoding: 'utf8' }).startsWith(`v${version}.`));
  if (given) return given;
  console.error(`Node ${version} is not there: run toolchain/setup`);
  process.exit(2);
}

// The peers: onnxruntime-web on one and two threads, and onnxruntime-node where toolchain/bench has installed
// it; or those given, of which the first is what ratios refer to.
export const peers = (options, program) => options.peers ? options.peers.split(',') : options.smoke ? ['ort'] : ['ort', 'ort:2', ...installed('onnxruntime-node') && program !== 'chromium' ? ['native'] : []];
// Those of single operators.
export const operator_peers = (options, program) => options.peers || options.smoke ? peers(options, program) : [...peers(options, program), ...installed('@tensorflow/tfjs-backend-wasm') ? ['tfjs'] : []];
const installed = (name) => existsSync(`${root}tests/bench/node_modules/${name}`);
// The variants to measure: those given (threads:2 is threads on two), else what load() picks in that Node, on
// one thread and on two, and simd.
export function variants_of(options, program) {
  if (options.variant) return options.variant.split(',');
  if (program === 'chromium') return ['relaxed', 'simd', ...options.smoke ? [] : ['threads-relaxed:2']];
  const picked = execFileSync(program, ['--input-type=module', '-e', `import { choose } from '${root}js/modules.js'; console.log(choose(undefined, 1), choose(undefined, 2));`], { encoding: 'utf8' });
  const [one, two] = picked.trim().split(' ');
  return [...new Set([one, 'simd', ...options.smoke ? [] : [`${two}:2`]])];
}

export const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length & 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
export const geometric_mean = (list) => Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length);
export const ms_text = (x) => x.toFixed(x < 1 ? 3 : x < 10 ? 2 : 1);

// Markdown: titles, then lines of texts; the first column is left, the others right.
export function print_table(titles, lines) {
  const width = titles.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i].length)));
  const print = (cells) => console.log(`| ${cells.map((text, i) => i ? text.padStart(width[i]) : text.padEnd(width[i])).join(' | ')} |`);
  print(titles);
  print(width.map((n, i) => i ? `${'-'.repeat(n - 1)}:` : '-'.repeat(n)));
  lines.forEach(print);
}

// Adds a table's results to the file of --json.
export function save(path, name, results) {
  if (path) writeFileSync(path, `${JSON.stringify({ ...saved(path), [name]: results }, null, 1)}\n`);
}
export const saved = (path) => path && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
