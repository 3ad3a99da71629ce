// Every operator of runtime/ops.def on bad input. A case of its vectors is changed in one place: how many
// inputs and outputs, types, kinds, ranks, sizes (none, one more, ones that overflow), values, attributes.
// Whatever comes, it is
// an answer or one
// sentence of errors.def that says where; never a trap, never a wait; and the next call of the same instance
// answers rightly.
import { difference, element_count, make_tensor } from '../tensors.mjs';
import { operators, sentences } from '../table.mjs';
import { graph_of, nothing, parse_vectors } from '../vectors.mjs';

const most_elements = 1500;        // of a case that is taken
const patience_ms = 4000;  // of one call
const int64_max = 2n ** 63n - 1n, int64_min = -(2n ** 63n);

// ---- what to change

export const is_tensor = (x) => x && x !== nothing && !!x.dims;
const ranges = { int8: 7, int16: 15, int32: 31, int64: 63, uint8: 8, uint16: 16, uint32: 32, uint64: 64 };

export function filled(type, dims, value) {
  const n = element_count(dims) * (type.startsWith('complex') ? 2 : 1);
  return make_tensor(type, dims, Array(n).fill(type === 'string' ? String(value) : type.endsWith('int64')
    ? BigInt(value) : value));
}

// The same elements over and over in another shape.
function reshaped(x, dims) {
  if (/4|2$/.test(x.type) && !/^(float|int|uint)(32|64)$/.test(x.type) || x.type === 'complex64')
    return filled(x.type, dims, 1);
  const n = element_count(dims) * (x.type.startsWith('complex') ? 2 : 1);
  if (!x.data.length) return filled(x.type, dims, 1);
  const list = Array.from({ length: n }, (_, i) => x.data[i % x.data.length]);
  return { type: x.type, dims, data: x.type === 'string' ? list : x.data.constructor.from(list) };
}

function values_of(type) {
  if (type === 'string') return ['', '(((', 'a|*)[\u0000'];
  if (/^float(32|64)$/.test(type)) return [NaN, Infinity, -Infinity, -1, 0, 0.5, 1e30, 2 ** 63];
  const bits = ranges[type];
  if (!bits) return [];
  const most = 2n ** BigInt(bits) - 1n, least = type[0] === 'u' ? 0n : -most - 1n;
  return [-1n, 0n, 1n, 3n, 2n ** 40n, 2n ** 62n, most, least].filter((v, i, all) => v >= least && v <= most
    && all.indexOf(v) === i);
}

const with_input = (c, i, x) => ({ ...c, inputs: c.inputs.map((y, k) => k === i ? x : y) });
const each_tensor = (c, change) => ({ ...c, inputs: c.inputs.map((x) => is_tensor(x) ? change(x) : x) });

// Feeds of the same graph, { what, c }.
function* fed(c) {
  const huge = 2 ** 50;  // sizes that fit no memory, beside one that is 0
  const shapes = [
    ['a scalar', () => []],
    ['a rank more', (d) => [1, ...d]],
    ['a rank less', (d) => d.slice(1)],
    ['rank 8', () => Array(8).fill(1)],
    ['no element', () => [0]],
    ['no row', (d) => d.length ? [0, ...d.slice(1)] : [0]],
    ['no column', (d) => [...d.slice(0, -1), 0]],
    ['dimensions that are all 0', (d) => d.map(() => 0)],
    ['dimensions that are all 1', (d) => d.map(() => 1)],
    ['no row of a huge size', (d) => [0, ...d.slice(1).map(() => huge)]],
    ['many rows of no column', (d) => [...d.slice(1).map((_, i) => i ? 1 : 2 ** 16), 0]],
    ['huge rows of no column', (d) => [...d.slice(1).map(() => huge), 0]],
    ['one more at the end', (d) => d.map((n, axis) => n + (axis === d.length - 1 ? 1 : 0))],
    ['one more row', (d) => d.map((n, axis) => n + (axis ? 0 : 1))],
  ];
  const differs = (a, b) => JSON.stringify(a) !== JSON.stringify(b);
  for (const [what, shape] of shapes) {
    for (const [i, x] of c.inputs.entries())
      if (is_tensor(x) && x.dims.length <= 7 && differs(shape(x.dims), x.dims))
        yield { what: `input ${i}: ${what}`, c: with_input(c, i, reshaped(x, shape(x.dims))) };
    if (c.inputs.filter(is_tensor).length > 1) yield { what: `all inputs: ${what}`,
      c: each_tensor(c, (x) => reshaped(x, shape(x.dims.slice(0, 7)))) };
  }
  for (const [i, x] of c.inputs.entries()) {
    if (!is_tensor(x)) continue;
    for (const value of values_of(x.type)) yield { what: `input ${i}: all ${value}`,
      c: with_input(c, i, filled(x.type, x.dims, value)), values: i > 0 };
  }
  if (c.inputs.some((x) => Array.isArray(x))) yield { what: 'sequences without elements',
    c: { ...c, inputs: c.inputs.map((x) => Array.isArray(x) ? Object.assign([], { type: x.type }) : x) } };
}

