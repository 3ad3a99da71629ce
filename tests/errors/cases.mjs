// Bad input: one clear sentence, a stable code, no trap, and the next call is answered. Every case is a
// generated fault.
import { add_model, floats, make_model } from '../models.mjs';
import { concat, graph, local_function, message, model as onnx_model, node, port, tensor,
  varint } from '../onnx_writer.mjs';
import { difference } from '../tensors.mjs';
import { errors } from '../table.mjs';
import { json, parse_vectors } from '../vectors.mjs';

const text = (s) => new TextEncoder().encode(s);
const one = (name = 'x') => port(name, 'float32', ['n']);
const out = (name = 'y') => port(name, 'float32', null);

// ---- the instance answers the next call

async function answers(t, model, feeds = { x: floats(1, 2) }, want = floats(11, 12)) {
  const d = difference((await model.run(feeds)).y, want);
  if (d) t.fail(`the next call: ${d}`);
}

// A load that fails; the loads after it work.
async function refuse(t, source, codes, pattern, options) {
  const e = await t.load(source, options).then((m) => { m.dispose(); }, (e) => e);
  if (!e) t.fail(`it was loaded; expected ${codes}`);
  if (e.code === 'trap') throw e;
  if (!codes.split('|').includes(e.code))
    t.fail(`expected the code ${codes}, got ${e.code}: ${e.code ? e.message : e.stack}`);
  if (pattern && !pattern.test(e.message)) t.fail(`expected a sentence like ${pattern}, got: ${e.message}`);
  const model = await t.load(add_model());
  await answers(t, model);
  await model.dispose();
}

// A run that fails on a good model; the next run of the same model works.
async function fail_run(t, source, bad, codes, pattern, good, want, fields = {}) {
  const model = await t.load(source);
  try {
    for (let i = 0; i < 2; ++i) {
      const shown = (o) => Object.values(o).map((v) => `${v.type}[${v.dims}]`);
      const e = await model.run(bad).then((o) => t.fail(`it ran: ${shown(o)}; expected ${codes}`), (e) => e);
      if (e.code === 'trap' || !e.code) throw e;
      if (!codes.split('|').includes(e.code))
        t.fail(`expected the code ${codes}, got ${e.code}: ${e.message}`);
      if (pattern && !pattern.test(e.message))
        t.fail(`expected a sentence like ${pattern}, got: ${e.message}`);
      for (const [key, value] of Object.entries(fields)) t.equal(e[key], value, `error.${key}`);
      await answers(t, model, good, want);
    }
  } finally {
    await model.dispose();
  }
}

const list = [];
const reached = new Set();
function add(name, codes, run) {
  for (const code of codes.split('|')) reached.add(code);
  list.push({ name, run });
}
const refused = (name, source, codes, pattern, options) =>
  add(name, codes, async (t) => refuse(t, typeof source === 'function' ? source() : source, codes, pattern,
    options));
const run_fails = (name, codes, pattern, { source, bad, good, want, fields }) =>
  add(name, codes, (t) => fail_run(t, source(), bad, codes, pattern, good, want, fields));

// ---- files that are no models

refused('an empty file', () => new Uint8Array(0), 'not_onnx|truncated', /empty|nothing|0 bytes|cut short/i);
refused('HTML', () => text('<!DOCTYPE html>\n<html><head><title>404</title></head></html>'), 'not_onnx',
  /HTML/);
refused('a Git LFS pointer', () => text('version https://git-lfs.github.com/spec/v1\n'
  + `oid sha256:${'4d7a2146'.repeat(8)}\nsize 12345\n`), 'not_onnx', /LFS/);
refused('text', () => text('this is not a model, it is a text'), 'not_onnx|bad_onnx|truncated');
refused('a zip file', () => concat([text('PK\x03\x04'), new Uint8Array(100)]), 'not_onnx|bad_onnx|truncated');
refused('zeros', () => new Uint8Array(1000), 'not_onnx|bad_onnx');

