// The only file that calls what modules export: mote.h and mote_compiler.h, by the offsets of their records.
import { fault } from './fault.js';
import { decode, record, wasm_memory } from './memory.js';
import { absent, check_feed, count_of, from_bytes, map, sequence, string_type, to_bytes, types } from './tensor.js';

const abi = 2, compiler_abi = 1;
const failed = -1, more = 1, host = 3;  // states that functions return; 0: done, 2: paused
const value_bytes = 88, none = 0xffffffff;

const slice_ms = 20;  // a run pauses about so often

const list = (n, f) => Array.from({ length: n }, (_, i) => f(i));
const no_memory = (cause) => fault('out_of_memory', 'memory ran out', { cause });

// Others first.
const turn = () => new Promise((done) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => done(port1.close());
  port2.postMessage(0);
});

// The threads variants import a shared memory; nothing else is imported.
export async function instantiate(module) {
  try {
    const shared = WebAssembly.Module.imports(module).length && new WebAssembly.Memory({ initial: 8, maximum: 65536, shared: true });
    const { exports } = await WebAssembly.instantiate(module, { env: { memory: shared } });
    exports._initialize?.();
    return { exports, module, shared, memory: wasm_memory(shared || exports.memory) };
  } catch (e) {
    throw e instanceof RangeError ? no_memory(e) : e;
  }
}

// Calls of an instance, until a trap or its end.
function caller({ exports, memory }, what, version) {
  let dead;
  const call = (name, ...args) => {
    if (dead) throw dead;
    try {
      return exports[name](...args);
    } catch (cause) {
      throw dead = cause.code ? cause : fault('trap', `the engine stopped in ${name}: ${cause.message}`, { cause });
    }
  };
  const pointer = (name, ...args) => memory.address(call(name, ...args));
  const got = call(`${what}_abi_version`);
  if (got !== version) throw fault('abi_version', `${what} has interface version ${got}, not ${version}: module and shim come from different releases`);
  return {
    call, pointer,
    read: (address, n) => record(memory, address, n),
    raise(error) {
      const [code, message, node, tensor] = list(4, (i) => memory.text(record(memory, error, 32).u64(8 * i)));
      throw fault(code, message, { node: node || undefined, tensor: tensor || undefined });
    },
    range(at) {
      const r = record(memory, at, 32);
      return { file: r.u32(0), offset: r.u64(8), bytes: r.u64(16), address: r.u64(24) };
    },
    end() { dead ??= fault('disposed', 'the model has been disposed of'); },
  };
}

// An ONNX model to { graph, files }: graph JSON as bytes, names. fill(range) copies the range to its address and gives the
// number of bytes that there were.
export async function compile(instance, fill, rewrites) {
  const { memory } = instance, { call, pointer, read, raise, range } = caller(instance, 'mote_compiler', compiler_abi);
  const compiler = pointer('mote_compiler_new'), at = compiler && pointer('mote_compiler_records', compiler);
  if (!at) throw no_memory();
  const error = pointer('mote_compiler_error', compiler);
  let trapped;
  try {
    for (let i = 0, name; (name = pointer('mote_compiler_rewrite', compiler, i)); ++i)
      if ((rewrites?.[memory.text(name)] ?? rewrites) === false) call('mote_compiler_skip', compiler, i);
    let got = 0, state;
    while ((state = call('mote_compiler_next', compiler, BigInt(got), at)) === more) got = await fill(range(at));
    if (state === failed) raise(error);
    const files = [];
    for (let name; (name = pointer('mote_compiler_file', compiler, files.length));) files.push(memory.text(name));
    const json = pointer('mote_compiler_graph', compiler, at);
    return { graph: new Uint8Array(memory.bytes(json, read(at, 8).pointer(0))), files };
  } catch (e) {
    trapped = e.code === 'trap';
    if (trapped && memory.text(read(error, 32).u64(0))) raise(error);  // memory ran out: nothing in there can unwind
    throw e;
  } finally {
    if (!trapped) call('mote_compiler_free', compiler);
  }
}

