// The only file that calls what a module exports: mote.h and mote_compiler.h in JavaScript.
// Addresses are numbers; a record is written and read by its offsets in those headers.
import { fault } from './fault.js';
import { decode, record, wasm_memory } from './memory.js';
import { byte_size, check_tensor, from_bytes, string_type, to_bytes, types } from './tensor.js';

const abi = 1, compiler_abi = 1;
const failed = -1, more = 1, host = 3;  // what functions return; 0 is done, 2 paused
const sequence = 1, map = 2, absent = 3;
const value_bytes = 88, range_bytes = 32, port_bytes = 144, error_bytes = 32, stats_bytes = 48, step_bytes = 40, place_bytes = 24;
const none = 0xffffffff;

// The instance of a module (a shared memory where it imports one).
export async function instantiate(module) {
  const imports = {};
  let memory;
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== 'memory') throw fault('bad_module', `the module imports ${from}.${name}, which this version does not offer`);
    memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
    (imports[from] ??= {})[name] = memory;
  }
  const { exports } = await WebAssembly.instantiate(module, imports);
  exports._initialize?.();
  return { exports, memory: wasm_memory(memory ?? exports.memory) };
}

// Calls that turn a trap into an error: after one the instance is not to be used again.
function caller({ exports, memory }) {
  let dead;
  const call = (name, ...args) => {
    if (dead) throw dead;
    try {
      return exports[name](...args);
    } catch (cause) {
      dead = fault('trap', `the engine stopped in ${name}: ${cause.message}`, { cause });
      throw dead;
    }
  };
  return { call, pointer: (name, ...args) => memory.address(call(name, ...args)) };
}

function raise(memory, address) {
  const [code, message, node, tensor] = ((r) => [0, 8, 16, 24].map((at) => memory.text(r.u64(at))))(record(memory, address, error_bytes));
  throw fault(code, message, { node: node || undefined, tensor: tensor || undefined });
}

function range_at(memory, address) {
  const r = record(memory, address, range_bytes);
  return { file: r.u32(0), offset: r.u64(8), bytes: r.u64(16), address: r.u64(24) };
}

function check_abi(got, expected, what) {
  if (got !== expected) throw fault('abi_version', `the ${what} has interface version ${got}, this shim needs ${expected}: they come from different releases`);
}

// An ONNX model to graph JSON. read(range) copies that range to its address and gives the number of bytes that there were.
// Gives { graph: bytes of the JSON, files: names }.
export async function compile(instance, read) {
  const { memory } = instance, { call, pointer } = caller(instance);
  check_abi(call('mote_compiler_abi_version'), compiler_abi, 'compiler');
  const compiler = pointer('mote_compiler_new');
  const records = compiler && pointer('mote_compiler_records', compiler);
  if (!records) throw fault('out_of_memory', 'memory ran out while the model was compiled');
  try {
    let got = 0, state;
    while ((state = call('mote_compiler_next', compiler, BigInt(got), records)) === more) got = await read(range_at(memory, records));
    if (state === failed) raise(memory, pointer('mote_compiler_error', compiler));
    const files = [];
    for (let name; (name = pointer('mote_compiler_file', compiler, files.length));) files.push(memory.text(name));
    const json = pointer('mote_compiler_graph', compiler, records);
    return { graph: new Uint8Array(memory.bytes(json, record(memory, records, 8).pointer(0))), files };
  } finally {
    call('mote_compiler_free', compiler);
  }
}

