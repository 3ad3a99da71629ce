// The page's side of the Chromium host; hosts/chromium.mjs calls run() in the page.
import { run_suites } from '../harness.mjs';

const root = new URL('../../', import.meta.url).href;

export async function run(job) {
  const { load } = await import('../../js/index.js');
  const base = {
    host: job.host, variant: job.variant, native: false, browser: true, node: false, zoo: job.zoo, root,
    async fetchBytes(path) {
      const response = await fetch(root + path);
      if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
    load: (source, options = {}) => load(source, { variant: job.variant, ...options }),
  };
  await run_suites(job, base, (file) => import(root + file), (record) => globalThis.emit(record));
  await globalThis.emit({ kind: 'done' });
}
