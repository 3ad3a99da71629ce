// Mote: loads a model and runs it. The API is described in index.d.ts.
import { check_feed, compile, create_engine, instantiate } from './engine.js';
import { fault } from './fault.js';
import { types } from './tensor.js';
import { choose, get_module, variants } from './modules.js';
import { as_bytes, is_bytes, is_source, neighbour, open_source } from './source.js';

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

// The files that weights lie in, opened when they are needed first. `given` maps names to sources; other files are looked for
// beside `from` (a path or URL) where there is such a thing.
function file_set(names, first, given, from, signal, opened) {
  const find = (name) => {
    if (given instanceof Map ? given.has(name) : Object.hasOwn(given, name)) return given instanceof Map ? given.get(name) : given[name];
    if (from !== undefined && name) return neighbour(from, name);
    throw fault('missing_file', `the weights lie in the file '${name}', which was not given`);
  };
  const sources = [first];
  return async (file) => {
    if (!sources[file]) {
      const name = names[file];
      if (name === undefined) throw fault('bad_graph', `graph: the weights lie in file ${file} of ${names.length}`);
      sources[file] = await open_source(find(name.replace(/^(\.\/)+/, '')), signal);
      opened.push(sources[file]);
      sources[file].last_pass();
    }
    return sources[file];
  };
}

const is_json_text = (x) => typeof x === 'string' && /^\s*([{[]|$)/.test(x);
const encode = (text) => new TextEncoder().encode(text);

// { graph, weights } as { json, names, first, given, from }; names are read from the JSON when they are needed.
async function open_graph({ graph, weights }, { external = {} }, signal, opened) {
  let json, from;
  if (is_json_text(graph)) json = encode(graph);
  else if (is_source(graph)) {
    if (!is_bytes(graph)) from = typeof graph === 'string' || graph instanceof URL ? graph : undefined;
    const source = await open_source(graph, signal);
    opened.push(source);
    json = await read_all(source);
  } else if (graph && typeof graph === 'object') json = encode(JSON.stringify(graph));
  else throw fault('bad_source', 'graph is the graph JSON as text, an object or bytes, or its path or URL');
  if (weights === undefined || weights === null) return { json, from, given: external };
  if (!is_source(weights)) return { json, from, given: weights };
  const first = await open_source(weights, signal);
  opened.push(first);
  return { json, from: typeof weights === 'string' || weights instanceof URL ? weights : from, given: external, first };
}

function names_of(json) {
  const { files = [''] } = JSON.parse(new TextDecoder().decode(json));
  return files;
}

async function open_model(source, options, opened, report) {
  const { signal, external = {} } = options;
  if (source && typeof source === 'object' && !is_source(source) && 'graph' in source) return open_graph(source, options, signal, opened);
  const is_place = typeof source === 'string' || source instanceof URL;
  if (is_place && /\.onnx$/i.test(String(source).replace(/[?#].*/, '')) && !options.engine) get_module('compiler');  // while the source is opened
  const model = await open_source(source, signal);
  opened.push(model);
  const from = is_place ? source : undefined;
  const head = await model.read(0, 1);
  if (head[0] === 0x7b) return { json: await read_all(model), from, given: external, first: undefined };
  const instance = options.engine ? options.engine.compiler : await instantiate(await get_module('compiler'));
  const { graph, files } = await compile(instance, (range) =>
    copy(model, range, instance.memory, signal, (loaded) => report('graph', loaded, model.size)));
  return { json: graph, names: files, from, given: external, first: model };
}

async function load_weights(engine, { json, names, first, given, from }, signal, opened, report) {
  let file_of, total = 0, base = [], loaded = 0;
  for (let range; (range = engine.next_range());) {
    if (!file_of) {
      names ??= names_of(json);
      // one file of weights, whatever its name, may be given as it is
      file_of = file_set(names, undefined, given, from, signal, opened);
      if (first) {
        const only = names.length === 1 || names[0] ? 0 : undefined, others = file_of;
        first.last_pass();
        file_of = async (file) => file === (only ?? 0) || names.length === 2 && !names[0] && !first.is_model ? first : others(file);
      }
    }
    const source = await file_of(range.file);
    base[range.file] ??= (total += source.size ?? 0) - (source.size ?? 0);
    const got = await copy(source, range, engine, signal, (offset) => report('weights', loaded = Math.max(loaded, base[range.file] + offset), total));
    if (got < range.bytes) throw fault('short_weights', `the weights in ${source.name} are cut short: got ${got} bytes at offset ${range.offset}, expected ${range.bytes}`);
  }
  report('weights', total, total, true);
}