const other_types = ['float32', 'int64', 'string', 'bool', 'uint8', 'int4', 'complex64', 'bfloat16'];

// Graphs of their own, { what, c, declared: shapes that the graph gives the inputs instead }.
function* built(c, attributes) {
  const n = c.inputs.length, last = c.inputs.findLast(is_tensor) ?? filled('float32', [1], 1);
  const inputs = (what, list) => ({ what, c: { ...c, inputs: list } });
  for (let k = 0; k < n; ++k) yield inputs(`${k} of ${n} inputs`, c.inputs.slice(0, k));
  for (let i = 0; i < n; ++i) if (c.inputs[i]) yield inputs(`without input ${i}`,
    with_input(c, i, null).inputs);
  yield inputs('an input more', [...c.inputs, last]);
  yield inputs('40 inputs more', [...c.inputs, ...Array(40).fill(last)]);
  yield inputs('inputs that are all absent', c.inputs.map(() => null));
  for (const more of [1, 20]) yield { what: `${more} outputs more`,
    c: { ...c, outputs: [...c.outputs, ...Array(more).fill({})] } };
  for (let i = 0; i < n; ++i) {
    const x = c.inputs[i];
    const was = x === nothing ? '' : x?.type;
    for (const type of other_types)
      if (type !== was) yield inputs(`input ${i}: of type ${type}`,
        with_input(c, i, filled(type, is_tensor(x) ? x.dims : [2], 1)).inputs);
    yield inputs(`input ${i}: a sequence`, with_input(c, i, Object.assign([last], { type: last.type }))
      .inputs);
    yield inputs(`input ${i}: a map`, with_input(c, i, Object.assign(new Map([[1n, 2]]), { type: 'float32' }))
      .inputs);
    yield inputs(`input ${i}: an absent optional`, with_input(c, i, nothing).inputs);
  }
  for (const size of [2n ** 40n, 2n ** 62n, int64_max]) {
    yield { what: `all dimensions declared as ${size}`, c, declared: (d) => d.map(() => size) };
    yield { what: `the first dimension declared as ${size}`, c, declared: (d) => d.map((m, axis) => axis ? m
      : size) };
    yield { what: `the last dimension declared as ${size}`, c, declared: (d) =>
      d.map((m, axis) => axis === d.length - 1 ? size : m) };
  }
  yield { what: 'an attribute that is not known', c: { ...c, attrs: { ...c.attrs, frobnicate: 1n } } };
  for (const [name, value] of attributes) {
    const { [name]: _, ...rest } = c.attrs;
    if (name in c.attrs) yield { what: `without attribute ${name}`, c: { ...c, attrs: rest } };
    for (const [what, to] of attribute_values(value)) yield { what: `attribute ${name}: ${what}`,
      c: { ...c, attrs: { ...rest, [name]: to } } };
  }
}

