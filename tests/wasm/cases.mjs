// Checks of the built modules by wabt: what they use, import and export, and that they did not grow; and that
// the runtime stands on nothing.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { functions_of, measure, modules, size_table } from './modules.mjs';

// Compressed sizes differ a little between versions of the libraries.
const slack = 1.005;
const nothing_else = { exceptions: false, gc: false, memory64: false, tail_call: false, threads: false, relaxed_simd: false };

// A module as text, read with no more features than it may use: wabt refuses others.
async function text_of(t, path) {
  if (!existsSync(t.root + path)) t.fail(`${path} is not there`);
  const wabt = await (await import('wabt')).default();
  const features = { ...nothing_else, ...modules[path].features };
  const module = wabt.readWasm(readFileSync(t.root + path), { readDebugNames: false, ...features });
  try {
    module.validate(features);
    return module.toText({ foldExprs: false, inlineExport: false });
  } finally {
    module.destroy();
  }
}

const imports_of = (text) => [...text.matchAll(/\(import "([^"]*)" "([^"]*)" \((\w+)/g)].map(([, module, name, kind]) => `${module}.${name} ${kind}`).sort();
const exports_of = (text) => [...text.matchAll(/\(export "([^"]*)" \((\w+)/g)].map(([, name, kind]) => `${name} ${kind}`).sort();
const lines_of = (text) => text.split('\n').filter((line) => line && !line.startsWith('#')).sort();

function check_module(path, { header, also, shared, reactor, command }) {
  return { name: `${path}: features, imports, exports`, async run(t) {
    const text = await text_of(t, path);
    const golden = command ? lines_of(await t.fetchText('wasm/imports.txt')).map((name) => `wasi_snapshot_preview1.${name} func`) : [];
    t.equal(imports_of(text), shared ? ['env.memory memory'] : golden, 'imports');
    const functions = command ? ['_start'] : functions_of(await t.fetchText(header)).concat(reactor ? ['_initialize'] : [], also ? functions_of(await t.fetchText(also)) : []);
    t.equal(exports_of(text), [...functions.map((name) => `${name} func`), ...(shared ? [] : ['memory memory'])].sort(), 'exports');
    // No state but the stack pointer (and a thread's own block), no code that runs by itself (shared memory:
    // each instance must place its data once).
    if (header && !reactor) {
      const globals = (text.match(/\(global .*\(mut /g) ?? []).length, most = shared ? 2 : 1;
      t.assert(globals >= 1 && globals <= most, `${globals} mutable globals, expected at most ${most}`);
    }
    if (!shared) t.equal(/\(start /.test(text), false, 'a start function');
  } };
}

const functions_limit = { name: 'mote.h has at most 30 functions', async run(t) {
  const functions = functions_of(await t.fetchText('runtime/mote.h'));
  t.assert(functions.length > 20 && functions.length <= 30, `it has ${functions.length}`);
} };

const sizes = { name: 'sizes against wasm/sizes.json', async run(t) {
  const golden = JSON.parse(await t.fetchText('wasm/sizes.json'));
  const now = measure(t.root);
  const grown = [];
  for (const [path, size] of Object.entries(now)) {
    for (const [kind, bytes] of Object.entries(size)) {
      const limit = golden[path]?.[kind];
      if (limit === undefined || bytes > limit * slack) grown.push(`${path} ${kind}: ${bytes}, was ${limit ?? 'not listed'}`);
      if (bytes > (modules[path]?.most[kind] ?? Infinity)) grown.push(`${path} ${kind}: ${bytes} is above ${modules[path].most[kind]}`);
    }
  }
  if (now['js/*.js']?.gzip > 12e3) grown.push(`the shim: ${now['js/*.js'].gzip} bytes gzip are above 12000`);
  if (grown.length) t.fail(`${grown.join('\n')}\nwhere that is on purpose: node tests/wasm/sizes.mjs --update`);
} };

// The native archive of the runtime: no writable data, no static constructors, and nothing asked of a library
// but memory.
const freestanding = { name: 'the runtime has no state and needs no library', run(t) {
  const archive = `${t.root}build/native/gcc/libmote.a`;
  if (!existsSync(archive)) t.fail('build/native/gcc/libmote.a is not there');
  const run = (program, ...args) => execFileSync(program, [...args, archive], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const state = [...run('objdump', '-h').matchAll(/^\s*\d+ (\.(?:data|bss|tdata|tbss|init_array|ctors)\S*)\s+([0-9a-f]+)/gm)]
    .filter(([, name, size]) => !name.startsWith('.data.rel.ro') && parseInt(size, 16)).map(([, name]) => name);
  t.equal(state, [], 'sections that can be written');
  const symbols = run('nm', '-f', 'posix').split('\n').map((line) => line.split(' '));
  const defined = new Set(symbols.filter(([, kind]) => kind && kind !== 'U').map(([name]) => name));
  const allowed = new Set(['memcpy', 'memmove', 'memset', 'mmap', 'mprotect', 'munmap', '_GLOBAL_OFFSET_TABLE_']);
  const foreign = new Set(symbols.filter(([name, kind]) => kind === 'U' && !defined.has(name) && !allowed.has(name)).map(([name]) => name));
  t.equal([...foreign].sort(), [], 'undefined symbols');
} };

export function cases(t) {
  const list = [...Object.entries(modules).map(([path, about]) => check_module(path, about)), functions_limit, sizes, freestanding];
  list.note = `sizes\n${size_table(measure(t.root))}`;
  return list;
}