function noise(n, seed) {
  const bytes = new Uint8Array(n);
  for (let i = 0; i < n; ++i) bytes[i] = (seed = Math.imul(seed, 1103515245) + 12345 >>> 0) >> 16;
  return bytes;
}
add('garbage', 'not_onnx|bad_onnx', async (t) => {
  for (let seed = 1; seed <= 100; ++seed) {
    t.at(`seed ${seed}`);
    const e = await t.load(noise(10 + seed * 3, seed)).then((m) => { m.dispose(); }, (e) => e);
    if (e && !e.code) throw e;
    if (e?.code === 'trap') throw e;
  }
  await refuse(t, noise(500, 7), 'not_onnx|bad_onnx|truncated');
});
add('a model cut at every byte', 'truncated|bad_onnx', async (t) => {
  const whole = add_model();
  for (let n = 1; n < whole.length; ++n) {
    t.at(`cut at ${n}`);
    const e = await t.load(whole.slice(0, n)).then((m) => { m.dispose(); }, (e) => e);
    if (e && (!e.code || e.code === 'trap')) throw Object.assign(e, { message: `cut at ${n}: ${e.message}` });
  }
  await refuse(t, whole.slice(0, 60), 'truncated|bad_onnx', /byte/);
});
add('a model with every byte changed in turn', 'bad_onnx', async (t) => {
  const whole = add_model();
  for (let at = 0; at < whole.length; ++at) {
    for (const value of [0xff, whole[at] ^ 1, whole[at] ^ 0x80]) {
      const bytes = whole.slice();
      bytes[at] = value;
      t.at(`byte ${at} = ${value}`);
      const e = await t.load(bytes).then(async (m) => {
        const e = await m.run({ x: floats(1, 2) }).then(() => null, (e) => e);
        m.dispose();
        return e;
      }, (e) => e);
      if (e && (!e.code || e.code === 'trap')) throw Object.assign(e,
        { message: `byte ${at} = ${value}: ${e.message}\n${e.stack}` });
    }
  }
  await refuse(t, message([[1, 8], [7, new Uint8Array(20).fill(0xff)], [8, message([[2, 17]])]]),
    'bad_onnx|truncated', /byte/);
});
refused('a varint without an end', () => concat([message([[1, 8]]), varint(7 << 3 | 2),
  new Uint8Array(30).fill(0x80)]), 'bad_onnx|not_onnx|truncated', /byte/);

// ---- graph JSON

const json_model = (nodes, more = {}) => ({ mote: 1, files: [''], nodes, arg_nodes: [0],
  heads: [[nodes.length - 1, 0]], ...more });
const x_node = { op: 'null', name: 'x', attrs: { type: 'float32', shape: ['n'] } };
const relu = { op: 'Relu', name: 'r', inputs: [[0, 0]], outputs: ['y'] };
const bad_json = (name, source, codes, pattern) => refused(`graph JSON: ${name}`,
  () => ({ graph: typeof source === 'string' ? source : json(source) }), codes, pattern);
bad_json('cut short', '{"mote": 1,\n "nodes": [', 'bad_json', /line 2, column \d+/);
bad_json('a missing comma', '{"mote": 1,\n "files": [""]\n "nodes": []}', 'bad_json', /line 3, column 2/);
bad_json('a stray character', '{"mote": 1, ?}', 'bad_json', /line 1, column 13/);
bad_json('a string without an end', '{"mote": 1, "nodes": [{"op": "nul', 'bad_json', /line 1/);
bad_json('a number that is none', '{"mote": 1e}', 'bad_json', /line 1/);
bad_json('nothing', '', 'bad_json', /line 1, column 1/);
bad_json('a list', '[]', 'bad_json', /line 1/);
bad_json('deep brackets', `{"mote": 1, "nodes": ${'['.repeat(100_000)}`, 'bad_json|too_deep');
bad_json('deep objects', `{"mote": 1, "metadata": ${'{"a":'.repeat(100_000)}`, 'bad_json|too_deep');
bad_json('a version to come', json_model([x_node, relu], { mote: 99 }), 'bad_version', /99/);
bad_json('no version', { nodes: [x_node, relu], arg_nodes: [0], heads: [[1, 0]], mote: 0 }, 'bad_version',
  /0/);
