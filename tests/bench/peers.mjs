// The other engines, in Node and in pages. Each import is a time that cold starts count.
export const in_page = !!globalThis.document;
const beside = (path) => new URL(path, import.meta.url).href;

export async function import_ort(threads = 1) {
  // In Node only the whole package finds its worker.
  const ort = await import(in_page ? beside('../node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs') : threads > 1 ? 'onnxruntime-web' : 'onnxruntime-web/wasm');
  ort.env.wasm.numThreads = threads;
  return ort;
}
export const import_native = async () => (await import('onnxruntime-node')).default;

// onnxruntime's sessions: gives { run, end } of feeds like Mote's.
export async function session_of(ort, bytes, feeds, options) {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, ...options });
  const given = Object.fromEntries(Object.entries(feeds).map(([name, { type, dims, data }]) => [name, type === 'string' ? new ort.Tensor(data, dims) : new ort.Tensor(type, data, dims)]));
  return { run: () => session.run(given), end: () => session.release() };
}
export const web_options = { executionProviders: ['wasm'] };
export const native_options = (threads) => ({ executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1 });

// tfjs with its WebAssembly backend on one thread.
export async function import_tf() {
  const folder = beside('node_modules/@tensorflow/');
  if (in_page) {
    for (const script of ['tfjs-core/dist/tf-core.min.js', 'tfjs-backend-wasm/dist/tf-backend-wasm.min.js'])
      await new Promise((done, failed) => document.head.append(Object.assign(document.createElement('script'), { src: folder + script, onload: done, onerror: failed })));
  }
  const tf = in_page ? globalThis.tf : (await import('@tensorflow/tfjs-core')).default;
  const { setThreadsCount, setWasmPaths } = in_page ? tf.wasm : (await import('@tensorflow/tfjs-backend-wasm')).default;
  setWasmPaths(in_page ? `${folder}tfjs-backend-wasm/dist/` : decodeURIComponent(new URL(`${folder}tfjs-backend-wasm/dist/`).pathname));
  setThreadsCount(1);
  if (!await tf.setBackend('wasm')) throw new Error('tfjs has no WebAssembly backend here');
  return tf;
}
