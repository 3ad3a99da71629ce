// Reads tests/ops/NAME.txt (the format is in README.md) and makes the graph JSON of a case.
import { data_length, element_count, graph_constant, make_tensor, short_names } from './tensors.mjs';

// Tokens with their lines: separated by white space outside quotes and braces; # starts a comment.
function tokens_of(text) {
  const tokens = [];
  let line = 1, i = 0;
  while (i < text.length) {
    const c = text[i];
    if (c === '\n') ++line;
    if (/\s/.test(c)) { ++i; continue; }
    if (c === '#') { while (i < text.length && text[i] !== '\n') ++i; continue; }
    const start = i, at = line;
    let depth = 0, quoted = false;
    for (; i < text.length && (quoted || depth || !/\s/.test(text[i])); ++i) {
      if (text[i] === '\n') ++line;
      if (quoted && text[i] === '\\') ++i;
      else if (text[i] === '"') quoted = !quoted;
      else if (!quoted && text[i] === '{') ++depth;
      else if (!quoted && text[i] === '}') --depth;
    }
    tokens.push({ text: text.slice(start, i), line: at });
  }
  return tokens;
}

function number(text, type) {
  if (text === 'nan') return NaN;
  if (text === 'inf') return Infinity;
  if (text === '-inf') return -Infinity;
  if (type?.endsWith('int64')) return BigInt(text);
  const n = Number(text);
  if (text === '' || Number.isNaN(n)) throw new Error(`'${text}' is not a number`);
  return n;
}

// `f32[2,3]` and its values
function tensor_of(head, values) {
  const m = head.match(/^(\w+)\[([\d,]*)\]$/);
  const type = short_names[m?.[1]];
  if (!type) throw new Error(`'${head}' is not TYPE[dims]`);
  const dims = m[2] ? m[2].split(',').map(Number) : [];
  const n = element_count(dims) * (type.startsWith('complex') ? 2 : 1);
  const value = (t) => type === 'string' ? JSON.parse(t) : number(t, type);
  let list;
  if (values[0] === '=') list = Array(n).fill(value(values[1]));
  else if (values[0] === '..') list = Array.from({ length: n }, (_, i) => type.endsWith('int64') ? BigInt(i) : i);
  else list = values.map(value);
  if (list.length !== n) throw new Error(`${head}: got ${list.length} values, expected ${n}`);
  const tensor = make_tensor(type, dims, list);
  if (tensor.data.length !== data_length(type, element_count(dims))) throw new Error(`${head}: data does not fit`);
  return tensor;
}

const json_float = (x) => Number.isNaN(x) ? 'nan' : x === Infinity ? 'inf' : x === -Infinity ? '-inf' : x;

export const nothing = Symbol('an absent optional');

