// Memory that runs out, wherever it does: one sentence, and what is left answers the next call. A module is
// held to some pages
// by its own limits, a native program by the address space it may use.
import { add_model, floats, make_model } from '../models.mjs';
import { node, port, tensor, varint } from '../onnx_writer.mjs';

// A module whose memory has at most so many pages of 64 KB, or null where it begins with more.
export function limited(module, most) {
  const parts = [module.subarray(0, 8)];
  const number = (at) => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      value |= (module[at] & 127) << shift;
      if (module[at++] < 128) return [value, at];
    }
  };
  for (let at = 8; at < module.length;) {
    const [size, from] = number(at + 1);
    if (module[at] !== 5) parts.push(module.subarray(at, from + size));
    else {
      const [least] = number(from + 2);  // one memory: count, flags, least
      if (least > most) return null;
      const limits = [1, 1, ...varint(least), ...varint(most)];
      parts.push(Uint8Array.from([5, limits.length, ...limits]));
    }
    at = from + size;
  }
  return new Uint8Array(parts.flatMap((p) => [...p]));
}

// Many nodes, so that the structure itself is what needs memory.
const nodes = 8000;
const long_model = () => make_model({
  inputs: [port('x', 'float32', ['n'])], outputs: [port('y', 'float32', ['n'])],
  initializers: [tensor('w', 'float32', [1], Float32Array.of(1))],
  nodes: Array.from({ length: nodes }, (_, i) => node('Add', [i ? `h${i - 1}` : 'x', 'w'],
    [i === nodes - 1 ? 'y' : `h${i}`], { name: `a node with a long name ${i}` })) });

// Loads the long model and runs it.
async function answer(t, source, options) {
  const { load } = await import('../../js/index.js');
  const model = await load(source, options);
  try {
    t.equal([...(await model.run({ x: floats(1) })).y.data], [nodes + 1], 'the answer');
  } finally {
    model.dispose();
  }
}

// The same model with more and more memory for one of the two modules, until it is enough.
async function check_module(t, which) {
  const { instantiate } = await import('../../js/engine.js');
  const bytes = { runtime: await t.fetchBytes(`js/dist/mote-${t.variant}.wasm`),
    compiler: await t.fetchBytes('js/dist/mote-compiler.wasm') };
  const source = long_model();
  let failed = 0;
  for (let pages = 4; ; pages = Math.ceil(pages * 1.4)) {
    const module = limited(bytes[which], pages);
    if (!module) continue;
    const made = { ...bytes, [which]: module };
    const engine = { variant: t.variant, runtime: await instantiate(await WebAssembly.compile(made.runtime)),
      compiler: await instantiate(await WebAssembly.compile(made.compiler)) };
    try {
      await answer(t, source, { engine });
      t.assert(failed >= 5, `it failed only ${failed} times`);
      return;
    } catch (e) {
      if (e.code !== 'out_of_memory' || !/^memory ran out/.test(e.message))
        t.fail(`${pages} pages: ${e.code}: ${e.message}`);
    }
    ++failed;
    if (pages > 4000) t.fail('256 MB were not enough');
  }
}

async function check_native(t) {
  if (t.variant.endsWith('-san')) t.skip('sanitizers need all of the address space, and do not throw');
  const { connect } = await import('../hosts/remote.mjs');
  const { load } = await import('../../js/index.js');
  const source = long_model(), small = add_model();
  let failed = 0;
  for (let kilobytes = 10_000; ; kilobytes = Math.ceil(kilobytes * 1.1)) {
    const remote = connect(`${t.root}build/native/${t.variant}/mote-remote`, kilobytes);
    let engine;
    const options = () => { engine ??= remote.options().engine; return { engine }; };
    try {
      await answer(t, source, options());
      t.assert(failed >= 2, `it failed only ${failed} times`);
      return;
    } catch (e) {
      if (e.code === 'native_crash' && !failed) continue;  // too little for the program itself
      if (e.code !== 'out_of_memory' || !/^memory ran out/.test(e.message))
        t.fail(`${kilobytes} KB: ${e.code}: ${e.message}`);
      const next = await load(small, options());
      t.equal([...(await next.run({ x: floats(1) })).y.data], [11], 'the next answer');
      ++failed;
    } finally {
      remote.close();
    }
  }
}

export const cases = (t) => t.native ? [{ name: 'memory runs out in the program', run: check_native }]
  : t.variant.startsWith('threads') ? []  // their memory is the host's
    : ['compiler', 'runtime'].map((which) => ({ name: `memory runs out in the ${which}`,
      run: (t) => check_module(t, which) }));
