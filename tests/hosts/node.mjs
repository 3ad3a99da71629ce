// A Node process that runs suites: `node tests/hosts/node.mjs JOB.json`. Writes a JSON record a line to the
// descriptor 3.
import { readFileSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { run_suites } from '../harness.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const emit = (record) => {
  const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(3, bytes, at);
    } catch (e) {
      if (e.code !== 'EAGAIN') throw e;
    }
  }
};
process.on('unhandledRejection', (e) => emit({ kind: 'note', suite: '', text: `unhandled rejection: ${e?.stack ?? e}` }));

// Something to wait for: where nothing else is left, Node waits for the engine's own threads (DrainTasks),
// and one of those that asks for a collection of garbage waits for this thread, for ever:
// github.com/nodejs/node/issues/54918. A load waits for nothing but the engine, so that a row met it now and
// then; with V8's --stress-concurrent-allocation every third run did.
setInterval(() => {}, 1 << 30);

const lazy = (make) => { let made; return () => made ??= make(); };
const shim = lazy(() => import('../../js/index.js'));
const remote = lazy(() => import('./remote.mjs').then((m) => m.connect(job.remote)));

const shared = lazy(() => job.remote ? { load: base.load, drop() {} } : import('./shared.mjs').then(({ share }) => share(base.load, job.variant)));

const base = {
  host: job.host, variant: job.variant, native: !!job.remote, browser: false, node: true, zoo: job.zoo, root,
  fetchBytes: async (path) => new Uint8Array(await readFile(root + path)),
  async load(source, options = {}) {
    const { load } = await shim();
    return job.remote ? load(source, { ...(await remote()).options(), ...options }) : load(source, { variant: job.variant, threads: 2, ...options });
  },
  load_shared: async (source, options) => (await shared()).load(source, options),
  drop_shared: async () => (await shared()).drop(),
};
await run_suites(job, base, (file) => import(pathToFileURL(root + file)), emit);
emit({ kind: 'done' });
process.exit(0);