// The runtime with one model and one context.
export function create_engine(instance) {
  const { memory } = instance, { call, pointer } = caller(instance);
  check_abi(call('mote_abi_version'), abi, 'module');
  const no_memory = () => fault('out_of_memory', 'memory ran out');
  const model = pointer('mote_model_new');
  if (!model) throw no_memory();
  const records = pointer('mote_records', model);
  let context = 0, inputs, outputs;

  const ok = (state, handle = context) => state === failed ? raise(memory, pointer('mote_error', handle)) : state;

  function ports(side) {
    return Array.from({ length: call('mote_port_count', model, side) }, (_, i) => {
      const r = record(memory, pointer('mote_port_at', model, side, i), port_bytes);
      const dims = Array.from({ length: Math.max(0, r.i8(138)) }, (_, axis) => r.i64(72 + 8 * axis));
      return {
        name: memory.text(r.u64(0)), code: r.u8(136), kind: r.u8(137), rank: r.i8(138), optional: r.u8(139) === 1,
        shape: dims.map((d, axis) => d >= 0 ? d : r.u64(8 + 8 * axis) ? memory.text(r.u64(8 + 8 * axis)) : ''),
      };
    });
  }

  // ---- values to the runtime

  function set_header(value, type, kind, dims) {
    const bytes = new Uint8Array(72), view = new DataView(bytes.buffer);
    view.setUint8(0, type);
    view.setUint8(1, kind);
    view.setUint8(2, dims.length);
    dims.forEach((d, i) => view.setBigInt64(8 + 8 * i, BigInt(d), true));
    memory.write(value, bytes);
  }
  const place_of = (value) => record(memory, value, value_bytes).u64(72);

  // What is in memory that was allocated for it: strings, sequences, maps, elements of those. Everything has been checked.
  function put(value, feed) {
    const { kind, type, dims, data, parts } = feed;
    set_header(value, type.code, kind, dims);
    if (kind === absent) return;
    ok(call('mote_value_alloc', context, value));
    const to = place_of(value);
    if (parts) return parts.forEach((part, i) => put(to + i * value_bytes, part));
    if (type.code !== string_type) return memory.write(to, to_bytes(feed));
    const encoder = new TextEncoder();
    data.forEach((text, i) => {
      const bytes = encoder.encode(text);
      ok(call('mote_value_string', context, value, i, bytes.length, records));
      memory.write(record(memory, records, 8).u64(0), bytes);
    });
  }

  // ---- values from the runtime

  function get_data(type, count, at) {
    if (type.code !== string_type) return from_bytes(type, count, memory.bytes(at, byte_size(type, count)));
    const size = 2 * memory.pointer_bytes, all = count ? record(memory, at, count * size) : null;
    // the bytes of a text are read after the records: a view is used at once
    const texts = Array.from({ length: count }, (_, i) => [all.pointer(i * size), all.u32(i * size + size / 2)]);
    return texts.map(([from, n]) => n ? decode(memory.bytes(from, n)) : '');
  }

  function get(value) {
    const r = record(memory, value, value_bytes), type = types[r.u8(0)], kind = r.u8(1), at = r.u64(72);
    if (kind === absent) return null;
    if (kind === sequence) return Array.from({ length: r.i64(8) }, (_, i) => get(at + i * value_bytes));
    if (kind === map) {
      const [keys, values] = [get(at), get(at + value_bytes)];
      return new Map(Array.from(keys.data, (key, i) => [key, typeof values.data[i] === 'bigint' ? Number(values.data[i]) : values.data[i]]));
    }
    const dims = Array.from({ length: r.i8(2) }, (_, i) => r.i64(8 + 8 * i));
    return { type: type.name, dims, data: get_data(type, dims.reduce((n, d) => n * d, 1), at) };
  }

  // ---- operators of the host

  async function run_host(operators) {
    const texts = record(memory, pointer('mote_host_step', context), step_bytes);
    const op = memory.text(texts.u64(0)), node = memory.text(texts.u64(8)), n_in = texts.u32(32), n_out = texts.u32(36);
    const operator = operators[op];
    if (!operator) throw fault('unknown_operators', `operator '${op}' of the host is not given in options.hostOps`, { node });
    const read = (i) => ((value) => value ? get(value) : null)(pointer('mote_host_input', context, i));
    const results = await operator({ node, inputs: Array.from({ length: n_in }, (_, i) => read(i)) });
    for (let i = 0; i < n_out; ++i) {
      const value = pointer('mote_host_output', context, i);
      if (value) put(value, check_feed(results[i], { code: 1 }, `output ${i} of host operator '${op}'`, node));
    }
  }

  return {
    parse(json) {
      const to = pointer('mote_graph_buffer', model, json.length);
      if (!to) throw no_memory();
      memory.write(to, json);
      ok(call('mote_graph_parse', model), model);
    },
    // The next range of the weights, null when they are complete.
    next_range: () => ok(call('mote_load_next', model, records), model) === more ? range_at(memory, records) : null,
    open() {
      context = pointer('mote_context_new', model);
      if (!context) raise(memory, pointer('mote_error', model));
      inputs = ports(0);
      outputs = ports(1);
      return { inputs, outputs };
    },
    write: memory.write,
    // feeds: by number, as check_feed gave them.
    async run(feeds, operators) {
      const values = feeds.map((feed, i) => {
        const value = pointer('mote_feed', context, i);
        const plain = !feed.parts && !feed.kind && feed.type.code !== string_type;
        if (plain) set_header(value, feed.type.code, 0, feed.dims);
        else put(value, feed);
        return plain ? value : 0;
      });
      let state;
      do {
        state = ok(call('mote_plan', context));
        values.forEach((value, i) => {
          const to = value && feeds[i].count && place_of(value);
          if (to) memory.write(to, to_bytes(feeds[i]));
        });
      } while (state === more);
      while ((state = ok(call('mote_run', context, 0)))) if (state === host) await run_host(operators);
      return Object.fromEntries(outputs.map(({ name }, i) => [name, get(pointer('mote_output', context, i))]));
    },
    stats() {
      call('mote_stats_of', context, records);
      const r = record(memory, records, stats_bytes);
      return {
        memoryBytes: memory.size ?? r.u64(0), weightBytes: r.u64(8), activationBytes: r.u64(16), liveSetBytes: r.u64(24),
        arenaMarks: r.u64(32), steps: r.u64(40),
      };
    },
    // The steps of the current plan, and where each of its values lies: for profiles and tests.
    steps() {
      const steps = [], places = [];
      const numbers = (at, n) => ((r) => Array.from({ length: n }, (_, i) => r.u32(4 * i)))(record(memory, at, 4 * n)).map((v) => v === none ? null : v);
      while (call('mote_step_at', context, steps.length, records) !== failed) {
        const r = record(memory, records, step_bytes), [op, node, ins, outs] = [0, 8, 16, 24].map(r.u64), [n_in, n_out] = [r.u32(32), r.u32(36)];
        steps.push({ op: memory.text(op), node: memory.text(node), inputs: numbers(ins, n_in), outputs: numbers(outs, n_out) });
      }
      const wanted = steps.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]).filter((v) => v !== null);
      for (const v of wanted) {  // grows by the roots
        if (places[v]) continue;
        ok(call('mote_place_of', context, v, records));
        const r = record(memory, records, place_bytes);
        places[v] = { offset: r.u64(0) >= 2 ** 53 ? null : r.u64(0), bytes: r.u64(8), root: r.u32(16), isOutput: r.u32(20) === 1 };
        wanted.push(places[v].root);
      }
      return { steps, places };
    },
    free() {
      if (context) call('mote_context_free', context);
      call('mote_model_free', model);
    },
  };
}

