// Sources that only Node has, or that need a server of the test's own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { as_bytes, check_weighted, sizes, values, weighted } from './sources.mjs';

const list = [];
const add = (name, run) => list.push({ name, run });

async function in_folder(files, use) {
  const folder = mkdtempSync(join(tmpdir(), 'mote-api-'));
  try {
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

add('a path and a file: URL', (t) => in_folder({ 'a model.onnx': weighted(sizes), empty: '' }, async (folder) => {
  const path = join(folder, 'a model.onnx');
  for (const source of [path, pathToFileURL(path), pathToFileURL(path).href]) await check_weighted(t, await t.load(source), sizes);
  await t.error(t.load(join(folder, 'b.onnx')), 'not_readable', /b\.onnx cannot be read: ENOENT/);
  await t.error(t.load(folder), 'not_readable', /EISDIR/);
  await t.error(t.load(join(folder, 'empty')), undefined, /empty|cut short/);
}));
add('external data beside a path', (t) => {
  const file = new Uint8Array(40_000 + 80_000);
  file.set(as_bytes(values(10_000, 0)));
  file.set(as_bytes(values(20_000, 1)), 40_000);
  const model = weighted([10_000, 20_000], (i) => ({ location: 'data/a b.bin', offset: 40_000 * i, length: 40_000 * (i + 1) }));
  return in_folder({ 'm/model.onnx': model, 'm/data/a b.bin': file, 'x.bin': file }, async (folder) => {
    const path = join(folder, 'm/model.onnx');
    for (const source of [path, pathToFileURL(path)]) await check_weighted(t, await t.load(source), [10_000, 20_000]);
    await check_weighted(t, await t.load(model, { external: { 'data/a b.bin': join(folder, 'x.bin') } }), [10_000, 20_000]);
    rmSync(join(folder, 'm/data'), { recursive: true });
    await t.error(t.load(path), 'not_readable', /a b\.bin cannot be read/);
    await check_weighted(t, await t.load(path, { external: { 'data/a b.bin': file } }), [10_000, 20_000]);
  });
});
add('graph JSON by path, its weights beside it', (t) => {
  const graph = JSON.stringify({ mote: 1, files: ['w.bin'], nodes: [
    { op: 'null', name: 'x', attrs: { type: 'float32', shape: [1] } }, { op: 'null', name: 'w0', attrs: { type: 'float32', shape: [600], file: 0, offset: 4, bytes: 2400 } },
    { op: 'Add', name: 'a', inputs: [[0, 0], [1, 0]], outputs: ['y0'] }], arg_nodes: [0], heads: [[2, 0]] });
  const weights = new Uint8Array(2404);
  weights.set(as_bytes(values(600, 0)), 4);
  return in_folder({ 'g.json': graph, 'w.bin': weights, 'other/v.bin': weights }, async (folder) => {
    const path = join(folder, 'g.json');
    for (const source of [path, pathToFileURL(path), { graph: path }, { graph, weights: join(folder, 'other/v.bin') }, { graph: path, weights }, { graph: pathToFileURL(path) }])
      await check_weighted(t, await t.load(source), [600]);
  });
});
add('a file is closed after loading and after an error', (t) => in_folder({ 'a.onnx': weighted(sizes), 'b.onnx': weighted(sizes).subarray(0, 2_000_000) }, async (folder) => {
  const { readdirSync, readlinkSync, existsSync } = await import('node:fs');
  if (!existsSync('/proc/self/fd')) t.skip('of Linux');
  const open_files = () => readdirSync('/proc/self/fd').map((fd) => { try { return readlinkSync(`/proc/self/fd/${fd}`); } catch { return ''; } }).filter((path) => path.startsWith(folder));
  (await t.load(join(folder, 'a.onnx'))).dispose();
  t.equal(open_files(), [], 'after loading');
  await t.error(t.load(join(folder, 'b.onnx')));
  t.equal(open_files(), [], 'after an error');
}));
add('offsets above 4 GB', (t) => in_folder({}, async (folder) => {
  const { open } = await import('node:fs/promises');
  const at = 5 * 2 ** 30, path = join(folder, 'weights.bin'), file = await open(path, 'w');
  await file.write(as_bytes(values(1000, 0)), 0, 4000, at);  // a sparse file
  await file.close();
  const graph = { mote: 1, files: ['weights.bin'], nodes: [
    { op: 'null', name: 'x', attrs: { type: 'float32', shape: [1] } }, { op: 'null', name: 'w', attrs: { type: 'float32', shape: [1000], file: 0, offset: at, bytes: 4000 } },
    { op: 'Add', name: 'a', inputs: [[0, 0], [1, 0]], outputs: ['y0'] }], arg_nodes: [0], heads: [[2, 0]] };
  await check_weighted(t, await t.load({ graph, weights: path }), [1000]);
}));

// ---- servers

// A server of one file (and more by name). kind says how it answers. Counts requests and the bytes that were
// asked for or sent.
function serve(files, kind = {}) {
  const seen = { requests: 0, ranges: [], sent: 0 };
  const server = createServer((request, response) => {
    ++seen.requests;
    const bytes = files[decodeURIComponent(request.url.slice(1).replace(/\?.*/, ''))];
    if (!bytes) return response.writeHead(404, { 'Content-Type': 'text/html' }).end('<!doctype html>');
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    let [from, to] = range && !kind.whole ? [Number(range[1]), Math.min(Number(range[2]), bytes.length - 1)] : [0, bytes.length - 1];
    if (kind.status) return response.writeHead(kind.status).end();
    if (range && !kind.whole && from >= bytes.length) return response.writeHead(416).end();
    seen.ranges.push([from, to]);
    const part = bytes.subarray(from, to + 1), headers = kind.no_length ? {} : { 'Content-Length': part.length };
    if (!kind.whole) headers['Content-Range'] = `bytes ${kind.other ? from + 1 : from}-${to}/${bytes.length}`;
    response.writeHead(kind.whole ? 200 : 206, headers);
    let at = 0;
    const limit = kind.break_at ?? kind.stall_at ?? Infinity;
    const send = () => {
      while (at < part.length) {
        const piece = part.subarray(at, Math.min(at + 65536, part.length));
        if (from + at >= limit) return kind.break_at === undefined ? undefined : response.destroy();
        at += piece.length;
        seen.sent += piece.length;
        if (!response.write(piece)) return response.once('drain', send);
      }
      response.end();
    };
    send();
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () =>
    resolve({ url: `http://127.0.0.1:${server.address().port}/`, seen, close: () => { server.closeAllConnections(); server.close(); } })));
}
async function with_server(files, kind, use) {
  const server = await serve(files, kind);
  try {
    return await use(server);
  } finally {
    server.close();
  }
}

add('a server with ranges', (t) => with_server({ 'm.onnx': weighted(sizes) }, {}, async ({ url, seen }) => {
  await check_weighted(t, await t.load(`${url}m.onnx?token=1`), sizes);
  t.assert(seen.ranges[0][0] === 0 && seen.requests < 16, `requests: ${JSON.stringify(seen.ranges)}`);
  await t.error(t.load(`${url}n.onnx`), 'http_status', /n\.onnx: HTTP status 404/);
}));
add('of a large file the structure is read before the weights', (t) => {
  const large = [4_000_000, 4_000_000, 10];
  return with_server({ 'm.onnx': weighted(large) }, {}, async ({ url, seen }) => {
    await check_weighted(t, await t.load(new URL(`${url}m.onnx`)), large);
    t.assert(seen.requests <= 10, `${seen.requests} requests`);
    t.assert(seen.sent < 1.5 * 32e6, `${seen.sent} bytes were sent`);
  });
});
add('a small file is one request', (t) => with_server({ m: weighted([10, 1000]) }, {}, async ({ url, seen }) => {
  await check_weighted(t, await t.load(`${url}m`), [10, 1000]);
  t.assert(seen.requests <= 2, `${seen.requests} requests: ${JSON.stringify(seen.ranges)}`);
}));
for (const no_length of [false, true]) add(`a server without ranges${no_length ? ' that does not tell the length' : ''}: one pass`, (t) =>
  with_server({ 'm.onnx': weighted(sizes) }, { whole: true, no_length }, async ({ url, seen }) => {
    await check_weighted(t, await t.load(`${url}m.onnx`), sizes);
    t.equal(seen.requests, 1, 'requests');
  }));
for (const whole of [false, true]) add(`external data by URL, ${whole ? 'without' : 'with'} ranges`, (t) => {
  const file = new Uint8Array(120_000);
  file.set(as_bytes(values(10_000, 0)));
  file.set(as_bytes(values(20_000, 1)), 40_000);
  const model = weighted([10_000, 20_000], (i) => ({ location: 'data/a #b.bin', offset: 40_000 * i, length: 40_000 * (i + 1) }));
  return with_server({ 'sub/m.onnx': model, 'sub/data/a #b.bin': file }, { whole }, async ({ url, seen }) => {
    await check_weighted(t, await t.load(`${url}sub/m.onnx?x=1`), [10_000, 20_000]);
    t.equal(seen.requests, 2, 'requests');
  });
});
add('a server that sends another range', (t) => with_server({ m: weighted(sizes) }, { other: true }, ({ url }) => t.error(t.load(`${url}m`), 'not_readable', /another range/)));
add('a server that fails', (t) => with_server({ m: weighted(sizes) }, { status: 503 }, ({ url }) => t.error(t.load(`${url}m`), 'http_status', /503/)));
add('no server', (t) => t.error(t.load('http://127.0.0.1:9/m.onnx'), 'not_readable', /127\.0\.0\.1:9/));
for (const whole of [false, true]) add(`a connection that breaks, ${whole ? 'without' : 'with'} ranges`, (t) =>
  with_server({ m: weighted(sizes) }, { whole, break_at: 700_000 }, ({ url }) => t.error(t.load(`${url}m`), 'not_readable', /cannot be read/)));
for (const whole of [false, true]) add(`an abort while the server stalls, ${whole ? 'without' : 'with'} ranges`, (t) =>
  with_server({ m: weighted(sizes) }, { whole, stall_at: 700_000 }, async ({ url }) => {
    const reason = new Error('enough'), controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    t.assert(await t.load(`${url}m`, { signal: controller.signal }).catch((e) => e) === reason, 'the reason');
  }));
add('ten loads of one URL at once', (t) => with_server({ m: weighted(sizes) }, {}, async ({ url }) => {
  const models = await Promise.all(Array.from({ length: t.native ? 1 : 10 }, () => t.load(`${url}m`)));
  for (const model of models) await check_weighted(t, model, sizes);
}));

export const node_cases = list;
