// Where models and weights come from: { name, size, read(offset, length), last_pass(), close() }. read gives at least one and at
// most `length` bytes from there, to be used before the next read; none at the end. size is undefined where only the end tells
// it. After last_pass() offsets do not go back.
import { fault } from './fault.js';
import { in_node } from './modules.js';

const least_ahead = 1 << 16, most_ahead = 1 << 20;  // bytes read at once: few where reads jump, more while they go on
const first_request = 1 << 20;  // bytes of the first HTTP range, which tells the size too
const skip_limit = 1 << 17;     // bytes that are rather dropped than left out by a new request

const is_bytes = (x) => ArrayBuffer.isView(x) || /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(x));
const is_blob = (x) => typeof x?.slice === 'function' && typeof x.arrayBuffer === 'function';
export const is_place = (x) => typeof x === 'string' || x instanceof URL;
export const is_source = (x) => is_place(x) || is_bytes(x) || is_blob(x);

const idle = () => {};

// In Node a string without a scheme is a path; one letter is a Windows drive.
const locate = (from) => typeof from !== 'string' || in_node && !/^[a-z][a-z\d+.-]+:/i.test(from) ? from
  : new URL(from, globalThis.document?.baseURI ?? globalThis.location?.href);

// The file `name` in the folder of the model at `from`, never outside.
export function neighbour(from, name) {
  if (/^[/\\]|^[a-z][a-z\d+.-]*:|\0/i.test(name) || name.split(/[/\\]/).includes('..')) throw fault('bad_path', `'${name}' lies outside the folder of the model`);
  const at = locate(from);
  if (at instanceof URL) return new URL(name.split('/').map(encodeURIComponent).join('/'), at);
  return at.replace(process.platform === 'win32' ? /[^/\\]*$/ : /[^/]*$/, () => name);
}

export async function open_source(from, signal) {
  if (is_bytes(from)) {
    const bytes = new Uint8Array(from.buffer ?? from, from.byteOffset ?? 0, from.byteLength);
    return { name: 'the bytes', size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length), last_pass: idle, close: idle };
  }
  if (is_blob(from)) {
    const read = ahead(from.size, async (offset, length) => new Uint8Array(await from.slice(offset, offset + length).arrayBuffer()));
    return { name: from.name ?? 'the blob', size: from.size, read, last_pass: idle, close: idle };
  }
  if (!is_place(from)) throw fault('bad_source', 'a source is a path, a URL, an ArrayBuffer or view, a Blob, or { graph, weights }');
  const at = locate(from);
  return in_node && (at.protocol ?? 'file:') === 'file:' ? open_file(at) : open_url(at, signal);
}

// Serves reads that are near each other by one get(offset, length).
function ahead(size, get) {
  let at = 0, window = new Uint8Array(), most = least_ahead;
  return async (offset, length) => {
    const end = at + window.length;
    if (offset < at || offset >= end) {
      most = offset === end ? Math.min(2 * most, most_ahead) : least_ahead;
      window = await get(offset, Math.max(0, Math.min(Math.max(most, Math.min(length, most_ahead)), size - offset)));
      at = offset;
    }
    return window.subarray(offset - at, offset - at + length);
  };
}

async function open_file(path) {
  let file;
  try {
    const { promises, readSync } = await import('node:fs');
    file = await promises.open(path);
    const { size } = await file.stat(), staging = new Uint8Array(Math.min(size, most_ahead) + 1);
    // Short reads do not wait for a thread: all may be busy compiling.
    const read = ahead(size, async (offset, length) => staging.subarray(0, length < most_ahead
      ? readSync(file.fd, staging, 0, length, offset) : (await file.read(staging, 0, length, offset)).bytesRead));
    await read(0, 1);  // a folder is found here
    return { name: String(path), size, read, last_pass: idle, close: () => file.close() };
  } catch (cause) {
    await file?.close();
    throw fault('not_readable', `${path} cannot be read: ${cause.message}`, { cause });
  }
}

// A response is read on for as long as reads go forward; a jump is a new request. A server without ranges sends everything
// once: what has been stepped over is kept, up to its last use.
async function open_url(url, signal) {
  let size, ranged, last, reader, next;  // next: offset of what the reader gives
  let parts = [];                        // [offset, bytes], in order

  // An error of the network, or the reason of an abort.
  const broken = (cause) => {
    signal?.throwIfAborted();
    throw fault('not_readable', `${url} cannot be read: ${cause.message}`, { cause });
  };
  const close = () => reader?.cancel().catch(idle);

  async function request(offset, end) {
    await close();
    reader = undefined;
    const { ok, status, headers, body } = await fetch(url, { signal, headers: { Range: `bytes=${offset}-${end ?? ''}` } }).catch(broken);
    if (status === 416) return;
    reader = body?.getReader();
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+)/.exec(headers.get('content-range')) ?? [];
    ranged = status === 206;
    const other = ranged ? start && +start !== offset || size && total && +total !== size : offset;
    if (!ok || other) {
      await close();
      throw fault(ok ? 'not_readable' : 'http_status', `${url}: ${ok ? 'the server sent another range' : `HTTP status ${status}`}`, { status });
    }
    if (ranged) size ??= total && +total;
    else if (!headers.get('content-encoding')) size = +headers.get('content-length') || undefined;
    next = offset;
    parts = [];
  }

  async function read(offset, length) {
    for (let requests = 0; !(offset >= size);) {
      while ((ranged || last) && parts.length && parts[0][0] + parts[0][1].length <= offset) parts.shift();
      const part = parts.find(([at, bytes]) => offset >= at && offset < at + bytes.length);
      if (part) return part[1].subarray(offset - part[0], offset - part[0] + length);
      if (ranged && (!reader || offset < (parts[0]?.[0] ?? next) || offset > next + skip_limit)) {
        if (requests++ > 1) break;
        await request(offset, size && size - 1);
      }
      if (!reader) break;
      const { done, value } = await reader.read().catch(broken);
      if (!done) {
        parts.push([next, value]);
        next += value.length;
      } else {
        reader = undefined;
        if (!ranged) size = next;
      }
    }
    return new Uint8Array();
  }

  await request(0, first_request - 1);
  return { name: url.href, get size() { return size; }, read, last_pass() { last = true; }, close };
}
