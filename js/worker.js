// Both ends of the workers of a threads variant: read only where there are threads.
import { fault } from './fault.js';
import { in_node } from './modules.js';

const mark = 'mote-thread';
const large_bytes = 1 << 24;  // takes about as long to read as workers to start, in Node 40 ms; less than 12 MB answered first without them
const node = in_node && await import('node:worker_threads');
const cores = in_node ? (await import('node:os')).availableParallelism() : navigator.hardwareConcurrency;

// The workers of an instance. They start while a large model loads, else after a run that had work for them. Nobody waits for
// them: a run that begins before they are ready has fewer threads.
export function open_pool({ module, shared: memory, exports }, threads = Math.min(4, cores), sources) {
  if (!(threads > 0 && threads <= 16 && threads % 1 === 0)) throw fault('bad_threads', `threads are 1 to 16, not ${threads}`);
  const may_wait = in_node || 'DedicatedWorkerGlobalScope' in globalThis;  // a page's main thread only spins
  let missing = threads > 1 ? exports.mote_threads_open(threads - 1, may_wait) : 0;  // now, so that later runs take no more memory
  const start = () => {
    try {
      while (missing) {
        const worker = node ? new node.Worker(new URL('./worker.js', import.meta.url), { workerData: mark, execArgv: [] })
          : new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: mark });
        worker.onerror = () => {};  // one that cannot start is not missed
        worker.on?.('error', worker.onerror);
        worker.unref?.();  // Node may end without it
        worker.postMessage({ module, memory, number: --missing });
      }
    } catch {
      missing = 0;
    }
  };
  if (sources.some(({ size }) => size > large_bytes)) start();
  return {
    after_run() { if (exports.mote_threads_wanted()) start(); },
    end() {
      missing = 0;
      exports.mote_threads_close();
    },
  };
}

if (node ? node.workerData === mark : globalThis.name === mark && !globalThis.document) {
  const port = node ? node.parentPort : globalThis;
  const serve = async ({ module, memory, number }) => {
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    try {
      exports.mote_thread_run(number);
    } catch {
      exports.mote_thread_lost();
    }
    port.close();
  };
  if (node) port.once('message', serve);
  else port.onmessage = ({ data }) => serve(data);
}