bad_json('an unknown key', json_model([x_node, relu], { nodse: [] }), 'bad_graph|bad_json', /nodse/);
bad_json('an input that comes later', json_model([x_node, { ...relu, inputs: [[2, 0]] },
  { ...relu, name: 'r2', inputs: [[1, 0]] }]), 'bad_graph|bad_json', /\S/);
bad_json('an input of no node', json_model([x_node, { ...relu, inputs: [[77, 0]] }]), 'bad_graph|bad_json',
  /77/);
bad_json('an output that is not there', json_model([x_node, { ...relu, inputs: [[0, 3]] }]),
  'bad_graph|bad_json', /\S/);
bad_json('a head of no node', json_model([x_node, relu], { heads: [[9, 0]] }), 'bad_graph|bad_json', /9/);
bad_json('an argument twice', json_model([x_node, relu], { arg_nodes: [0, 0] }), 'bad_json', /twice.*0/);
bad_json('an input that is no argument',
  json_model([x_node, { ...x_node, name: 'z' }, { ...relu, inputs: [[1, 0]] }], { heads: [[2, 0]] }),
  'bad_json', /z/);
bad_json('an output without a name is read',
  json_model([x_node, { op: 'MaxPool', name: 'pool', inputs: [[0, 0]], outputs: ['p', ''],
  attrs: { kernel_shape: [1] } },
  { ...relu, inputs: [[1, 1]] }], { heads: [[2, 0]] }), 'bad_json', /1/);
bad_json('an argument of no node', json_model([x_node, relu], { arg_nodes: [9] }), 'bad_graph|bad_json', /9/);
bad_json('an unknown type', json_model([{ op: 'null', name: 'x', attrs: { type: 'float33', shape: [1] } },
  relu]), 'bad_graph|bad_json|bad_attribute', /float33/);
bad_json('an unknown attribute', json_model([x_node, { ...relu, attrs: { slope: 1n } }]), 'unknown_attribute',
  /slope/);
bad_json('an attribute that is missing', json_model([x_node, { ...relu, op: 'Cast' }]), 'missing_attribute',
  /'to'/);
bad_json('too many inputs', json_model([x_node, { ...relu, inputs: [[0, 0], [0, 0], [0, 0]] }]), 'bad_arity',
  /3/);
bad_json('an input that is missing',
  json_model([x_node, { op: 'Add', name: 'a', inputs: [null, [0, 0]], outputs: ['y'] }]), 'missing_input',
  /0/);
bad_json('an attribute of another kind',
  json_model([x_node, { ...relu, op: 'Softmax', attrs: { axis: 'last' } }]), 'bad_attribute', /axis/);
bad_json('base64 that does not fit',
  json_model([x_node, { op: 'null', name: 'w', attrs: { type: 'float32', shape: [4], data: 'AAAA' } },
  { op: 'Add', name: 'a', inputs: [[0, 0], [1, 0]], outputs: ['y'] }]),
    'short_weights|bad_json|bad_graph|size_mismatch', /\S/);
bad_json('base64 that is none',
  json_model([x_node, { op: 'null', name: 'w', attrs: { type: 'float32', shape: [1], data: '%%%%%%' } },
  { op: 'Add', name: 'a', inputs: [[0, 0], [1, 0]], outputs: ['y'] }]), 'bad_json|bad_graph|short_weights',
    /\S/);
bad_json('a shape that overflows',
  json_model([x_node, { op: 'null', name: 'w', attrs: { type: 'float32',
  shape: [4_294_967_296n, 4_294_967_296n, 4n], file: 0n, offset: 0n, bytes: 16n } },
  { op: 'Add', name: 'a', inputs: [[0, 0], [1, 0]], outputs: ['y'] }]),
    'too_large|bad_graph|out_of_memory|short_weights', /'?w'?|overflow/);

// ---- operators