// `none`, a tensor, `map{keys values}`, `seq{values}` or `seq{TYPE}`. Sequences and maps as the shim takes
// them, with their type.
function value_of(head, values) {
  if (head === 'none') return nothing;
  const m = head.match(/^(seq|map)\{([^]*)\}$/);
  if (!m) return tensor_of(head, values);
  const items = [], tokens = tokens_of(m[2]).map((t) => t.text);
  if (tokens.length === 1 && short_names[tokens[0]]) return Object.assign([], { type: short_names[tokens[0]] });
  for (const token of tokens)
    if (/^(\w+\[|map\{)/.test(token)) items.push([token]);
    else items.at(-1).push(token);
  const parts = items.map(([first, ...rest]) => value_of(first, rest));
  if (m[1] === 'seq') return Object.assign(parts, { type: parts[0].type });
  return Object.assign(new Map(Array.from(parts[0].data, (k, i) => [k, parts[1].data[i]])), { type: parts[1].type });
}

// Graph JSON is written by hand where floats stand, so that 1.0 stays a float: { float: 1 } becomes the text
// 1.0.
export function json(value) {
  if (value && value.float !== undefined) {
    const x = json_float(value.float);
    if (typeof x === 'string') return JSON.stringify(x);
    if (Object.is(x, -0)) return '-0.0';
    const text = String(x);
    return /[.e]/.test(text) ? text : `${text}.0`;
  }
  if (value && value.json !== undefined) return value.json;
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  if (typeof value === 'bigint') return String(value);
  if (value && typeof value === 'object')
    return `{${Object.entries(value).filter(([, v]) => v !== undefined).map(([k, v]) => `${JSON.stringify(k)}:${json(v)}`).join(',')}}`;
  return JSON.stringify(value);
}

function attribute(text) {
  if (text.startsWith('"')) return JSON.parse(text);
  if (text.startsWith('{')) return { json: text };
  if (text.startsWith('[')) {
    const inner = text.slice(1, -1).trim();
    return inner ? inner.match(/"(?:[^"\\]|\\.)*"|[^,\s]+/g).map(attribute) : [];
  }
  const m = text.match(/^(\w+\[[\d,]*\])\{([^]*)\}$/);
  if (m) return { tensor: graph_constant(tensor_of(m[1], m[2].match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [])) };
  if (/^[+-]?\d+$/.test(text)) return BigInt(text);
  return { float: number(text) };
}

// All cases of a file: { name, line, attrs, inputs: value | null, outputs: { tensor, tolerance } | null,
// error }.
export function parse_vectors(text) {
  const cases = [];
  const tokens = tokens_of(text);
  let i = 0;
  const rest_of = () => {  // values up to the next keyword
    const values = [];
    while (i < tokens.length && !/^(case|in|out|ulp|tol|error)$/.test(tokens[i].text)) values.push(tokens[i++].text);
    return values;
  };
  let c = null;
  while (i < tokens.length) {
    const { text: word, line } = tokens[i++];
    try {
      if (word === 'case') {
        c = { name: tokens[i++].text, line, attrs: {}, inputs: [], outputs: [], error: null };
        for (const token of rest_of()) {
          const m = token.match(/^(\w+)=([^]*)$/);
          if (!m) throw new Error(`'${token}' is no attribute`);
          c.attrs[m[1]] = attribute(m[2]);
        }
        cases.push(c);
      } else if (word === 'in' || word === 'out') {
        const [head, ...values] = rest_of();
        const tensor = head === '-' ? null : value_of(head, values);
        if (word === 'in') c.inputs.push(tensor);
        else c.outputs.push(tensor && { tensor: tensor === nothing ? null : tensor, tolerance: {} });
      } else if (word === 'ulp') {
        c.outputs.at(-1).tolerance = { ulp: number(rest_of()[0]) };
      } else if (word === 'tol') {
        const [atol, rtol] = rest_of().map((t) => number(t));
        c.outputs.at(-1).tolerance = { atol, rtol };
      } else if (word === 'error') {
        c.error = rest_of()[0];
      } else {
        throw new Error(`'${word}' is not expected here`);
      }
    } catch (e) {
      throw new Error(`line ${line}: ${e.message}`);
    }
  }
  for (const k of cases) if (!k.error && !k.outputs.length) throw new Error(`line ${k.line}: case ${k.name} has no output`);
  return cases;
}

// Graph JSON of one node. ways: fed (shapes as they are), weights (all inputs but the first in place),
// symbolic (every dimension its own symbol), unranked (no shape at all).
export function graph_of(op, domain, c, way) {
  const nodes = [], arg_nodes = [], links = [], feeds = {};
  c.inputs.forEach((tensor, i) => {
    if (!tensor) return links.push(null);
    links.push([nodes.length, 0]);
    const attrs = { type: tensor.type };
    if (!tensor.dims) {
      if (tensor === nothing) attrs.type = 'float32';
      attrs.kind = tensor === nothing ? 'optional' : tensor instanceof Map ? 'map' : 'sequence';
      arg_nodes.push(nodes.length);
      feeds[`in${i}`] = tensor === nothing ? null : tensor;
    } else if (way === 'weights' && i > 0) {
      Object.assign(attrs, graph_constant(tensor));
    } else {
      attrs.shape = way === 'unranked' ? undefined : way === 'symbolic' ? tensor.dims.map((_, axis) => `d${i}_${axis}`) : tensor.dims;
      arg_nodes.push(nodes.length);
      feeds[`in${i}`] = tensor;
    }
    nodes.push({ op: 'null', name: `in${i}`, attrs });
  });
  const outs = c.outputs.length ? c.outputs : [{}];
  const heads = outs.flatMap((o, k) => o ? [[nodes.length, k]] : []);
  nodes.push({ op, domain: domain || undefined, name: 'node', inputs: links, outputs: outs.map((o, k) => o ? `out${k}` : ''), attrs: c.attrs });
  return { graph: json({ mote: 1, files: [''], nodes, arg_nodes, heads }), feeds };
}
