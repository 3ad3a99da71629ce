// Chooses and compiles the modules.
import { fault } from './fault.js';

// Literal URLs, so that every bundler finds them.
const files = {
  base: () => new URL('./dist/mote-base.wasm', import.meta.url),
  simd: () => new URL('./dist/mote-simd.wasm', import.meta.url),
  relaxed: () => new URL('./dist/mote-relaxed.wasm', import.meta.url),
  threads: () => new URL('./dist/mote-threads.wasm', import.meta.url),
  'threads-relaxed': () => new URL('./dist/mote-threads-relaxed.wasm', import.meta.url),
  compiler: () => new URL('./dist/mote-compiler.wasm', import.meta.url),
};
export const variants = Object.keys(files).slice(0, -1);

export const in_node = !!globalThis.process?.versions?.node && process.type !== 'renderer';

const probe = (...sections) => Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, ...sections);
// (func (export "f") (param f32 f32 f32) (result f32)  lane 0 of f32x4.relaxed_madd of the three, splat)
const madd = probe(1, 8, 1, 96, 3, 125, 125, 125, 1, 125, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0,
  10, 22, 1, 20, 0, 32, 0, 253, 19, 32, 1, 253, 19, 32, 2, 253, 19, 253, 133, 2, 253, 31, 0, 11);
// (func (drop (i8x16.splat (i32.const 0))))
const simd = probe(1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11);
// (memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0))))
const atomics = probe(1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 3, 1, 1, 10, 11, 1, 9, 0, 65, 0, 254, 16, 2, 0, 26, 11);

// Engines have had this instruction with another order of operands: its values count too. Fused and unfused are both right.
function madd_works() {
  if (!WebAssembly.validate(madd)) return false;
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(madd)).exports;
  const x = 1 + 2 ** -12, rest = f(x, x, -1 - 2 ** -11);  // x * x = 1 + 2^-11 + 2^-24, which no float32 holds
  return f(3, 4, 5) === 17 && f(-2, 0.5, 8) === 7 && (rest === 0 || rest === 2 ** -24);
}

// Why this engine cannot run a variant; '' if it can.
function obstacle(variant) {
  if (variant !== 'base' && !WebAssembly.validate(simd)) return 'it has no WebAssembly SIMD';
  if (variant.startsWith('threads') && !(globalThis.SharedArrayBuffer && WebAssembly.validate(atomics)))
    return 'it has no shared memory (in a page: only with the COOP and COEP headers)';
  return variant.endsWith('relaxed') && !madd_works() ? 'it has no relaxed SIMD, or another relaxed_madd' : '';
}

export function choose(variant, threads) {
  if (variant === undefined) return [...variants].reverse().find((v) => !(threads === 1 && v.startsWith('threads') || obstacle(v)));
  const reason = variants.includes(variant) ? obstacle(variant) : `variants are ${variants.join(' ')}`;
  if (reason) throw fault('bad_variant', `variant '${variant}' cannot run here: ${reason}`);
  return variant;
}

// Modules, compiled once; a failure is forgotten.

async function compiled(url) {
  let bytes;
  if (in_node && url.protocol === 'file:') bytes = (await import('node:fs')).readFileSync(url);
  else {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    if (response.headers.get('content-type') === 'application/wasm') return WebAssembly.compileStreaming(response);
    bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes[0] === 60) throw new Error('it is HTML: the server has no such file');
  }
  return WebAssembly.compile(bytes);
}

const modules = {};
export function get_module(name) {
  if (!modules[name]) {
    const url = files[name]();
    modules[name] = compiled(url).catch((cause) => {
      delete modules[name];
      throw fault('bad_module', `${url} cannot be loaded: ${cause.message}`, { cause });
    });
    modules[name].catch(() => {});  // whoever waits for it hears of it
  }
  return modules[name];
}