const branch = (name, ...nodes) => graph({ name, outputs: [port(`${name}_out`, 'float32', null)], nodes });
add('unknown operators are all listed', 'unknown_operators', (t) => refuse(t, make_model({
  opsets: { '': 17, 'my.domain': 1 },
  inputs: [one(), port('c', 'bool', [])], outputs: [out()],
  nodes: [
    node('Frobnicate', ['x'], ['a']), node('Frobnicate', ['a'], ['b']), node('Wibble', ['b'], ['d'],
      { domain: 'my.domain' }),
    node('If', ['c'], ['y'], { attributes: {
      then_branch: { graph: branch('t', node('Hidden', ['d'], ['t_out'])) },
        else_branch: { graph: branch('e', node('Identity', ['d'], ['e_out'])) } } }),
  ] }), 'unknown_operators', /(?=.*Frobnicate[^,]*2)(?=.*Wibble)(?=.*Hidden)/s));
refused('a tensor of an unknown type', () => make_model({ inputs: [one()], outputs: [out()],
  initializers: [tensor('w', 99, [1], Float32Array.of(1))], nodes: [node('Add', ['x', 'w'], ['y'])] }),
    'bad_tensor', /'w'/);
refused('an opset to come', () => add_model({ opsets: { '': 99 } }), 'bad_opset', /99/);
refused('no opset', () => add_model({ opsets: {} }), 'missing_opset', /ai\.onnx/);
refused('an attribute without its tensor', () => make_model({ inputs: [one()], outputs: [out()],
  nodes: [node('ConstantOfShape', ['x'], ['y'], { name: 'fill', attributes: { value: { tensor: [] } } })] }),
    'bad_attribute_value', /(?=.*fill)(?=.*value)/);
refused('Scan of opset 8 with lengths', () => make_model({ opsets: { '': 8 }, inputs: [one()],
  outputs: [out()], nodes: [node('Scan', ['x', 'x'], ['y'], { name: 'steps' })] }), 'cannot_upgrade',
  /steps/);
refused('a value that nothing defines', () => make_model({ inputs: [one()], outputs: [out()],
  nodes: [node('Add', ['x', 'nowhere'], ['y'], { name: 'plus' })] }), 'undefined_value', /nowhere/);
refused('an output that nothing computes', () => make_model({ inputs: [one()], outputs: [out('z')],
  nodes: [node('Relu', ['x'], ['y'])] }), 'undefined_output', /'z'/);
refused('a value defined twice', () => make_model({ inputs: [one()], outputs: [out()],
  nodes: [node('Relu', ['x'], ['y']), node('Tanh', ['x'], ['y'])] }), 'duplicate_value', /'y'/);
refused('nodes in a circle', () => make_model({ inputs: [one()], outputs: [out()],
  nodes: [node('Add', ['x', 'b'], ['a'], { name: 'first' }), node('Relu', ['a'], ['b']),
    node('Relu', ['a'], ['y'])] }), 'cyclic_graph|undefined_value', /first|'b'/);
refused('a wrong type inside', () => make_model({ inputs: [port('x', 'string', ['n'])],
  outputs: [port('y', 'string', null)], nodes: [node('Relu', ['x'], ['y'], { name: 'act' })] }), 'bad_type',
  /(?=.*act)(?=.*string)/);
refused('types that differ', () => make_model({ inputs: [one(), port('k', 'int64', ['n'])], outputs: [out()],
  nodes: [node('Add', ['x', 'k'], ['y'], { name: 'plus' })] }), 'bad_type', /plus/);
refused('a proven contradiction of shapes',
  () => make_model({ inputs: [port('x', 'float32', [3]), port('k', 'float32', [4])], outputs: [out()],
  nodes: [node('Add', ['x', 'k'], ['y'], { name: 'plus' })] }), 'not_broadcastable',
  /(?=.*plus)(?=.*3)(?=.*4)/);
refused('an If without a branch', () => make_model({ inputs: [one(), port('c', 'bool', [])], outputs: [out()],
  nodes: [node('If', ['c'], ['y'], { name: 'choice' })] }), 'missing_graph|missing_attribute',
  /then_branch|else_branch/);
