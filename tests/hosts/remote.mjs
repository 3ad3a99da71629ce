// The JavaScript end of remote.cpp: the native library behind the interface that the shim has for an engine (js/engine.js),
// by synchronous round trips through two FIFOs.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// limit: KB of address space that the program may use.
export function start(program, limit = 'unlimited') {
  const folder = mkdtempSync(join(tmpdir(), 'mote-remote-'));
  const [to, from, errors] = ['to', 'from', 'errors'].map((name) => join(folder, name));
  execFileSync('mkfifo', [to, from]);
  const child = spawn('/bin/sh', ['-c', 'ulimit -v $4; exec "$0" <"$1" >"$2" 2>"$3"', program, to, from, errors, limit], {
    stdio: 'ignore', env: { ...process.env, ASAN_OPTIONS: 'allocator_may_return_null=1:detect_leaks=0:abort_on_error=0:handle_abort=1', UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1' } });
  child.unref();
  const input = openSync(to, 'w'), output = openSync(from, 'r');
  let alive = true;
  const pending = [];  // requests that are not written yet: a write needs no answer
  let pending_bytes = 0;

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
    if (pending.length) send(pending.length === 1 ? pending[0] : Buffer.concat(pending));
    pending.length = pending_bytes = 0;
  }
  function queue(bytes) {
    pending.push(bytes);
    pending_bytes += bytes.length;
    if (pending_bytes > 1 << 16) flush();
  }
  function receive(n) {
    const bytes = new Uint8Array(n);
    for (let at = 0; at < n;) {
      const got = readSync(output, bytes, at, n - at, null);
      if (!got) throw died();
      at += got;
    }
    return bytes;
  }
  function request(letter, name, words) {
    const text = name === null ? 0 : name.length + 2;
    const bytes = Buffer.alloc(1 + text + 8 * words.length);
    bytes[0] = letter.charCodeAt(0);
    if (name !== null) {
      bytes[1] = name.length;
      bytes.write(name, 2, 'latin1');
      bytes[2 + name.length] = words.length;
    }
    words.forEach((w, i) => bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(w)), 1 + text + 8 * i));
    return bytes;
  }

  return {
    get alive() { return alive; },
    // Result as a number: addresses and sizes of a 64-bit process are below 2^53.
    call(name, ...args) {
      queue(request('c', name, args));
      flush();
      return Number(new DataView(receive(8).buffer).getBigInt64(0, true));
    },
    read(address, bytes) {
      if (!bytes) return new Uint8Array(0);
      queue(request('r', null, [address, bytes]));
      flush();
      return receive(bytes);
    },
    write(address, bytes) {
      if (!bytes.length) return;
      queue(request('w', null, [address, bytes.length]));
      queue(Buffer.from(bytes));  // a copy: it may be sent later
    },
    text(address) {
      queue(request('t', null, [address]));
      flush();
      const length = new DataView(receive(4).buffer).getUint32(0, true);
      return new TextDecoder().decode(receive(length));
    },
    has(name) {
      const bytes = request('f', name, []);
      queue(bytes.subarray(0, bytes.length - 1));  // without a count of arguments
      flush();
      return receive(8)[0] === 1;
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
