// Where models and weights come from: { name, size, read(offset, length), last_pass(), close() }.
// read gives at least one byte and at most `length` from there; none at the end. The bytes are to be used before the next
// read. `size` is undefined where it is not known before the end. After last_pass() offsets do not go back.
import { fault } from './fault.js';
import { in_node } from './modules.js';

const least_ahead = 1 << 16, most_ahead = 1 << 20;  // bytes read at once: few when reads jump, more and more when they go on
const first_request = 1 << 20;                      // bytes of the first HTTP range, which also tells the size
const skip_limit = 1 << 17;                         // bytes that are rather read and dropped than left out by a new request

export const is_bytes = (x) => ArrayBuffer.isView(x) || /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(x));
export const is_blob = (x) => typeof Blob !== 'undefined' && x instanceof Blob;
export const is_source = (x) => typeof x === 'string' || x instanceof URL || is_bytes(x) || is_blob(x);
export const as_bytes = (x) => ArrayBuffer.isView(x) ? new Uint8Array(x.buffer, x.byteOffset, x.byteLength) : new Uint8Array(x);

const nothing = new Uint8Array(0), idle = () => {};

// A string in Node without a scheme is a path, everything else a URL. (One letter is a Windows drive.)
function locate(from) {
  if (from instanceof URL) return from;
  if (in_node && !/^[a-z][a-z\d+.-]+:/i.test(from)) return from;
  try {
    return new URL(from, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch (cause) {
    throw fault('bad_source', `'${from}' is no URL`, { cause });
  }
}

// The file `name` in the folder of the model at `from` (a path or URL). Never outside that folder.
export function neighbour(from, name) {
  if (!name || /^[/\\]|^[a-z][a-z\d+.-]*:|\0/i.test(name) || name.split(/[/\\]/).includes('..')) throw fault('bad_path', `'${name}' leaves the folder of the model`);
  const at = locate(from);
  if (at instanceof URL) return new URL(name.split('/').map(encodeURIComponent).join('/'), at);
  return at.slice(0, 1 + Math.max(at.lastIndexOf('/'), process.platform === 'win32' ? at.lastIndexOf('\\') : -1)) + name;
}

export async function open_source(from, signal) {
  if (is_bytes(from)) {
    const bytes = as_bytes(from);
    return { name: 'the bytes', size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length), last_pass: idle, close: idle };
  }
  if (is_blob(from)) {
    const read = ahead(from.size, async (offset, length) => new Uint8Array(await from.slice(offset, offset + length).arrayBuffer()));
    return { name: from.name ?? 'the blob', size: from.size, read, last_pass: idle, close: idle };
  }
  if (!is_source(from)) throw fault('bad_source', 'a source is a path, a URL, an ArrayBuffer, a view of one, a Blob or { graph, weights }');
  const at = locate(from);
  return at instanceof URL && !(at.protocol === 'file:' && in_node) ? open_url(at, signal) : open_file(at);
}

// Reads that are near each other are served by one.
function ahead(size, get) {
  let at = 0, window = nothing, most = least_ahead;
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
  const name = String(path);
  try {
    const { open } = await import('node:fs/promises');
    const file = await open(path);
    const { size } = await file.stat();
    const staging = new Uint8Array(Math.min(size, most_ahead));
    const read = ahead(size, async (offset, length) => staging.subarray(0, (await file.read(staging, 0, length, offset)).bytesRead));
    // an error of reading (a folder, say) comes at the first read, so that one is made here
    await read(0, 1).catch(async (e) => { await file.close(); throw e; });
    return { name, size, read, last_pass: idle, close: () => file.close() };
  } catch (cause) {
    throw fault('not_readable', `${name} cannot be read: ${cause.message}`, { cause });
  }
}

// One response is read on for as long as the reads go forward; a jump makes a new request. A server without ranges sends the
// whole file once: what is not needed yet is kept, up to its last use.
async function open_url(url, signal) {
  let size, ranged = true, once = false, reader, next = 0;  // next: offset of what the reader will give
  let parts = [];                                           // { at, bytes } in order

  async function request(offset, end) {
    await reader?.cancel().catch(idle);
    reader = undefined;
    let response;
    try {
      response = await fetch(url, { signal, headers: { Range: `bytes=${offset}-${end ?? ''}` } });
    } catch (cause) {
      signal?.throwIfAborted();
      throw fault('not_readable', `${url} cannot be reached: ${cause.message}`, { cause });
    }
    const { status, headers, body } = response;
    if (status === 416) return;
    if (!response.ok) {
      await body?.cancel();
      throw fault('http_status', `${url}: HTTP status ${status} ${response.statusText}`.trim(), { status });
    }
    const range = /^bytes (\d+)-\d+\/(\d+)/.exec(headers.get('content-range') ?? '');
    ranged = status === 206;
    if (ranged ? range && (Number(range[1]) !== offset || (size ?? Number(range[2])) !== Number(range[2])) : offset)
      throw fault('not_readable', `${url}: the server answered with another range than was asked for, or the file changed meanwhile`);
    if (ranged) size ??= range ? Number(range[2]) : undefined;
    else if (!headers.get('content-encoding')) size = Number(headers.get('content-length')) || undefined;
    reader = body?.getReader();
    next = offset;
    parts = [];
  }

  // The next piece of the response, false at its end.
  async function pull() {
    try {
      const { done, value } = await reader.read();
      if (done) return !(reader = undefined);
      parts.push({ at: next, bytes: value });
      next += value.length;
      return true;
    } catch (cause) {
      signal?.throwIfAborted();
      throw fault('not_readable', `${url}: the connection broke at byte ${next}: ${cause.message}`, { cause });
    }
  }

  async function read(offset, length) {
    if (offset >= size) return nothing;
    const drop = () => { while ((ranged || once) && parts.length && parts[0].at + parts[0].bytes.length <= offset) parts.shift(); };
    for (let requests = 0; ;) {
      drop();
      const part = parts.find(({ at, bytes }) => offset >= at && offset < at + bytes.length);
      if (part) return part.bytes.subarray(offset - part.at, offset - part.at + length);
      if (ranged && (!reader || offset < next && !parts.length || offset < parts[0]?.at || offset > next + skip_limit)) {
        if (requests++ > 1) return nothing;
        await request(offset, size === undefined ? undefined : size - 1);
      }
      if (!reader) return nothing;
      if (await pull()) continue;
      if (!ranged) {
        size = next;
        return nothing;
      }
    }
  }

  await request(0, first_request - 1);
  return { name: url.href, get size() { return size; }, read, last_pass() { once = true; }, close: async () => { await reader?.cancel().catch(idle); parts = []; } };
}
