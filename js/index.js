// Mote: loads a model and runs it. The API is described in index.d.ts.
import { check_feed, compile, create_engine, instantiate } from './engine.js';
import { fault } from './fault.js';
import { types } from './tensor.js';
import { choose, get_module, variants } from './modules.js';
import { is_source, neighbour, open_source } from './source.js';

export { variants };

const kinds = ['tensor', 'sequence', 'map', 'optional'];

// ---- loading

// Calls options.progress at most about 200 times a phase, and at its end.
function reporter(progress) {
  let phase, told;
  return (name, loaded, total, end) => {
    if (!progress || name === phase && !end && loaded < told + (total ?? 1e8) / 200) return;
    phase = name;
    told = loaded;
    progress({ phase, loaded, total: total ?? 0 });
  };
}

// Copies a range of a source into an instance's memory; gives the number of bytes that there were.
async function copy(source, { offset, bytes, address }, memory, signal, told) {
  let done = 0;
  while (done < bytes) {
    signal?.throwIfAborted();
    const piece = await source.read(offset + done, Math.min(bytes - done, 1 << 20));
    if (!piece.length) break;
    memory.write(address + done, piece);
    done += piece.length;
    told(offset + done);
  }
  return done;
}

async function read_all(source) {
  const parts = [];
  let size = 0;
  for (let part; (part = await source.read(size, 1 << 20)).length; size += part.length) parts.push(part.slice());
  const all = new Uint8Array(size);
  size = 0;
  for (const part of parts) {
    all.set(part, size);
    size += part.length;
  }
  return all;
}

// The files that weights lie in, opened when they are needed first. `given` maps names to sources; a file that is not among
// them lies beside `from`, a path or URL. `first` is the model itself, or the only file of weights.
function file_set({ names, first, single, given, from }, signal, opened) {
  const get = given instanceof Map ? (name) => given.get(name) : (name) => Object.hasOwn(given, name) ? given[name] : undefined;
  const all = first && single && names.filter(Boolean).length < 2;
  const sources = [first];
  return async (file) => {
    if (all) return first;
    if (!sources[file]) {
      const name = names[file], source = get(name) ?? get(name.replace(/^(\.\/)+/, '')) ?? (name && from !== undefined ? neighbour(from, name) : undefined);
      if (source === undefined) throw fault('missing_file', `the weights lie in the file '${name}', which was not given`);
      opened.push(sources[file] = await open_source(source, signal));
    }
    return sources[file];
  };
}

