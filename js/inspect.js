// What a model is, from its structure alone: no weight is read. Its own entry, mote/inspect, so that nobody
// else loads it.
import { compile, create_engine, instantiate } from './engine.js';
import { fault } from './fault.js';
import { choose, get_module } from './modules.js';
import { is_source, open_source } from './source.js';
import { count_of, types } from './tensor.js';

const most_depth = 64;            // of nested graphs and types
const ahead_bytes = 1 << 16;
const onnx = 'ai.onnx';
const containers = { 4: 'sequence', 9: 'optional', 5: 'map' };

// ---- protobuf by ranges: messages are walked where they lie, and what nobody asks for is stepped over

function protobuf(source) {
  let at = 0, window = new Uint8Array();
  async function bytes(offset, n) {
    if (offset < at || offset + n > at + window.length) {
      const parts = [];
      let size = 0;
      while (size < n) {
        const part = await source.read(offset + size, Math.max(n - size, ahead_bytes));
        if (!part.length) break;
        parts.push(part.slice());
        size += part.length;
      }
      window = parts.length === 1 ? parts[0] : new Uint8Array(await new Blob(parts).arrayBuffer());
      at = offset;
    }
    return window.subarray(offset - at, offset - at + n);
  }
  const damaged = (offset) => fault('bad_onnx', `the model is damaged at byte ${offset}`);
  async function varint(offset, end) {
    const data = await bytes(offset, Math.min(10, end - offset));
    let value = 0n;
    for (let i = 0; i < data.length; ++i) {
      value |= BigInt(data[i] & 127) << BigInt(7 * i);
      if (data[i] < 128) return [Number(BigInt.asIntN(64, value)), offset + i + 1];
    }
    throw damaged(offset);
  }
  return {
    async text({ from, end }) { return new TextDecoder().decode(await bytes(from, end - from)); },
    // Calls on[number](field) for every field that has a function; a field is { from, end }, or a number.
    async walk({ from, end }, on) {
      while (from < end) {
        const [key, next] = await varint(from, end), wire = key & 7, start = from;
        let field;
        if (wire === 0) [field, from] = await varint(next, end);
        else if (wire === 2) {
          const [size, begin] = await varint(next, end);
          field = { from: begin, end: from = begin + size };
          if (size < 0 || from > end) throw damaged(start);
        } else if (wire === 5 || wire === 1) from = next + (wire === 5 ? 4 : 8);
        else throw damaged(start);
        await on[key >>> 3]?.(field);
      }
    },
    async integers(field, list) {
      if (typeof field === 'number') return list.push(field);
      for (let n, { from, end } = field; from < end; list.push(n)) [n, from] = await varint(from, end);
    },
  };
}

// ---- what is counted

const summary = () => ({ opsets: {}, inputs: [], outputs: [], nodes: 0, operators: {},
  weights: { count: 0, bytes: 0, files: [] } });
const sorted = (counts) => Object.fromEntries(Object.entries(counts).sort(([a], [b]) => a < b ? -1 : 1));
function count_node(found, op, domain) {
  const name = domain && domain !== onnx ? `${domain}.${op}` : op;
  found.operators[name] = (found.operators[name] ?? 0) + 1;
  ++found.nodes;
}
function count_weight(found, bytes, file) {
  ++found.weights.count;
  found.weights.bytes += bytes;
  if (file && !found.weights.files.includes(file)) found.weights.files.push(file);
}
const weight_bytes = (type, dims) => type?.array.BYTES_PER_ELEMENT
  ? Math.ceil(count_of(dims) * type.array.BYTES_PER_ELEMENT * type.numbers * type.bits / 8) : 0;