refused('a Constant without a value', () => make_model({ inputs: [one()], outputs: [out()],
  nodes: [node('Constant', [], ['k'], { name: 'empty' }), node('Add', ['x', 'k'], ['y'])] }), 'bad_constant',
  /empty|k/);
refused('a reference outside a function', () => make_model({ inputs: [one()], outputs: [out()],
  nodes: [node('Softmax', ['x'], ['y'], { name: 's', attributes: { axis: { ref: ['outer_axis', 2] } } })] }),
  'bad_reference', /outer_axis/);

// ---- nesting and cycles

// From the innermost graph outwards, so that the depth is the model's alone.
function nested(depth) {
  const branch = (level, list) =>
    ({ graph: graph({ name: `g${level}`, outputs: [port(`o${level}`, 'float32', null)], nodes: list }) });
  let list = [node('Relu', ['x'], [`o${depth}`])];
  for (let level = depth - 1; level >= 0; --level) {
    const attributes = { then_branch: branch(level + 1, list), else_branch: branch(level + 1,
      [node('Identity', ['x'], [`o${level + 1}`])]) };
    list = [node('If', ['c'], [`o${level}`], { attributes })];
  }
  return make_model({ inputs: [one(), port('c', 'bool', [])], outputs: [port('o0', 'float32', null)],
    nodes: list });
}
add('graphs 60 deep run', 'graph_too_deep', async (t) => {
  const model = await t.load(nested(60));
  const { o0 } = await model.run({ x: floats(-1, 2), c: { type: 'bool', dims: [], data: Uint8Array.of(1) } });
  const d = difference(o0, floats(0, 2));
  if (d) t.fail(d);
  await model.dispose();
});
refused('graphs 70 deep', () => nested(70), 'graph_too_deep|too_deep', /64/);
refused('graphs 2,000 deep', () => nested(2000), 'graph_too_deep|too_deep', /64/);
add('graph JSON: graphs 70 deep', 'too_deep', (t) => {
  let g = { nodes: [{ op: 'null', name: 'x', attrs: { type: 'float32', outer: [0, 0] } }, relu],
    arg_nodes: [], heads: [[1, 0]] };
  for (let i = 0; i < 70; ++i) {
    const x = i === 69 ? { op: 'null', name: 'x', attrs: { type: 'float32', shape: [1] } } : { op: 'null',
      name: 'x', attrs: { type: 'float32', outer: [0, 0] } };
    const c = i === 69 ? { op: 'null', name: 'c', attrs: { type: 'bool', shape: [] } } : { op: 'null',
      name: 'c', attrs: { type: 'bool', outer: [1, 0] } };
    g = { nodes: [x, c, { op: 'If', name: `if${i}`, inputs: [[1, 0]], outputs: ['y'],
      attrs: { then_branch: { graph: g },
      else_branch: { graph: g === null ? g
      : { nodes: [{ op: 'null', name: 'x', attrs: { type: 'float32', outer: [0, 0] } }, relu], arg_nodes: [],
      heads: [[1, 0]] } } } }],
      arg_nodes: i === 69 ? [0, 1] : [], heads: [[2, 0]] };
  }
  return refuse(t, { graph: json({ mote: 1, files: [''], ...g }) }, 'too_deep', /64/);
});
const call = (name, i, o) => node(name, [i], [o], { domain: 'local' });
const simple_function = (name, body) => local_function({ name, inputs: ['a'], outputs: ['b'], nodes: [body],
  opsets: { '': 17, local: 1 } });
const function_model = (functions, first) => onnx_model({ opsets: { '': 17, local: 1 }, functions,
  graph: graph({ inputs: [one()], outputs: [out()], nodes: [call(first, 'x', 'y')] }) });
refused('functions in a circle', () => function_model([simple_function('F', call('G', 'a', 'b')),
  simple_function('G', call('F', 'a', 'b'))], 'F'), 'cyclic_function', /(?=.*F)(?=.*G)/);