// ---- feeds: what the caller gave, checked, as { kind, type, dims, data, count } or { kind, type, dims, parts }

export function check_feed(feed, port, where, tensor) {
  const wrong = (text) => fault('bad_kind', `${where}: ${text}`, { tensor });
  if (feed === null) return { kind: absent, type: types[port.code] ?? types[1], dims: [] };
  if (Array.isArray(feed)) {
    const parts = feed.map((part, i) => check_feed(part, port, `${where}[${i}]`, tensor));
    return { kind: sequence, type: parts[0]?.type ?? types[port.code] ?? types[1], dims: [feed.length], parts };
  }
  if (!(feed instanceof Map)) return { kind: 0, ...check_tensor(feed, where, tensor) };
  const list = (items, fallback, what) => {
    const kind = typeof items[0];
    if (items.some((x) => typeof x !== kind || !['bigint', 'string', 'number'].includes(kind))) throw wrong(`the ${what} of a map must be all strings, all numbers or all BigInts`);
    const type = kind === 'string' ? types[string_type] : kind === 'bigint' ? types[7] : fallback;
    const data = type.code === string_type ? items : type.array.from(items, type.array === BigInt64Array ? BigInt : undefined);
    return { kind: 0, type, dims: [items.length], data, count: items.length };
  };
  const number = types[port.code];
  const keys = list([...feed.keys()], types[7], 'keys'), values = list([...feed.values()], number?.array && number.code !== string_type ? number : types[1], 'values');
  return { kind: map, type: values.type, dims: [], parts: [keys, values] };
}