async function read_onnx(source) {
  const { text, walk, integers } = protobuf(source), found = summary(), given = new Set();
  const size = source.size ?? Number.MAX_SAFE_INTEGER;

  async function tensor(field, top) {
    const dims = [];
    let type, strings = 0, file;
    await walk(field, {
      1: (f) => integers(f, dims),
      2: (code) => { type = types[code]; },
      6: ({ from, end }) => { strings += end - from; },
      8: async (f) => { if (top) given.add(await text(f)); },
      13: async (entry) => {
        let key, value;
        await walk(entry, {
          1: async (f) => { key = await text(f); },
          2: async (f) => { value = await text(f); },
        });
        if (key === 'location') file = value;
      },
    });
    count_weight(found, type?.name === 'string' ? strings : weight_bytes(type, dims), file);
  }
  const sparse = (field) => walk(field, { 1: (f) => tensor(f), 2: (f) => tensor(f) });

  async function node(field, depth) {
    let op, domain;
    await walk(field, {
      4: async (f) => { op = await text(f); },
      7: async (f) => { domain = await text(f); },
      5: (f) => walk(f, { 5: (v) => tensor(v), 10: (v) => tensor(v), 22: sparse,
        6: (v) => graph(v, depth + 1), 11: (v) => graph(v, depth + 1) }),
    });
    count_node(found, op, domain);
  }

  async function type_of(field, port, depth = 0) {
    if (depth > most_depth) throw fault('too_deep', `types nest deeper than ${most_depth}`);
    const inside = (number) => async (f) => {
      port.kind ??= containers[number];
      await walk(f, { [number === 5 ? 2 : 1]: (inner) => type_of(inner, port, depth + 1) });
    };
    await walk(field, {
      1: (f) => walk(f, {
        1: (code) => { port.type = types[code]?.name ?? ''; },
        2: (shape) => (port.shape = [], walk(shape, { 1: async (dim) => {
          let d = '';
          await walk(dim, { 1: (n) => { d = n; }, 2: async (name) => { d = await text(name); } });
          port.shape.push(d);
        } })),
      }),
      4: inside(4), 5: inside(5), 9: inside(9),
    });
  }
  async function declared(field, list) {
    const port = { name: '', type: '', shape: null };
    await walk(field, { 1: async (f) => { port.name = await text(f); }, 2: (f) => type_of(f, port) });
    list.push(port);
  }

  async function graph(field, depth = 0) {
    if (depth > most_depth) throw fault('too_deep', `graphs nest deeper than ${most_depth}`);
    const top = !depth;
    await walk(field, {
      1: (f) => node(f, depth), 5: (f) => tensor(f, top), 15: sparse,
      ...top && { 11: (f) => declared(f, found.inputs), 12: (f) => declared(f, found.outputs) },
    });
  }

  await walk({ from: 0, end: size }, {
    7: (f) => graph(f),
    8: async (f) => {
      let domain = onnx, version = 0;
      await walk(f, { 1: async (v) => { domain = await text(v) || onnx; }, 2: (v) => { version = v; } });
      found.opsets[domain] = version;
    },
    25: (f) => walk(f, { 7: (v) => node(v, 0) }),
  });
  // Old files list their weights as inputs too.
  found.inputs = found.inputs.filter(({ name }) => !given.has(name));
  return found;
}

function read_graph(json) {
  const { nodes, arg_nodes, heads, outputs, files = [''], ...rest } = JSON.parse(json), found = summary();
  const port = (name, { type = '', shape = null, kind } = {}) => ({ name, type, shape, ...kind && { kind } });
  const pending = [{ nodes, ...rest }];
  for (let g; (g = pending.pop());)
    for (const { op, domain, attrs = {} } of g.nodes ?? []) {
      if (op !== 'null') count_node(found, op, domain);
      else if (attrs.data !== undefined || attrs.file !== undefined) {
        const type = types.find((t) => t?.name === attrs.type);
        count_weight(found, weight_bytes(type, attrs.shape ?? []), files[attrs.file]);
      }
      for (const value of Object.values(attrs)) if (value?.graph) pending.push(value.graph);
    }
  found.inputs = (arg_nodes ?? []).map((i) => port(nodes[i]?.name, nodes[i]?.attrs));
  found.outputs = (heads ?? []).map(([n, k = 0], i) => outputs?.[i] ? port(outputs[i].name, outputs[i])
    : port(nodes[n]?.outputs?.[k] ?? nodes[n]?.name));
  return found;
}

// The operators that these modules do not have, { name: nodes }, as the runtime tells: by its sentence.
async function missing_of(json, runtime) {
  const engine = create_engine(runtime);
  try {
    engine.parse(json);
    return {};
  } catch (e) {
    if (e.code !== 'unknown_operators') throw e;
    const listed = [...e.message.matchAll(/([^\s,:]+) \((\d+) nodes?\)/g)];
    return Object.fromEntries(listed.map(([, name, n]) => [name, Number(n)]));
  } finally {
    engine.free();
  }
}

export async function inspect(source, { signal, engine } = {}) {
  const of_graph = !is_source(source) && source?.graph !== undefined;
  const runtime = async () => engine ? engine.runtime : instantiate(await get_module(choose(undefined, 1)));
  if (of_graph && !is_source(source.graph))
    source = { graph: new TextEncoder().encode(JSON.stringify(source.graph)) };
  else if (of_graph && typeof source.graph === 'string' && /^\s*{/.test(source.graph))
    source = { graph: new TextEncoder().encode(source.graph) };
  const file = await open_source(of_graph ? source.graph : source, signal);
  try {
    const copy = async ({ offset, bytes, address }, memory) => {
      let done = 0;
      for (let part; done < bytes && (part = await file.read(offset + done, bytes - done)).length;
        done += part.length) {
        signal?.throwIfAborted();
        memory?.write(address + done, part);
      }
      return done;
    };
    let json, found;
    if (of_graph || (await file.read(0, 1))[0] === 0x7b) {
      const parts = [];
      for (let at = 0, part; (part = await file.read(at, 1 << 20)).length; at += part.length)
        parts.push(part.slice());
      json = new Uint8Array(await new Blob(parts).arrayBuffer());
      const missing = await missing_of(json, await runtime());  // says what is wrong with it first
      return finish(read_graph(new TextDecoder().decode(json)), missing);
    }
    const compiler = engine ? engine.compiler : await instantiate(await get_module('compiler'));
    ({ graph: json } = await compile(compiler, (range) => copy(range, compiler.memory)));
    found = await read_onnx(file);
    return finish(found, await missing_of(json, await runtime()));
  } finally {
    await file.close();
  }
}

const finish = (found, missing) => ({ ...found, operators: sorted(found.operators),
  missing: sorted(missing) });
