// The modules that ship, what each may use, and their sizes.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const runtime = 'runtime/mote.h', threads = 'wasm/threads.h', compiler = 'compiler/mote_compiler.h';
// path: { header that names the exports, `also` another, imports by "module.name", wabt's features besides
// its defaults, greatest sizes in bytes }
export const modules = {
  'js/dist/mote-base.wasm': { header: runtime, features: { simd: false }, most: { brotli: 400e3 } },
  'js/dist/mote-simd.wasm': { header: runtime, features: {}, most: { brotli: 400e3 } },
  'js/dist/mote-relaxed.wasm': { header: runtime, features: { relaxed_simd: true }, most: { brotli: 400e3 } },
  'js/dist/mote-threads.wasm': { header: runtime, also: threads, features: { threads: true }, shared: true, most: { brotli: 400e3 } },
  'js/dist/mote-threads-relaxed.wasm': { header: runtime, also: threads, features: { threads: true, relaxed_simd: true }, shared: true, most: { brotli: 400e3 } },
  'js/dist/mote-compiler.wasm': { header: compiler, features: { simd: false }, reactor: true, most: { brotli: 250e3 } },
  'js/dist/mote.wasm': { features: {}, command: true, most: {} },
  'build/core/mote-core.wasm': { header: runtime, features: { simd: false }, most: { raw: 24576 } },
};

// The functions that a C header declares, one a line.
export const functions_of = (text) => [...text.matchAll(/^[a-z][\w *]*[ *](mote_\w+)\(.*;/gm)].map(([, name]) => name);

export function size_of(bytes) {
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length };
}

// { path: { raw, gzip, brotli } } of the modules that are there, and of the shim: its files one after the
// other.
export function measure(root) {
  const sizes = {};
  for (const path of Object.keys(modules)) if (existsSync(root + path)) sizes[path] = size_of(readFileSync(root + path));
  // inspect.js is an entry of its own, worker.js is read where there are threads.
  const shim = readdirSync(`${root}js`).filter((f) => f.endsWith('.js') && f !== 'inspect.js' && f !== 'worker.js').sort();
  if (shim.length) sizes['js/*.js'] = size_of(Buffer.concat(shim.map((f) => readFileSync(`${root}js/${f}`))));
  return sizes;
}

export function size_table(sizes) {
  const line = (name, ...cells) => name.padEnd(34) + cells.map((c) => String(c).padStart(9)).join('');
  return [line('bytes', 'raw', 'gzip', 'brotli'), ...Object.entries(sizes).map(([path, s]) => line(path, s.raw, s.gzip, s.brotli))].join('\n');
}
