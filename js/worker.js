// Both ends of the workers of a threads variant: read only where there are threads.
import { fault } from './fault.js';
import { in_node } from './modules.js';

const mark = 'mote-thread', slow_ms = 2000;
const node = in_node && await import('node:worker_threads');
const cores = in_node ? (await import('node:os')).availableParallelism() : navigator.hardwareConcurrency;

// The workers of an instance: start() is done when they are ready; one that cannot start is not missed, one that is slow joins
// later. They start while a large model loads, else after a run that had work for them.
export function open_pool({ module, shared: memory, exports }, threads = Math.min(4, cores)) {
  if (!(threads > 0 && threads <= 16 && threads % 1 === 0)) throw fault('bad_threads', `threads are 1 to 16, not ${threads}`);
  let started, ended;
  const start_all = (count) => Promise.all(Array.from({ length: count }, (_, number) => new Promise((ready) => {
    const timer = setTimeout(ready, slow_ms);
    let worker;
    const done = () => {
      clearTimeout(timer);
      worker?.unref?.();  // Node may end without it
      ready();
    };
    try {
      worker = node ? new node.Worker(new URL('./worker.js', import.meta.url), { workerData: mark, execArgv: [] })
        : new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: mark });
      for (const event of ['message', 'error']) worker.on ? worker.on(event, done) : worker.addEventListener(event, done);
      worker.postMessage({ module, memory, number });
    } catch {
      done();
    }
  })));
  const may_wait = in_node || 'DedicatedWorkerGlobalScope' in globalThis;  // a page's main thread only spins
  const workers = threads > 1 ? exports.mote_threads_open(threads - 1, may_wait) : 0;  // now, so that later runs take no more memory
  const start = () => started ??= ended || start_all(workers);
  return {
    start,
    after_run() { if (exports.mote_threads_wanted()) start(); },
    end() {
      ended = true;
      exports.mote_threads_close();
    },
  };
}

if (node ? node.workerData === mark : globalThis.name === mark && !globalThis.document) {
  const port = node ? node.parentPort : globalThis;
  const serve = async ({ module, memory, number }) => {
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    port.postMessage(0);
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