refused('a function that calls itself', () => function_model([simple_function('F', call('F', 'a', 'b'))],
  'F'), 'cyclic_function', /F/);
refused('functions that grow without bound',
  () => function_model(Array.from({ length: 40 }, (_, i) => local_function({
  name: `F${i}`, inputs: ['a'], outputs: ['b'], opsets: { '': 17, local: 1 },
  nodes: i === 39 ? [node('Relu', ['a'], ['b'])] : [call(`F${i + 1}`, 'a', 'm'),
    call(`F${i + 1}`, 'm', 'b')] })), 'F0'), 'graph_too_large|no_memory|graph_too_deep');

// ---- weights

const weight_model = (w) => make_model({ inputs: [one()], outputs: [out()], initializers: [w],
  nodes: [node('Add', ['x', 'w'], ['y'])] });
refused('a weight whose payload is short',
  () => weight_model(tensor('w', 'float32', [100], Float32Array.of(1, 2, 3))), 'bad_tensor|short_weights',
  /(?=.*w)(?=.*12)(?=.*400)/);
refused('a weight whose payload is long',
  () => weight_model(tensor('w', 'float32', [1], Float32Array.of(1, 2, 3))), 'bad_tensor|short_weights', /w/);
refused('a large weight at the end of a cut file', () => {
  const bytes = weight_model(tensor('w', 'float32', [20_000], new Float32Array(20_000)));
  return bytes.slice(0, 40_000);
}, 'truncated|short_weights|bad_onnx', /byte|w/);
refused('a weight beyond the end of its file', () => ({ graph: json(json_model([x_node,
  { op: 'null', name: 'w', attrs: { type: 'float32', shape: [1000], file: 0n, offset: 8n, bytes: 4000n } },
  { op: 'Add', name: 'a', inputs: [[0, 0], [1, 0]], outputs: ['y'] }])), weights: new Uint8Array(100) }),
    'short_weights', /(?=.*w)(?=.*4000)/);
refused('a weight whose shape overflows', () => weight_model(tensor('w', 'float32', [2n ** 40n, 2n ** 40n],
  Float32Array.of(1))), 'bad_tensor|too_large|short_weights', /w/);
refused('a weight with a negative dimension',
  () => weight_model(tensor('w', 'float32', [-4], Float32Array.of(1))), 'bad_tensor', /w/);
refused('integers in too few varints', () => make_model({ inputs: [port('x', 'int64', ['n'])],
  outputs: [port('y', 'int64', null)],
  initializers: [tensor('w', 'int64', [3], null, { packed: [1, 2] })],
    nodes: [node('Add', ['x', 'w'], ['y'])] }), 'bad_tensor|short_weights', /w/);

for (const location of ['/etc/passwd', '../secret.bin', 'a/../../secret.bin', 'C:\\secret.bin',
  '\\\\server\\share', 'a\\..\\..\\b', 'file:///etc/passwd', 'https://example.org/w', '']) {
  refused(`external data at '${location}'`, () => weight_model(tensor('w', 'float32', [1], null,
    { external: { location, offset: 0, length: 4 } })), 'bad_path|bad_tensor', /\S/);
  if (location) bad_json(`a file '${location}'`, json_model([x_node, relu], { files: ['', location] }),
    'bad_path|bad_graph', /\S/);
}
refused('external data that is not given', () => weight_model(tensor('w', 'float32', [1], null,
  { external: { location: 'w.bin', offset: 0, length: 4 } })),
  'missing_file|no_file|bad_source|short_weights|missing_data', /w\.bin/);

// ---- feeds

const plus = () => add_model();
const matrix = () => make_model({ inputs: [port('x', 'float32', ['n', 3])], outputs: [out()],
  initializers: [tensor('w', 'float32', [3, 2], Float32Array.of(1, 0, 0, 1, 1, 1))],
  nodes: [node('MatMul', ['x', 'w'], ['y'], { name: 'product' })] });
