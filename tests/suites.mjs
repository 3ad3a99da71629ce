// What runs where. A suite is the folder tests/NAME: every module in it that exports cases. engines: hosts
// that run the shim; the others are named where they are used. A suite may name the hosts and variants that
// it needs.

export const suites = {
  ops: { on: 'engines' },
  onnx: { on: 'engines' },
  packs: { on: 'engines', hosts: ['node20', 'native'], variants: ['simd', 'gcc-san'] },
  zoo: { on: 'engines' },
  errors: { on: 'engines' },
  compiler: { on: 'engines', hosts: ['node20'], variants: ['simd'] },
  api: { on: 'engines' },
  memory: { on: 'engines' },
  demo: { on: 'engines', hosts: ['node20', 'chromium'], variants: ['simd'] },
  bench: { on: 'checkout' },
  self: { on: 'checkout' },
  wasi: { on: 'commands' },
  wasm: { on: 'checkout' },
  emscripten: { on: 'checkout' },
};

// Rows of the table: host, variant, the kind of suites it runs. The longest come early, so that none is left
// for the end alone.
export const rows = [
  { host: 'checkout', variant: '-', kind: 'checkout' },
  ...['base', 'simd', 'threads'].map((variant) => ({ host: 'node20', variant, kind: 'engines' })),
  ...['gcc-san', 'clang-san', 'gcc', 'clang'].map((variant) => ({ host: 'native', variant, kind: 'engines' })),
  ...['base', 'simd', 'relaxed', 'threads', 'threads-relaxed'].map((variant) => ({ host: 'node24', variant, kind: 'engines' })),
  ...['base', 'simd', 'relaxed', 'threads', 'threads-relaxed'].map((variant) => ({ host: 'chromium', variant, kind: 'engines' })),
  { host: 'wasmtime', variant: 'simd', kind: 'commands' },
  { host: 'node-wasi', variant: 'simd', kind: 'commands' },
  { host: 'process', variant: 'gcc', kind: 'commands' },
  { host: 'process', variant: 'gcc-san', kind: 'commands' },
];
