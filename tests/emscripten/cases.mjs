// What Emscripten makes of the same sources: simd, and base where it was built, with their compiler, as
// standalone modules that import nothing and as ES modules, behind the shim. Some of the vectors, and real
// models.
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { instantiate } from '../../js/engine.js';
import { load } from '../../js/index.js';
import { wasm_memory } from '../../js/memory.js';
import * as ops from '../ops/cases.mjs';
import * as zoo from '../zoo/cases.mjs';

// of the vectors of all operators: what differs is the compiler and the C library, not the operators
const every = 20;
const real = /^(magika|silero_vad_v6)$|^package: /;

async function open_module(t, name, kind) {
  const path = `${t.root}build/emscripten/${name}${kind === 'standalone' ? '-standalone' : ''}.wasm`;
  if (!existsSync(path)) t.fail(`${path} is not there: run toolchain/build emscripten`);
  const bytes = readFileSync(path);
  if (kind === 'standalone') return instantiate(await WebAssembly.compile(bytes));
  const { default: create } = await import(pathToFileURL(path.replace(/wasm$/, 'mjs')));
  const module = await create({ wasmBinary: bytes });
  const exports = new Proxy({}, { get: (_, key) => module[`_${String(key)}`] });
  return { exports, memory: wasm_memory({ get buffer() { return module.HEAPU8.buffer; } }) };
}

const variants_of = (t) => ['simd', ...(existsSync(`${t.root}build/emscripten/mote-base.wasm`) ? ['base'] : [])];

async function no_imports(t) {
  for (const name of [...variants_of(t).map((variant) => `mote-${variant}`), 'mote-compiler'])
    t.equal(WebAssembly.Module.imports(await WebAssembly.compile(readFileSync(`${t.root}build/emscripten/${name}-standalone.wasm`))), [], `imports of ${name}`);
}

export async function cases(t) {
  const list = [{ name: 'standalone modules import nothing', run: no_imports }];
  for (const variant of variants_of(t)) {
    for (const kind of ['standalone', 'module']) {
      let runtime;  // one for all models
      const open = async (source, options) => {
        runtime ??= await open_module(t, `mote-${variant}`, kind);
        const compiler = source.graph === undefined ? await open_module(t, 'mote-compiler', kind) : null;
        return load(source, { ...options, engine: { variant, runtime, compiler } });
      };
      const mine = (t) => ({ ...t, variant, load: open, load_shared: open });
      const some = [...(await ops.cases(t)).filter((_, i) => i % every === 0), ...(await zoo.cases(t)).filter((c) => real.test(c.name))];
      for (const c of some) list.push({ name: `${variant} ${kind}: ${c.name}`, run: (t) => c.run(mine(t)) });
    }
  }
  return list;
}