const good_matrix = { good: { x: { type: 'float32', dims: [1, 3], data: Float32Array.of(1, 2, 3) } },
  want: { type: 'float32', dims: [1, 2], data: Float32Array.of(4, 5) } };
run_fails('a missing feed', 'missing_feed', /(?=.*'x')(?=.*float32)/, { source: plus, bad: {} });
run_fails('a misspelt feed', 'unknown_feed|missing_feed', /(?=.*'X')(?=.*'?x)/,
  { source: plus, bad: { X: floats(1) } });
run_fails('a feed too many', 'unknown_feed', /'z'/, { source: plus, bad: { x: floats(1), z: floats(1) } });
run_fails('a feed of another type', 'bad_type', /(?=.*'x')(?=.*int64)(?=.*float32)/,
  { source: plus, bad: { x: { type: 'int64', dims: [2], data: BigInt64Array.of(1n, 2n) } },
  fields: { tensor: 'x' } });
run_fails('a feed of another rank', 'bad_shape|bad_rank', /'x'/,
  { source: matrix, bad: { x: floats(1, 2, 3) }, ...good_matrix, fields: { tensor: 'x' } });
run_fails('a feed of another shape', 'bad_shape', /(?=.*'x')(?=.*1, ?4)(?=.*3)/,
  { source: matrix, bad: { x: { type: 'float32', dims: [1, 4], data: new Float32Array(4) } }, ...good_matrix,
  fields: { tensor: 'x' } });
run_fails('data that does not fit its shape', 'bad_feed|size_mismatch|bad_shape|bad_data', /x/,
  { source: matrix, bad: { x: { type: 'float32', dims: [2, 3], data: new Float32Array(5) } },
  ...good_matrix });
run_fails('an unknown type', 'bad_feed|bad_type', /x/,
  { source: plus, bad: { x: { type: 'float33', dims: [1], data: Float32Array.of(1) } } });
run_fails('a negative dimension', 'bad_feed|bad_shape|bad_value', /x/,
  { source: plus, bad: { x: { type: 'float32', dims: [-1], data: new Float32Array(1) } } });
run_fails('a fraction of a dimension', 'bad_feed|bad_shape|bad_value', /x/,
  { source: plus, bad: { x: { type: 'float32', dims: [1.5], data: new Float32Array(1) } } });
run_fails('nine dimensions', 'bad_feed|rank_limit|bad_rank|bad_shape', /x/,
  { source: plus, bad: { x: { type: 'float32', dims: [1, 1, 1, 1, 1, 1, 1, 1, 1],
  data: new Float32Array(1) } } });
run_fails('data of another array', 'bad_feed|bad_type|bad_data', /x/,
  { source: plus, bad: { x: { type: 'float32', dims: [1], data: new Int32Array(1) } } });
run_fails('a feed that is no tensor', 'bad_feed|bad_kind|missing_feed|bad_type', /x/,
  { source: plus, bad: { x: 3 } });
run_fails('a sequence for a tensor', 'bad_feed|bad_kind', /x/,
  { source: plus, bad: { x: [floats(1), floats(2)] } });
run_fails('symbols that contradict each other', 'bad_shape|not_broadcastable', /\S/, {
  source: () => make_model({ inputs: [port('x', 'float32', ['n']), port('k', 'float32', ['n'])],
    outputs: [out()], nodes: [node('Add', ['x', 'k'], ['y'])] }),
  bad: { x: floats(1, 2), k: floats(1, 2, 3) }, good: { x: floats(1), k: floats(2) }, want: floats(3) });

// ---- data

const gather = () => make_model({ inputs: [port('x', 'int64', ['n'])], outputs: [out()],
  initializers: [tensor('w', 'float32', [3], Float32Array.of(5, 6, 7))],
  nodes: [node('Gather', ['w', 'x'], ['y'], { name: 'tok_embed' })] });
const longs = (...v) => ({ type: 'int64', dims: [v.length], data: BigInt64Array.from(v, BigInt) });
run_fails('an index out of range', 'index_range', /Gather 'tok_embed'.*index 50257 is outside \[-3, 3\)/, {
  source: gather, bad: { x: longs(50257) }, good: { x: longs(2, -3) }, want: floats(7, 5),
    fields: { node: 'tok_embed' } });
const expand = () => make_model({ inputs: [port('x', 'int64', ['r'])], outputs: [out()],
  initializers: [tensor('w', 'float32', [1], Float32Array.of(5))],
  nodes: [node('Expand', ['w', 'x'], ['e'], { name: 'grow' }), node('Relu', ['e'], ['y'])] });
const small = { good: { x: longs(2) }, want: floats(5, 5) };
run_fails('a size that overflows', 'too_large|out_of_memory', /\S/,
  { source: expand, bad: { x: longs(2 ** 40, 2 ** 40) }, ...small });
run_fails('a size that overflows only in bytes', 'too_large|out_of_memory', /\S/,
  { source: expand, bad: { x: longs(2 ** 31, 2 ** 31, 2) }, ...small });
run_fails('memory that runs out', 'out_of_memory|too_large', /\S/,
  { source: expand, bad: { x: longs(2 ** 22, 2 ** 23) }, ...small });
add('memory that just runs out', 'out_of_memory', async (t) => {
  if (t.native) t.skip('a 64-bit host has that much');
  await fail_run(t, expand(), { x: longs(2 ** 10, 2 ** 20 - 1) }, 'out_of_memory', /memory ran out/,
    small.good, small.want);
});
run_fails('a negative size', 'bad_value|bad_shape|not_broadcastable', /\S/,
  { source: expand, bad: { x: longs(-5) }, ...small });
run_fails('a Reshape that does not fit', 'size_mismatch|bad_shape', /\S/, {
  source: () => make_model({ inputs: [one(), port('s', 'int64', ['r'])], outputs: [out()],
    nodes: [node('Reshape', ['x', 's'], ['y'], { name: 'fold' })] }),
  bad: { x: floats(1, 2, 3), s: longs(2, 2) }, good: { x: floats(1, 2), s: longs(2) }, want: floats(1, 2) });
run_fails('nine dimensions by Reshape', 'rank_limit', /9/, {
  source: () => make_model({ inputs: [one(), port('s', 'int64', ['r'])], outputs: [out()],
    nodes: [node('Reshape', ['x', 's'], ['y'], { name: 'fold' })] }),
  bad: { x: floats(1), s: longs(1, 1, 1, 1, 1, 1, 1, 1, 1) }, good: { x: floats(1, 2), s: longs(2) },
    want: floats(1, 2) });
run_fails('an integer division by zero', 'division_by_zero', /zero/, {
  source: () => make_model({ inputs: [port('x', 'int64', ['n']), port('k', 'int64', ['n'])],
    outputs: [port('y', 'int64', null)], nodes: [node('Div', ['x', 'k'], ['y'], { name: 'quotient' })] }),
  bad: { x: longs(4), k: longs(0) }, good: { x: longs(9), k: longs(-2) }, want: longs(-4),
    fields: { node: 'quotient' } });

// ---- every code is reached, here or by a vector

async function every_code(t) {
  for (const line of (await t.fetchText('runtime/ops.def')).matchAll(/^OP\((\w+),/gm)) {
    const vectors = await t.fetchText(`tests/ops/${line[1]}.txt`).then(parse_vectors).catch(() => []);
    for (const c of vectors) if (c.error) reached.add(c.error);
  }
  const missing = [];
  for (const file of ['runtime/errors.def', 'compiler/errors.def'])
    for (const code of errors(await t.fetchText(file))) if (!reached.has(code) && !elsewhere[code])
      missing.push(code);
  if (missing.length) t.fail(`no test reaches ${missing.join(', ')}`);
}
// Codes that other suites reach.
const elsewhere = { bad_state: 'tests/api', unplaced_feed: 'tests/api', bad_kind: 'tests/api',
  bad_gradient: 'tests/onnx/gradient.mjs', no_derivative: 'tests/onnx/gradient.mjs' };

export const cases = [...list, { name: 'every error code is reached', run: every_code }];