const is_json_text = (x) => typeof x === 'string' && /^\s*([{[]|$)/.test(x);
const encode = (text) => new TextEncoder().encode(text);

// What is to be loaded: { json, names, first, single, given, from }, see file_set. names are left out where the JSON tells them.
async function open_graph({ graph, weights }, external, signal, opened) {
  const open = async (source) => {
    opened.push(await open_source(source, signal));
    return opened.at(-1);
  };
  const place = (x) => typeof x === 'string' || x instanceof URL ? x : undefined;
  let json, from;
  if (is_json_text(graph)) json = encode(graph);
  else if (is_source(graph)) {
    from = place(graph);
    json = await read_all(await open(graph));
  } else if (graph && typeof graph === 'object') json = encode(JSON.stringify(graph));
  else throw fault('bad_source', 'graph is the graph JSON as text, an object or bytes, or its path or URL');
  if (!weights) return { json, from, given: external };
  if (!is_source(weights)) return { json, from, given: weights };
  return { json, from: place(weights) ?? from, given: external, first: await open(weights), single: true };
}

async function open_model(source, { signal, external = {}, engine }, opened, report) {
  if (source?.graph !== undefined && !is_source(source)) return open_graph(source, external, signal, opened);
  const from = typeof source === 'string' || source instanceof URL ? source : undefined;
  if (from && !engine && /\.onnx$/i.test(String(from).replace(/[?#].*/, ''))) get_module('compiler');  // while the source is opened
  const first = await open_source(source, signal);
  opened.push(first);
  if ((await first.read(0, 1))[0] === 0x7b) return { json: await read_all(first), from, given: external };
  const compiler = engine ? engine.compiler : await instantiate(await get_module('compiler'));
  const { graph, files } = await compile(compiler, (range) => copy(first, range, compiler.memory, signal, (loaded) => report('graph', loaded, first.size)));
  return { json: graph, names: files, from, given: external, first };
}

async function load_weights(engine, model, signal, opened, report) {
  let file_of, loaded = 0, total = 0;
  const bases = [];  // bytes of the files opened before
  for (let range; (range = engine.next_range());) {
    model.names ??= JSON.parse(new TextDecoder().decode(model.json)).files ?? [''];
    file_of ??= file_set(model, signal, opened);
    const source = await file_of(range.file);
    if (bases[range.file] === undefined) {
      source.last_pass();
      bases[range.file] = total;
      total += source.size ?? 0;
    }
    const got = await copy(source, range, engine, signal, (offset) => report('weights', loaded = Math.max(loaded, bases[range.file] + offset), total));
    if (got < range.bytes) throw fault('short_weights', `the weights in ${source.name} are cut short: got ${got} bytes at offset ${range.offset}, expected ${range.bytes}`);
  }
  report('weights', total, total, true);
}

export async function load(source, options = {}) {
  const { signal, progress, variant, hostOps = {}, engine: given } = options;
  signal?.throwIfAborted();
  const name = given?.variant ?? choose(variant);
  const module = given ? null : get_module(name);  // compiled while the source is opened
  const opened = [], report = reporter(progress);
  let engine;
  try {
    const model = await open_model(source, options, opened, report);
    signal?.throwIfAborted();
    engine = create_engine(given ? given.runtime : await instantiate(await module));
    engine.parse(model.json);
    await load_weights(engine, model, signal, opened, report);
    signal?.throwIfAborted();
    return make_model(engine, name, hostOps);
  } catch (e) {
    engine?.free();
    throw e;
  } finally {
    await Promise.all(opened.map((s) => s.close()));
  }
}

// ---- the model

function make_model(engine, variant, operators) {
  const { inputs, outputs } = engine.open();
  const describe = (ports) => ports.map(({ name, code, shape }) => ({ name, type: types[code]?.name ?? '', shape }));
  const quote = (ports) => ports.map(({ name }) => `'${name}'`).join(', ');
  let last = null;  // the run that is going on
  const live = () => {
    if (!engine) throw fault('disposed', 'the model has been disposed of');
    return engine;
  };

  function check(feeds) {
    if (feeds === null || typeof feeds !== 'object') throw fault('missing_feed', 'feeds are an object of tensors by the name of the input');
    const unknown = Object.keys(feeds).find((key) => !inputs.some(({ name }) => name === key));
    if (unknown !== undefined) throw fault('unknown_feed', `no input '${unknown}'; inputs are ${quote(inputs)}`, { tensor: unknown });
    return inputs.map((port) => {
      const { name, code, kind, optional, rank, shape } = port, feed = Object.hasOwn(feeds, name) ? feeds[name] : undefined;
      const may_be_absent = optional || kind === 3;
      if (feed === undefined && !may_be_absent || feed === null && !may_be_absent)
        throw fault('missing_feed', `input '${name}' is missing: expected ${types[code]?.name ?? ''} ${rank < 0 ? kinds[kind] : `[${shape.map((d) => d === '' ? '?' : d)}]`}`, { tensor: name });
      const checked = check_feed(feed ?? null, port, `input '${name}'`, name);
      if (checked.kind !== kind && checked.kind !== 3 && kind !== 3) throw fault('bad_kind', `'${name}' is a ${kinds[checked.kind]}, expected a ${kinds[kind]}`, { tensor: name });
      return checked;
    });
  }
  const go = async (feeds) => live().run(check(feeds), operators);

  const model = {
    variant,
    inputs: describe(inputs),
    outputs: describe(outputs),
    // An idle model reads the feeds before run returns; a busy one when their turn comes.
    run(feeds) {
      const turn = last ? last.then(() => go(feeds)) : go(feeds);
      const settled = turn.then(() => {}, () => {}).then(() => { if (last === settled) last = null; });
      last = settled;
      return turn;
    },
    stats: () => live().stats(),
    steps: () => live().steps(),
    dispose() {
      engine?.free();
      engine = null;
    },
  };
  if (Symbol.dispose) model[Symbol.dispose] = model.dispose;
  return model;
}