// The runtime with one model and one context.
export function create_engine(instance) {
  const { memory } = instance, { call, pointer, read, raise, range, end } = caller(instance, 'mote', abi);
  const model = pointer('mote_model_new');
  if (!model) throw no_memory();
  const at = pointer('mote_records', model);
  let context = 0, outputs, nodes = 1;  // of a part of a slice

  const ok = (state, handle = context) => state === failed ? raise(pointer('mote_error', handle)) : state;

  const ports = (side, all = []) => {
    while (call('mote_port_at', model, side, all.length, at) !== failed) {
      const port = read(at, 32), r = read(port.u64(8), value_bytes), rank = r.i8(2), symbols = strings(port.u32(24), port.u64(16));
      const shape = list(Math.max(0, rank), (i) => r.i8(15 + 8 * i) < 0 ? symbols[~r.u32(8 + 8 * i)] || '' : r.u64(8 + 8 * i));
      all.push({ name: memory.text(port.u64(0)), code: r.u8(0), kind: r.u8(1), rank, optional: !!port.u32(28), shape });
    }
    return all;
  };

  function set_header(value, { kind, type, dims }) {
    const head = new BigInt64Array(9), bytes = new Uint8Array(head.buffer);
    bytes.set([type.code, kind, dims.length]);
    head.set(dims.map(BigInt), 1);
    memory.write(value, bytes);
  }
  const data_of = (value) => read(value, value_bytes).u64(72);

  // Puts a value into memory of its own: strings, sequences, maps and what they hold.
  function put(value, feed) {
    set_header(value, feed);
    if (feed.kind === absent) return;
    ok(call('mote_value_alloc', context, value));
    const to = data_of(value);
    if (feed.parts) feed.parts.forEach((part, i) => put(to + i * value_bytes, part));
    else if (feed.type.code !== string_type) memory.write(to, to_bytes(feed));
    else feed.data.forEach((text, i) => {
      const bytes = new TextEncoder().encode(text);
      ok(call('mote_value_string', context, value, i, bytes.length, at));
      memory.write(read(at, 8).u64(0), bytes);
    });
  }

  function strings(count, from) {
    const size = 2 * memory.pointer_bytes, r = count && read(from, count * size);
    return list(count, (i) => [r.pointer(i * size), r.u32((i + 0.5) * size)]).map(([text, n]) => n ? decode(memory.bytes(text, n)) : '');
  }

  function get(value) {
    const r = read(value, value_bytes), type = types[r.u8(0)], kind = r.u8(1), from = r.u64(72);
    if (kind === absent) return null;
    if (kind === sequence) return list(r.u64(8), (i) => get(from + i * value_bytes));
    if (kind === map) {
      const [keys, values] = [0, value_bytes].map((i) => get(from + i).data);
      return new Map(Array.from(keys, (key, i) => [key, typeof values[i] === 'bigint' ? Number(values[i]) : values[i]]));
    }
    const dims = list(r.i8(2), (i) => r.u64(8 + 8 * i)), count = count_of(dims);
    return { type: type.name, dims, data: type.code === string_type ? strings(count, from) : from_bytes(type, count, (n) => memory.bytes(from, n)) };
  }

  function step_at(step) {
    const r = read(step, 40), numbers = (i) => {
      const n = r.u32(32 + 4 * i), of = read(r.u64(16 + 8 * i), 4 * n);
      return list(n, (k) => of.u32(4 * k) !== none ? of.u32(4 * k) : null);
    };
    return { op: memory.text(r.u64(0)), node: memory.text(r.u64(8)), inputs: numbers(0), outputs: numbers(1) };
  }

  async function run_host(operators) {
    const step = pointer('mote_step_at', context, none);
    if (!step) throw no_memory();
    const { op, node, inputs, outputs } = step_at(step);
    if (!operators[op]) throw fault('unknown_operators', `operators that are not available: host ${op}`, { node });
    const value = (i) => pointer('mote_host_value', context, i);
    const results = await operators[op]({ node, inputs: inputs.map((id, i) => id === null ? null : get(value(i))) });
    outputs.forEach((id, i) => {
      if (id !== null) put(value(inputs.length + i), check_feed(results[i], {}, `output ${i} of ${op} '${node}'`));
    });
  }

  return {
    parse(json) {
      const to = pointer('mote_graph_buffer', model, json.length);
      if (!to) throw no_memory();
      memory.write(to, json);
      ok(call('mote_graph_parse', model), model);
    },
    // The range of the weights to be read next; undefined when there is none.
    next_range() { if (ok(call('mote_load_next', model, at), model) === more) return range(at); },
    write: memory.write,
    open() {
      context = pointer('mote_context_new', model);
      if (!context) raise(pointer('mote_error', model));
      return [ports(0), outputs = ports(1)];
    },
    // feeds: checked, in the order of the inputs. A run shorter than a slice, and without the host, ends before this returns.
    async run(feeds, operators, signal) {
      const plain = feeds.filter((feed, i) => {
        const value = feed.value = pointer('mote_feed', context, i);
        if (feed.kind || feed.type.code === string_type) return put(value, feed);
        set_header(value, feed);
        return true;
      });
      let state = more;
      while (state === more) {
        state = ok(call('mote_plan', context));
        for (const feed of plain) {
          const to = feed.data.length && data_of(feed.value);
          if (to) memory.write(to, to_bytes(feed));
        }
      }
      for (let from = performance.now(); (state = ok(call('mote_run', context, nodes)));) {
        if (state === host) await run_host(operators);
        else if (performance.now() - from < slice_ms) {
          nodes = Math.min(2 * nodes, 1 << 30);
          continue;
        } else {
          nodes = nodes >> 2 || 1;
          await turn();
        }
        signal?.throwIfAborted();
        from = performance.now();
      }
      return Object.fromEntries(outputs.map(({ name }, i) => [name, get(pointer('mote_output', context, i))]));
    },
    stats() {
      call('mote_stats_of', context, at);
      const [memoryBytes, weightBytes, activationBytes, liveSetBytes, arenaMarks, steps] = list(6, (i) => read(at, 48).u64(8 * i));
      return { memoryBytes: memory.size ?? memoryBytes, weightBytes, activationBytes, liveSetBytes, arenaMarks, steps };
    },
    // The steps of the current plan, and where each value lies: for profiles and tests.
    steps() {
      const steps = [], places = [];
      for (let step; (step = pointer('mote_step_at', context, steps.length));) steps.push(step_at(step));
      const wanted = steps.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]).filter((v) => v !== null);
      for (const v of wanted) {  // grows by roots
        if (places[v]) continue;
        ok(call('mote_place_of', context, v, at));
        const r = read(at, 24), offset = r.u64(0), root = r.u32(16);
        places[v] = { offset: offset < 2 ** 53 ? offset : null, bytes: r.u64(8), root, isOutput: !!r.u32(20) };
        wanted.push(root);
      }
      return { steps, places };
    },
    free() {
      if (context) call('mote_context_free', context);
      call('mote_model_free', model);
      end();
    },
  };
}
