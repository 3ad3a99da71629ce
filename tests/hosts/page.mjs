// The page's side of the Chromium host; hosts/chromium.mjs calls run() in the page.
import { run_suites } from '../harness.mjs';
import { share } from './shared.mjs';

const root = new URL('../../', import.meta.url).href;
const most_held = 200;  // records that wait while cases are quick
const held_ms = 100;

// Records go to Node in batches; in a careful job at once, so that a page that dies has told which case it
// was at.
function sender(careful) {
  let records = [], sent = performance.now();
  const send = () => {
    const batch = records;
    records = [];
    sent = performance.now();
    return globalThis.emit(batch);
  };
  return { send, emit: (record) => { if (records.push(record) > most_held || careful || performance.now() > sent + held_ms) send(); } };
}

export async function run(job) {
  const { load } = await import('../../js/index.js');
  const { send, emit } = sender(job.careful);
  const shared = share((source, options) => base.load(source, options), job.variant);
  const base = {
    host: job.host, variant: job.variant, native: false, browser: true, node: false, zoo: job.zoo, root,
    async fetchBytes(path) {
      const response = await fetch(root + path);
      if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
    load: (source, options = {}) => load(source, { variant: job.variant, threads: 2, ...options }),
    load_shared: shared.load,
    drop_shared: shared.drop,
  };
  await run_suites(job, base, (file) => import(root + file), emit);
  emit({ kind: 'done' });
  await send();
}
