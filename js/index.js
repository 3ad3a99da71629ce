// See index.d.ts.
import { compile, create_engine, instantiate } from './engine.js';
import { fault } from './fault.js';
import { choose, get_module, variants } from './modules.js';
import { is_place, is_source, neighbour, open_source } from './source.js';
import { absent, check_feed, kinds, types } from './tensor.js';

export { variants };

const piece_bytes = 1 << 20;

// Copies a range of a source to its address; gives the number of bytes that there were.
async function copy(source, { offset, bytes, address }, memory, signal, told) {
  let done = 0;
  while (done < bytes) {
    signal?.throwIfAborted();
    const piece = await source.read(offset + done, Math.min(bytes - done, piece_bytes));
    if (!piece.length) break;
    memory.write(address + done, piece);
    told(offset + (done += piece.length));
  }
  return done;
}

async function read_all(source) {
  const parts = [];
  for (let size = 0, part; (part = await source.read(size, piece_bytes)).length; size += part.length) parts.push(part.slice());
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// What to load: { json, names, first, single, given, from }. Files of weights have the names that the
// compiler or the JSON tells; `given` maps names to sources; others lie beside `from`; `first` is the model's own
// file, or with `single` the only one.

async function open_graph({ graph, weights }, external, open) {
  let json, from;
  const is_text = typeof graph === 'string' && /^\s*([{[]|$)/.test(graph);
  if (is_source(graph) && !is_text) {
    if (is_place(graph)) from = graph;
    json = await read_all(await open(graph));
  } else json = new TextEncoder().encode(is_text ? graph : JSON.stringify(graph));
  if (!is_source(weights)) return { json, from, given: weights ?? external };
  return { json, from: is_place(weights) ? weights : from, given: external, first: await open(weights), single: true };
}

async function open_model(source, { signal, external = {}, engine, rewrites }, open, report) {
  if (!is_source(source) && source?.graph !== undefined) return open_graph(source, external, open);
  const from = is_place(source) ? source : undefined;
  if (!engine && /\.onnx([?#]|$)/i.test(from)) get_module('compiler');  // while it is opened
  const first = await open(source);
  if ((await first.read(0, 1))[0] === 0x7b) return { json: await read_all(first), from, given: external };
  const compiler = engine ? engine.compiler : await instantiate(await get_module('compiler'));
  const { graph, files } = await compile(compiler, (range) => copy(first, range, compiler.memory, signal, (loaded) => report('graph', loaded, first.size)), rewrites);
  return { json: graph, names: files, from, given: external, first };
}

async function load_weights(engine, { json, names, first, single, given, from }, signal, open, report) {
  const sources = [], bases = [];  // bases: bytes of the files opened before
  let loaded = 0, total = 0;
  const file = async (i) => {
    names ??= JSON.parse(new TextDecoder().decode(json)).files ?? [''];
    const name = names[i], short = name.replace(/^(\.\/)+/, ''), has = (key) => given instanceof Map ? given.get(key) : Object.hasOwn(given, key) ? given[key] : undefined;
    const source = has(name) ?? has(short) ?? (short && from !== undefined ? neighbour(from, short) : undefined);
    const opened = first && (single ? !names.filter(Boolean)[1] : !i) ? first : source === undefined ? undefined : await open(source);
    if (!opened) throw fault('missing_file', `weights lie in the file '${name}', which was not given`);
    opened.last_pass();
    bases[i] = total;
    total += opened.size ?? 0;
    return opened;
  };
  for (let range; (range = engine.next_range());) {
    const i = range.file, source = sources[i] ??= await file(i);
    const got = await copy(source, range, engine, signal, (offset) => report('weights', loaded = Math.max(loaded, bases[i] + offset), total));
    if (got < range.bytes) throw fault('short_weights', `weights in ${source.name} are cut short: got ${got} bytes at offset ${range.offset}, expected ${range.bytes}`);
  }
  report('weights', total, total, true);
}

export async function load(source, options = {}) {
  const { signal, progress, engine: given, threads } = options;
  signal?.throwIfAborted();
  const variant = given ? given.variant : choose(options.variant, threads), module = given || get_module(variant);  // compiled meanwhile
  const opened = [];
  const open = async (from) => {
    opened.push(await open_source(from, signal));
    return opened.at(-1);
  };
  let phase, told, pool, engine;
  const report = (name, loaded, total = 0, end) => {
    if (!progress || name === phase && !end && loaded < told + total / 200) return;
    [phase, told] = [name, loaded];
    progress({ phase, loaded, total });
  };
  const awake = setInterval(() => {}, 1e9);  // else Node 20 may hang: nodejs/node#54918
  try {
    const model = await open_model(source, options, open, report);
    signal?.throwIfAborted();
    const instance = given ? given.runtime : await instantiate(await module);
    if (!given && instance.shared) pool = (await import('./worker.js')).open_pool(instance, threads, opened);
    engine = create_engine(instance);
    engine.parse(model.json);
    await load_weights(engine, model, signal, open, report);
    signal?.throwIfAborted();
    return make_model(engine, variant, options.hostOps ?? {}, pool);
  } catch (e) {
    engine?.free();
    pool?.end();
    throw e;
  } finally {
    clearInterval(awake);
    for (const s of opened) await s.close();
  }
}

function make_model(engine, variant, operators, pool) {
  const [inputs, outputs] = engine.open();
  const describe = (ports) => ports.map(({ name, code, shape }) => ({ name, type: types[code]?.name ?? '', shape }));
  const live = () => {
    if (!engine) throw fault('disposed', 'the model has been disposed of');
    return engine;
  };

  function check(feeds) {
    const unknown = Object.keys(feeds).find((key) => inputs.every(({ name }) => name !== key));
    if (unknown !== undefined) throw fault('unknown_feed', `no input '${unknown}'; inputs are ${inputs.map(({ name }) => `'${name}'`).join(', ')}`, { tensor: unknown });
    return inputs.map((port) => {
      const { name, code, kind, optional, rank, shape } = port, feed = (Object.hasOwn(feeds, name) ? feeds[name] : null) ?? null;
      if (feed === null && !optional && kind !== absent)
        throw fault('missing_feed', `input '${name}' is missing: expected ${types[code]?.name} ${rank < 0 ? kinds[kind] : `[${shape.map((d) => d === '' ? '?' : d)}]`}`, { tensor: name });
      const checked = check_feed(feed, port, `input '${name}'`, name);
      if (checked.kind !== kind && checked.kind !== absent && kind !== absent) throw fault('bad_kind', `'${name}' is a ${kinds[checked.kind]}, expected a ${kinds[kind]}`, { tensor: name });
      return checked;
    });
  }

  let last;  // the run under way
  const go = async (feeds, signal) => {
    signal?.throwIfAborted();
    const outputs = await live().run(check(feeds ?? {}), operators, signal);
    pool?.after_run();
    return outputs;
  };
  const model = {
    variant,
    inputs: describe(inputs),
    outputs: describe(outputs),
    run(feeds, { signal } = {}) {
      const turn = last ? last.then(() => go(feeds, signal)) : go(feeds, signal), mine = turn.catch(() => {}).then(() => { if (last === mine) last = null; });
      last = mine;
      return turn;
    },
    stats: () => live().stats(),
    steps: () => live().steps(),
    dispose() {
      engine?.free();
      engine = null;
      pool?.end();
    },
  };
  if (Symbol.dispose) model[Symbol.dispose] = model.dispose;
  return model;
}