function* attribute_values(value) {
  const tensor = (type, dims) => ({ tensor: { type, shape: dims, data: '' } });
  const one = { tensor: { type: 'int64', shape: [1], data: 'AQAAAAAAAAA=' } };
  const kinds = [['an integer', 5n], ['a float', { float: 0.5 }], ['a string', 'nonsense'],
    ['integers', [1n, 2n]], ['floats', [{ float: 1 }]],
    ['strings', ['a', 'b']], ['an empty list', []], ['a tensor', one], ['a tensor without elements',
      tensor('float32', [0])],
    ['an empty graph', { json: '{"graph":{"nodes":[],"arg_nodes":[],"heads":[]}}' }]];
  yield* kinds;
  const numbers = [-1n, 0n, 9n, 2n ** 40n, int64_max, int64_min], floats = [NaN, Infinity, -1, 0, 1e38]
    .map((float) => ({ float }));
  if (typeof value === 'bigint') yield* numbers.map((v) => [`${v}`, v]);
  else if (value?.float !== undefined) yield* floats.map((v) => [`${v.float}`, v]);
  else if (typeof value === 'string') yield* ['', `${value}x`, value.slice(1)].map((v) => [`'${v}'`, v]);
  else if (Array.isArray(value) && value.length) {
    const plain = typeof value[0] === 'bigint' ? numbers : value[0].float !== undefined ? floats
      : ['', 'nonsense'];
    yield ['twice as long', [...value, ...value]];
    yield ['one shorter', value.slice(1)];
    for (const v of plain) {
      yield [`all ${v.float ?? v}`, value.map(() => v)];
      yield [`last ${v.float ?? v}`, [...value.slice(0, -1), v]];
    }
  } else if (value?.json?.includes('"graph"')) {
    for (const [what, change] of [
      ['without outputs', (g) => { g.heads = []; }],
      ['outputs twice', (g) => { g.heads = [...g.heads, ...g.heads]; }],
      ['without its last output', (g) => { g.heads = g.heads.slice(0, -1); }],
      ['without inputs', (g) =>
        { g.nodes = [{ op: 'null', name: 'k', attrs: { type: 'float32', shape: [0], data: '' } }];
        g.arg_nodes = []; g.heads = g.heads.map(() => [0, 0]); }],
      ['an input more', (g) => { g.arg_nodes = [...g.arg_nodes, g.nodes.length];
        g.nodes = [...g.nodes, { op: 'null', name: 'more', attrs: { type: 'float32' } }]; }],
      ['inputs as outputs', (g) => { g.heads = g.heads.map((_, i) => [g.arg_nodes[i] ?? 0, 0]); }],
      ['outputs turned round', (g) => { g.heads = g.heads.toReversed(); }],
    ]) {
      const copy = JSON.parse(value.json);
      change(copy.graph);
      yield [what, { json: JSON.stringify(copy) }];
    }
  }
}

// ---- how it is tried

// A run of control operators may rightly be endless: it is ended from outside.
const deadline = (ms) => {
  const end = performance.now() + ms;
  return { throwIfAborted() { if (performance.now() > end) throw Object.assign(new Error('ended'),
    { name: 'AbortError' }); } };
};

// A process or instance that has died says so again here, which would hide how it died.
function release(model) {
  try {
    model?.dispose();
  } catch (e) {
    if (e.code !== 'trap' && e.code !== 'native_crash') throw e;
  }
}

class Trial {
  constructor(t, row, form) {
    Object.assign(this, { t, row, form, tried: 0, wrong: [] });
  }
  async call(what, f) {
    this.t.at(what);
    const started = performance.now();
    let result = null, error = null;
    try {
      result = await f(this.row.where === 'control' ? { signal: deadline(200) } : {});
    } catch (e) {
      error = e;
    }
    ++this.tried;
    if (performance.now() - started > patience_ms)
      this.t.fail(`${what}: it took ${Math.round(performance.now() - started)} ms`);
    if (error && error.name !== 'AbortError') {
      if (error.code === 'trap' || error.code === 'native_crash' || !error.code) throw Object.assign(error,
        { message: `${what}: ${error.message}` });
      const wrong = this.form(error, this.row);
      if (wrong) this.wrong.push(`${what}: ${wrong}, got ${error.code}: ${error.message}`);
    }
    return result;
  }
  async model(what, c, way, run, declared) {
    const { graph, feeds } = graph_of(this.row.op, this.row.domain, declared ? each_tensor(c,
      (x) => ({ ...x, dims: declared(x.dims) })) : c, way);
    if (declared) for (const [i, x] of c.inputs.entries()) if (`in${i}` in feeds) feeds[`in${i}`] =
      x === nothing ? null : x;
    let model;
    try {
      await this.call(what, async (options) => {
        model = await this.t.load_shared({ graph });
        return run ? run(model, feeds, options) : model.run(feeds, options);
      });
    } finally {
      release(model);
    }
  }
}

function same(t, c, got, what) {
  c.outputs.forEach((o, k) => {
    const d = o && difference(got[`out${k}`], o.tensor, o.tolerance, `out${k}`);
    if (d) t.fail(`the call after ${what}: ${d}`);
  });
}

