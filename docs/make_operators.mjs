// Writes docs/operators.md: node docs/make_operators.mjs. The operators are the rows of runtime/ops.def;
// since which opset they
// are is what the onnx package says; which types they take is found by trying them all on
// js/dist/mote-simd.wasm.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from '../js/index.js';
import { filled, is_tensor, starts } from '../tests/errors/operators.mjs';
import { share } from '../tests/hosts/shared.mjs';
import { operators } from '../tests/table.mjs';
import { short_names } from '../tests/tensors.mjs';
import { graph_of, parse_vectors } from '../tests/vectors.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path) => readFileSync(root + path, 'utf8');

// ---- types

const names = Object.values(short_names);
const float8 = names.filter((n) => /^float8/.test(n)), sub = ['int2', 'uint2', 'int4', 'uint4'];
const families = {  // names of sets, the widest first
  any: names,
  real: names.filter((n) => !/^complex|^string$/.test(n)),
  number: names.filter((n) => /^(float(16|32|64)|bfloat16|u?int(8|16|32|64))$/.test(n)),
  int: names.filter((n) => /^u?int(8|16|32|64)$/.test(n)),
  float: ['float16', 'bfloat16', 'float32', 'float64'],
  float8: float8.filter((n) => n !== 'float8e8m0'),
  complex: ['complex64', 'complex128'],
  int4: sub,
};
function set_name(set) {
  const rest = new Set(set), words = [];
  for (const [word, members] of Object.entries(families))
    if (members.every((m) => rest.has(m))) {
      words.push(`*${word}*`);
      for (const m of members) rest.delete(m);
    }
  return [...words, ...names.filter((n) => rest.has(n))].join(', ');
}

const refuses_type = new Set(['bad_type', 'unsupported', 'bad_attribute']);

async function takes(engine, row, c) {
  const { graph, feeds } = graph_of(row.op, row.domain, c, 'fed');
  let model;
  try {
    model = await engine.load({ graph });
    await model.run(feeds);
    return true;
  } catch (e) {
    return !refuses_type.has(e.code);
  } finally {
    model?.dispose();
  }
}

// By input, the types it takes: alone, or together with the inputs of its type.
async function types_of(engine, row) {
  const [c] = starts(parse_vectors(read(`tests/ops/${row.name}.txt`)));
  const sets = [];
  for (const [i, x] of c.inputs.entries()) {
    if (!x) sets.push(null);
    else if (!is_tensor(x)) sets.push('a sequence, a map or an optional');
    else {
      const set = [];
      for (const type of names) {
        const as = (y) => filled(type, y.dims, 1), change = (which) =>
          ({ ...c, inputs: c.inputs.map((y, k) => is_tensor(y) && which(y, k) ? as(y) : y) });
        if (type === x.type || await takes(engine, row, change((_, k) => k === i)) || await takes(engine, row,
          change((y) => y.type === x.type))) set.push(type);
      }
      sets.push(set_name(set));
    }
  }
  const runs = [];  // neighbours that take the same
  sets.forEach((set, i) => {
    if (set === null) return;
    if (runs.length && runs.at(-1).set === set) runs.at(-1).last = i;
    else runs.push({ set, first: i, last: i });
  });
  if (runs.length < 2) return runs[0]?.set ?? '';
  return runs.map(({ set, first, last }) => `${first}${last > first ? `–${last}` : ''}: ${set}`).join('; ');
}

// ---- opsets

// { 'domain|operator': opset }, or null where there is no onnx package.
function opsets() {
  const python = [process.env.MOTE_PYTHON, `${root}.venv/bin/python`].find((p) => p && existsSync(p))
    ?? 'python3';
  const program = `
import json, onnx.defs
first = {}
for s in onnx.defs.get_all_schemas_with_history():
    key = s.domain + '|' + s.name
    first[key] = min(s.since_version, first.get(key, 99))
print(json.dumps(first))`;
  const { status, stdout } = spawnSync(python, ['-c', program], { encoding: 'utf8' });
  return status ? null : JSON.parse(stdout);
}

// ---- the page

// The text of docs/operators.md, or null where the onnx package is not at hand.
export async function make_page() {
  const since = opsets();
  if (!since) return null;
  const files = readdirSync(`${root}runtime/ops`).filter((f) => f.endsWith('.cpp'))
    .map((f) => [f, read(`runtime/ops/${f}`)]);
  const engine = share(load, 'simd');
  const rows = operators(read('runtime/ops.def')).sort((a, b) => a.domain < b.domain || (a.domain === b.domain
    && a.op < b.op) ? -1 : 1);
  const lines = [];
  for (const row of rows) {
    const file = files.find(([, text]) => new RegExp(`\\bop_${row.name}\\b`).test(text))?.[0];
    const opset = since[`${row.domain}|${row.op}`] ?? 1;
    const where = `[${row.where}](../runtime/ops/${file})`;
    const domain = row.domain || 'ai.onnx';
    lines.push(`| ${[row.op, domain, opset, await types_of(engine, row), where].join(' | ')} |`);
  }
  return `# Operators

Made by \`node docs/make_operators.mjs\` from \`runtime/ops.def\`; a test fails where it is out of date.
There are ${rows.length}. Models of all opsets are brought to ai.onnx 28 on loading: what older opsets mean, and
operators that the compiler makes of others, are not here (\`compiler/\`).

*since*: the opset in which the operator came. *types*: what each input takes, as tried; inputs that must have
one type were changed together. *where*: the file, and who runs it: **kernel**, the runtime; **fold**, also the
compiler, on constants; **view**, nobody, the output is the input in another shape; **control**, the executor,
with the runs of subgraphs.

${Object.entries(families).map(([word, members]) => `*${word}*: ${members.join(' ')}`).join('  \n')}

| operator | domain | since | types | where |
| --- | --- | --- | --- | --- |
${lines.join('\n')}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = await make_page();
  if (page === null) console.error('the onnx package for Python is missing: run toolchain/setup');
  else writeFileSync(`${root}docs/operators.md`, page);
  process.exit(page === null ? 1 : 0);
}
