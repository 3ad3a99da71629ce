// A static server of the checkout: isolated pages (shared memory), ranges, types by extension.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, normalize } from 'node:path';

const types = { '.html': 'text/html', '.mjs': 'text/javascript', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };

// Gives { url, close }. ranges: false makes a server that always sends whole files. folders: others by the
// start of their paths.
export function serve(root, { ranges = true, isolated = true, folders = {} } = {}) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    if (path === '/') return response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>tests</title>');
    let file, size;
    try {
      const [start, folder] = Object.entries(folders).find(([start]) => path.startsWith(start)) ?? ['/', root];
      file = folder + normalize(path.slice(start.length - 1)).replace(/^\/+/, '');
      const info = statSync(file);
      if (!info.isFile()) throw new Error();
      size = info.size;
    } catch {
      return response.writeHead(404).end('not found');
    }
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
    if (ranges) response.setHeader('Accept-Ranges', 'bytes');
    const range = ranges && request.headers.range?.match(/^bytes=(\d+)-(\d*)$/);
    const start = range ? Number(range[1]) : 0, end = range && range[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
    if (range && start >= size) return response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end();
    if (range) response.setHeader('Content-Range', `bytes ${start}-${end}/${size}`);
    response.writeHead(range ? 206 : 200, { 'Content-Length': Math.max(0, end - start + 1) });
    if (request.method === 'HEAD' || !size) return response.end();
    createReadStream(file, { start, end }).on('error', () => response.destroy()).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () =>
    resolve({ url: `http://127.0.0.1:${server.address().port}/`, close: () => { server.closeAllConnections(); server.close(); } })));
}
