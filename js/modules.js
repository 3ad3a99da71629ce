// Finds, chooses and compiles the .wasm files: one whole module a variant.
import { fault } from './fault.js';

// Literal URLs, one a file, so that every bundler finds them.
const files = {
  base: () => new URL('./dist/mote-base.wasm', import.meta.url),
  simd: () => new URL('./dist/mote-simd.wasm', import.meta.url),
  relaxed: () => new URL('./dist/mote-relaxed.wasm', import.meta.url),
  threads: () => new URL('./dist/mote-threads.wasm', import.meta.url),
  'threads-relaxed': () => new URL('./dist/mote-threads-relaxed.wasm', import.meta.url),
  compiler: () => new URL('./dist/mote-compiler.wasm', import.meta.url),
};
export const variants = Object.keys(files).slice(0, -1);

export const in_node = typeof process === 'object' && !!process.versions?.node && process.type !== 'renderer';

// ---- what the engine can do

const module_bytes = (...sections) => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections);

// (func (export "f") (param f32 f32 f32) (result f32)
//   lane 0 of f32x4.relaxed_madd of the three, each splat)
const madd_probe = module_bytes(
  1, 8, 1, 0x60, 3, 0x7d, 0x7d, 0x7d, 1, 0x7d, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0,
  10, 22, 1, 20, 0, 0x20, 0, 0xfd, 0x13, 0x20, 1, 0xfd, 0x13, 0x20, 2, 0xfd, 0x13, 0xfd, 0x85, 2, 0xfd, 0x1f, 0, 0x0b);
// (func (drop (i8x16.splat (i32.const 0))))
const simd_probe = module_bytes(1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 0x41, 0, 0xfd, 0x0f, 0x1a, 0x0b);
// (memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0))))
const threads_probe = module_bytes(1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 4, 1, 3, 1, 1, 10, 11, 1, 9, 0, 0x41, 0, 0xfe, 0x10, 2, 0, 0x1a, 0x0b);

// Engines have shipped this instruction with its operands in another order: so its values are looked at too.
// Fused and unfused answers are both right.
function relaxed_works() {
  if (!WebAssembly.validate(madd_probe)) return false;
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(madd_probe)).exports;
  const x = 1 + 2 ** -12, fused = f(x, x, -1 - 2 ** -11);  // x * x = 1 + 2^-11 + 2^-24, which a float32 cannot hold
  return f(3, 4, 5) === 17 && f(-2, 0.5, 8) === 7 && (fused === 0 || fused === 2 ** -24);
}

// Why the engine cannot run a variant; '' if it can.
function obstacle(variant) {
  if (!WebAssembly.validate(simd_probe) && variant !== 'base') return 'it has no WebAssembly SIMD';
  if (variant.startsWith('threads')) {
    if (typeof SharedArrayBuffer === 'undefined') return 'it has no shared memory (a page must be cross-origin isolated: COOP and COEP headers)';
    if (!WebAssembly.validate(threads_probe)) return 'it has no WebAssembly threads';
  }
  return variant.endsWith('relaxed') && !relaxed_works() ? 'it has no relaxed SIMD, or computes relaxed_madd differently' : '';
}

let best;
export function choose(wanted) {
  if (wanted === undefined) return best ??= ['relaxed', 'simd'].find((v) => !obstacle(v)) ?? 'base';
  if (!variants.includes(wanted)) throw fault('bad_variant', `no variant '${wanted}'; variants are ${variants.join(' ')}`);
  const reason = obstacle(wanted);
  if (reason) throw fault('bad_variant', `this engine cannot run the variant '${wanted}': ${reason}`);
  return wanted;
}

// ---- modules, compiled once; a failure is not remembered

async function fetch_module(url) {
  let bytes;
  if (url.protocol === 'file:' && in_node) {
    bytes = await (await import('node:fs/promises')).readFile(url);
  } else {
    const response = await fetch(url);
    if (!response.ok) throw fault('http_status', `${url}: HTTP status ${response.status}`);
    if (response.headers.get('content-type') === 'application/wasm' && WebAssembly.compileStreaming) return WebAssembly.compileStreaming(response);
    bytes = new Uint8Array(await response.arrayBuffer());
  }
  if (bytes[0] || bytes[1] !== 0x61 || bytes[2] !== 0x73) throw fault('bad_module', `${url} is no WebAssembly${bytes[0] === 0x3c ? ' but HTML: the server has no such file' : ''}`);
  return WebAssembly.compile(bytes);
}

const modules = new Map();
export function get_module(name) {
  let module = modules.get(name);
  if (!module) {
    module = fetch_module(files[name]()).catch((cause) => {
      modules.delete(name);
      throw cause.code && cause.code !== 'ENOENT' ? cause : fault('bad_module', `${files[name]()} cannot be loaded: ${cause.message}`, { cause });
    });
    module.catch(() => {});  // whoever waits for it hears of it
    modules.set(name, module);
  }
  return module;
}