async function run_case(t, row, c, attributes, form, [every, first]) {
  const trial = new Trial(t, row, form);
  let at = 0;
  const chosen = () => at++ % every === first;
  const good = graph_of(row.op, row.domain, c, 'unranked');
  const model = await t.load_shared({ graph: good.graph });
  try {
    same(t, c, await model.run(good.feeds), 'none');
    for (const { what, c: bad, values } of fed(c)) {
      if (!chosen()) continue;
      let answered = false;
      await trial.call(what, async (options) => {
        await model.run(graph_of(row.op, row.domain, bad, 'unranked').feeds, options);
        answered = true;
      });
      if (!answered) same(t, c, await model.run(good.feeds), what);
      if (values) await trial.model(`${what}, as a weight`, bad, 'weights');
    }
    let n = 0;
    for (const { what, c: bad, declared } of built(c, attributes)) {
      if (!chosen()) continue;
      await trial.model(what, bad, ['fed', 'unranked', 'symbolic'][declared ? 0 : n++ % 3], null, declared);
    }
    same(t, c, await model.run(good.feeds), 'all');
  } finally {
    release(model);
  }
  if (trial.wrong.length) t.fail(trial.wrong.slice(0, 8).join('\n'));
  return trial.tried;
}

// ---- what a sentence must be

// Codes whose sentence is about a feed, a weight, the graph or memory, not about a node.
const without_node = new Set(['missing_feed', 'out_of_memory', 'too_large', 'bad_json', 'short_weights',
  'unplaced_feed', 'unknown_feed']);

// What is wrong with an error: a function of { code, message, node } and the row of the operator; null where
// nothing is.
function form_of(text) {
  const escaped = (s) => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = (sentence) => escaped(sentence).replace(/\\\$t/g, "[^']+").replace(/(\\\$\d)+/g, '.+');
  const forms = new Map(sentences(text)
    .map(([code, sentence]) => [code, new RegExp(`^(.*': )?${pattern(sentence)}$`)]));
  return ({ code, message, node }, row) => {
    if (/\n|undefined|\$\d|\$t/.test(message)) return 'expected one sentence';
    if (/^(input )?'in\d+'|^input 'in/.test(message)) return null;
       // a feed, refused by the shim or the planner
    if (!forms.has(code)) return 'expected a code of errors.def';
    if (!forms.get(code).test(message))
      return 'expected the sentence of its code, with something in each place';
    if (!node && !without_node.has(code)) return 'expected the name of a node';
    if (node === 'node' && !message.startsWith(`${row.op} 'node': `))
      return 'expected the operator and the node in front';
    return null;
  };
}

// ---- the cases

const size_of = (c) => c.inputs.reduce((n, x) => n + (is_tensor(x) ? element_count(x.dims) : 1), 0);
const wealth = (c) => 3 * c.inputs.filter(Boolean).length + Object.keys(c.attrs).length;

// The first case, and the one with most inputs and attributes.
export function starts(vectors) {
  const good = vectors.filter((c) => !c.error);
  const small = good.filter((c) => size_of(c) <= most_elements);
  const list = small.length ? small : good.sort((a, b) => size_of(a) - size_of(b)).slice(0, 1);
  const rich = list.reduce((best, c) => wealth(c) > wealth(best) ? c : best, list[0]);
  return [...new Set([rich, list[0]])];
}

// Which of the changes a row tries, [of how many one, the first]: one row of wasm all, three of the native
// ones all between them.
const parts = { 'node20 simd': [1, 0], 'native gcc-san': [3, 0], 'native clang-san': [3, 1], 'native gcc': [3, 2] };
const part_of = (t) => parts[`${t.host} ${t.variant}`] ?? [9, 0];

export async function cases(t) {
  const form = form_of(await t.fetchText('runtime/errors.def'));
  const part = part_of(t);
  let tried = 0;
  const rows = operators(await t.fetchText('runtime/ops.def'));
  const list = rows.map((row) => ({ name: `bad input of operators: ${row.name}`, async run(t) {
    const vectors = parse_vectors(await t.fetchText(`tests/ops/${row.name}.txt`));
    const attributes = new Map(vectors.filter((c) => !c.error).flatMap((c) => Object.entries(c.attrs)));
    for (const c of starts(vectors)) tried += await run_case(t, row, c, attributes, form, part);
  } }));
  list.push({ name: 'bad input of operators: all of the table', async run(t) {
    t.assert(rows.length > 200, `the table has only ${rows.length} rows`);
    return tried ? `${tried} bad inputs of ${rows.length} operators tried on ${t.host} ${t.variant}`
      : undefined;
  } });
  return list;
}
