// Runs the command, js/dist/mote.wasm on wasmtime or node:wasi, or the native program: { code, out, err }.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

export function wasmtime(root) {
  const venv = `${root}.venv/lib`;
  for (const python of existsSync(venv) ? readdirSync(venv) : []) {
    const folder = `${venv}/${python}/site-packages/wasmtime_cli`;
    const name = existsSync(folder) && readdirSync(folder).find((f) => /^wasmtime(-|$)/.test(f) && !/\.(py|txt|md)$/.test(f));
    if (name) return `${folder}/${name}`;
  }
  return process.env.WASMTIME ?? 'wasmtime';
}

// `folder` is what the command may see, as its current folder.
// memory: bytes that it may use, where the host can be told.
export function run_command({ host, variant, root }, folder, args, memory) {
  const module_path = `${root}js/dist/mote.wasm`;
  const programs = {
    wasmtime: () => [wasmtime(root), 'run', '--dir=.', ...(memory ? ['-W', `max-memory-size=${memory}`] : []), module_path],
    'node-wasi': () => [process.execPath, '--no-warnings', `${root}tests/hosts/wasi_node.mjs`, module_path],
    process: () => [...(memory ? ['sh', '-c', `ulimit -v ${memory >> 10}; exec "$0" "$@"`] : []), `${root}build/native/${variant === 'gcc' ? '' : `${variant}/`}mote`],
  };
  const [program, ...first] = programs[host]();
  const r = spawnSync(program, [...first, ...args], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26, timeout: 300_000,
    env: { ...process.env, ASAN_OPTIONS: 'allocator_may_return_null=1:detect_leaks=0', UBSAN_OPTIONS: 'halt_on_error=1' } });
  if (r.error) throw r.error;
  // the sanitizer's word, not the command's
  const err = r.stderr.replace(/^==\d+==WARNING: AddressSanitizer failed to allocate.*\n/gm, '');
  return { code: r.status ?? r.signal, out: r.stdout, err };
}
