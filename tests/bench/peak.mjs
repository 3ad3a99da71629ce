// What this machine can do, measured by modules of a few instructions: { simd, relaxed } GFLOP/s of f32x4
// multiply-adds on values that stay in registers (12 chains: more than latency times width), null where the
// engine has none; `copy` GB/s of a copy of 2 MB, bytes read and written.
const lanes = 4, chains = 12, turns = 4;

function module_of(relaxed) {
  const get = (i) => [32, i], set = (i) => [33, i];
  // Locals: 0 the count, 1 to 12 the sums, 13 the factor, 14 what is added.
  const step = (i) => relaxed ? [...get(i), ...get(13), ...get(14), 253, 133, 2, ...set(i)] : [...get(i), ...get(13), 253, 230, 1, ...get(14), 253, 228, 1, ...set(i)];
  const splat = (value, i) => [67, ...new Uint8Array(Float32Array.of(value).buffer), 253, 19, ...set(i)];
  const all = Array.from({ length: chains }, (_, i) => i + 1);
  const code = [1, 14, 123, ...all.flatMap((i) => splat(i, i)), ...splat(0.999, 13), ...splat(0.001, 14),
    3, 64, ...Array(turns).fill(all.flatMap(step)).flat(), ...get(0), 65, 1, 107, 34, 0, 13, 0, 11,
    ...get(1), ...all.slice(1).flatMap((i) => [...get(i), 253, 228, 1]), 253, 31, 0, 11];
  const size = (n) => n < 128 ? [n] : [n & 127 | 128, ...size(n >> 7)];
  const body = [...size(code.length), ...code], section = [1, ...body];
  return Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 125, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, ...size(section.length), ...section);
}

// The least time of a call, in ms, tried for some time.
function least(f, ms) {
  let best = Infinity;
  for (const start = performance.now(); performance.now() - start < ms;) {
    const from = performance.now();
    f();
    best = Math.min(best, performance.now() - from);
  }
  return best;
}

export function measure_peak(ms = 700) {
  const gflops = (relaxed) => {
    const bytes = module_of(relaxed), n = 1 << 16;
    if (!WebAssembly.validate(bytes)) return null;
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    return n * turns * chains * lanes * 2 / least(() => f(n), ms) / 1e6;
  };
  return { simd: gflops(false), relaxed: gflops(true), copy: least_copy(1 << 21, ms / 3) };
}
// GB/s of a copy of n bytes, read and written.
export function least_copy(n, ms = 100) {
  const from = new Uint8Array(n).fill(1), to = new Uint8Array(n);
  return 2 * n / least(() => to.set(from), ms) / 1e6;
}
export const peak_text = ({ simd, relaxed, copy }) =>
  `peak of this engine on one thread: ${[['simd', simd], ['relaxed', relaxed]].filter(([, x]) => x).map(([name, x]) => `${x.toFixed(1)} GFLOP/s (${name})`).join(', ')}; copy of 2 MB ${copy.toFixed(1)} GB/s`;
