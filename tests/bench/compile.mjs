// Compiling all functions of a module by the engine's baseline compiler (V8: Liftoff), each sample a fresh
// process, Mote's modules beside onnxruntime-web's for the CPU, in turn:
//   node tests/bench/compile.mjs [--variant simd,compiler] [--node 20|24] [--samples 9] [--json OUT]
//     [--smoke]
// Engines compile a function when it is first called; this is what all of them would take. Least and median
// ms, the ratio is theirs ÷ ours. Bytes as they are and by brotli: what is downloaded.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { median, ms_text, node_program, print_table, read_options, root, save } from './options.mjs';

const options = read_options();
const program = node_program(options.node);
const ort = 'ort-wasm-simd-threaded.wasm';
const paths = { [ort]: `${dirname(createRequire(import.meta.url).resolve('onnxruntime-web'))}/${ort}` };
for (const name of (options.variant ?? 'simd,threads,compiler').split(',')) paths[`mote-${name}.wasm`] = `${root}js/dist/mote-${name}.wasm`;
const names = Object.keys(paths);

const flags = ['--no-wasm-lazy-compilation', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering', '--wasm-num-compilation-tasks=1'];
const code = `const bytes = require('fs').readFileSync(process.argv[1]), from = performance.now();
new WebAssembly.Module(bytes);
console.log(performance.now() - from);`;
const sample = (path) => Number(execFileSync(program, [...flags, '-e', code, path], { encoding: 'utf8' }));

const times = Object.fromEntries(names.map((name) => [name, []]));
for (let i = 0; i < (options.smoke ? 1 : options.samples); ++i)
  for (const name of names) times[name].push(sample(paths[name]));
const results = names.map((name) => {
  const bytes = readFileSync(paths[name]);
  return { module: name, least: Math.min(...times[name]), median: median(times[name]), raw: bytes.length, brotli: options.smoke ? null : brotliCompressSync(bytes).length };
});
const [theirs] = results;
print_table(['module', 'KB', 'KB brotli', 'least ms', 'median ms', 'ratio of least', 'of medians'], results.map((r) => [
  r.module, (r.raw / 1000).toFixed(0), r.brotli ? (r.brotli / 1000).toFixed(0) : '', ms_text(r.least), ms_text(r.median),
  ...['least', 'median'].map((key) => (theirs[key] / r[key]).toFixed(2))]));
save(options.json, 'compile', { node: program, results });
