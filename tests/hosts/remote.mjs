// The JavaScript end of remote.cpp: the native library behind the interface that the shim has for an engine
// (js/engine.js), by synchronous round trips through two FIFOs.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const value_bytes = 88;
const decoder = new TextDecoder();

// Sizes that no wasm32 module has shall not be had here either, nor take the time to be filled. Sanitizers
// write to more, and are held to what they allocate.
const most_kilobytes = 1 << 21;
const sanitizers = {
  ASAN_OPTIONS: `allocator_may_return_null=1:max_allocation_size_mb=${most_kilobytes >> 11}:soft_rss_limit_mb=${most_kilobytes >> 10}:detect_leaks=0:abort_on_error=0:handle_abort=1`,
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
};

// limit: KB of address space that the program may use.
export function start(program, limit = 'unlimited') {
  const folder = mkdtempSync(join(tmpdir(), 'mote-remote-'));
  const [to, from, errors] = ['to', 'from', 'errors'].map((name) => join(folder, name));
  execFileSync('mkfifo', [to, from]);
  const child = spawn('/bin/sh', ['-c', 'ulimit -v $4; ulimit -d $5; exec "$0" <"$1" >"$2" 2>"$3"', program, to, from, errors, limit,
    /-san\//.test(program) ? 'unlimited' : most_kilobytes], {
    stdio: 'ignore', env: { ...process.env, ...sanitizers } });
  child.unref();
  const input = openSync(to, 'w'), output = openSync(from, 'r');
  let alive = true;
  let out = Buffer.alloc(1 << 16), used = 0;  // requests that are not written yet: a write needs no answer
  const answer = new Uint8Array(8), answer_view = new DataView(answer.buffer);
  // What came with the last answer, by address, until the next request: records and texts. Most trips are
  // saved so.
  const records = new Map(), texts = new Map();
  let feeds = [];  // addresses of the values that mote_feed gave, which are read after mote_plan

  function died() {
    alive = false;
    const report = readFileSync(errors, 'utf8').trim();
    try { closeSync(input); closeSync(output); rmSync(folder, { recursive: true }); } catch { /* it is gone already */ }
    const summary = report.match(/runtime error:[^\n]*|ERROR: AddressSanitizer[^\n]*/)?.[0] ?? '';
    const frames = report.split('\n').filter((l) => /^\s*#\d/.test(l)).slice(0, 6).map((l) => l.trim().replace(/0x[0-9a-f]+ in /, '')).join('\n');
    return Object.assign(new Error(`the native process died: ${summary}\n${frames || report.slice(-800)}`), { code: 'native_crash' });
  }
  function send(bytes) {
    for (let at = 0; at < bytes.length;) {
      try {
        at += writeSync(input, bytes, at);
      } catch (e) {
        if (e.code === 'EPIPE') throw died();
        throw e;
      }
    }
  }
  function flush() {
    if (!alive) throw Object.assign(new Error('the native process has died before'), { code: 'native_crash' });
    const bytes = out.subarray(0, used);
    used = 0;
    if (bytes.length) send(bytes);
  }
  // Room for n bytes more; gives where.
  function room(n) {
    if (used + n > out.length) {
      flush();
      if (n > out.length) out = Buffer.alloc(n);
    }
    const at = used;
    used += n;
    return at;
  }
  function receive(n, bytes = new Uint8Array(n)) {
    for (let at = 0; at < n;) {
      const got = readSync(output, bytes, at, n - at, null);
      if (!got) throw died();
      at += got;
    }
    return bytes;
  }
  const number = () => {
    receive(8, answer);
    return Number(answer_view.getBigInt64(0, true));
  };
  const receive_text = () => decoder.decode(receive(number()));

  function request(letter, name, ...words) {
    const text = name === null ? 0 : name.length + 2;
    let at = room(1 + text + 8 * words.length);
    out[at++] = letter.charCodeAt(0);
    if (name !== null) {
      out[at++] = name.length;
      at += out.write(name, at, 'latin1');
      out[at++] = words.length;
    }
    for (const w of words) {
      if (typeof w === 'number' && w >= 0) {
        out.writeUInt32LE(w % 2 ** 32, at);
        out.writeUInt32LE(Math.floor(w / 2 ** 32), at + 4);
      } else out.writeBigUInt64LE(BigInt.asUintN(64, BigInt(w)), at);
      at += 8;
    }
  }

  return {
    get alive() { return alive; },
    // Result as a number: addresses and sizes of a 64-bit process are below 2^53.
    call(name, ...args) {
      records.clear();
      texts.clear();
      request('c', name, ...args);
      const ends = name.endsWith('_free');
      const planned = name === 'mote_plan' ? feeds : [];
      if (ends || name === 'mote_plan') feeds = [];
      if (ends) return 0;  // without an answer
      for (const address of planned) request('r', null, address, value_bytes);
      flush();
      const result = number();
      // of what it points to: bytes, and pointers to texts that it begins with
      const [record_bytes, text_count] = receive(2);
      if (name === 'mote_feed' && result) feeds.push(result);
      if (record_bytes) {
        const record = receive(record_bytes), view = new DataView(record.buffer);
        records.set(result, record);
        for (let i = 0; i < text_count; ++i) texts.set(Number(view.getBigUint64(8 * i, true)), receive_text());
      }
      for (const address of planned) records.set(address, receive(value_bytes));
      return result;
    },
    read(address, bytes) {
      if (!bytes) return new Uint8Array(0);
      const known = records.get(address);
      if (known?.length >= bytes) return known.slice(0, bytes);
      request('r', null, address, bytes);
      flush();
      return receive(bytes);
    },
    write(address, bytes) {
      if (!bytes.length) return;
      texts.clear();
      for (const [at, record] of records) if (at < address + bytes.length && address < at + record.length) records.delete(at);
      request('w', null, address, bytes.length);
      const at = room(bytes.length);  // may make another `out`
      out.set(bytes, at);  // a copy: it may be sent later
    },
    text(address) {
      if (texts.has(address)) return texts.get(address);
      request('t', null, address);
      flush();
      return receive_text();
    },
    has(name) {
      request('f', name);
      --used;  // without a count of arguments
      flush();
      return number() === 1;
    },
    close() {
      if (!alive) return;
      alive = false;
      closeSync(input);
      closeSync(output);
      rmSync(folder, { recursive: true });
    },
  };
}

// A stand-in for a WebAssembly instance (js/memory.js says what it must have).
export function instance_of(remote) {
  const functions = new Map();
  const exports = new Proxy({}, {
    get(_, name) {
      if (typeof name !== 'string' || name === 'then') return undefined;
      if (!functions.has(name)) functions.set(name, remote.has(name) ? (...args) => remote.call(name, ...args) : undefined);
      return functions.get(name);
    },
  });
  const memory = {
    pointer_bytes: 8,
    size: undefined,
    address: (x) => x,
    bytes: (address, n) => remote.read(address, n),
    write: (address, from) => remote.write(address, from),
    text: (address) => remote.text(address),
  };
  return { exports, memory };
}

// What load() takes as options to run on the program: one process for all models, a new one where it died.
export function connect(program, limit) {
  let remote, engine;
  return {
    options() {
      if (!remote?.alive) {
        remote = start(program, limit);
        const instance = instance_of(remote);
        engine = { variant: 'native', runtime: instance, compiler: instance };
      }
      return { engine };
    },
    close: () => remote?.close(),
  };
}
