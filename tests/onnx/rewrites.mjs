// Operators that the compiler makes of others: tests/onnx/rewrites/OPERATOR.txt holds vectors of each row of
// compiler/rewrites.def, in the format of tests/README.md, of com.microsoft as onnxruntime answers; each is
// fed, with weights and with symbols.
import { graph, model, node, port, tensor } from '../onnx_writer.mjs';
import { rewrites } from '../table.mjs';
import { difference } from '../tensors.mjs';
import { parse_vectors } from '../vectors.mjs';

const ways = ['fed', 'weights', 'symbolic'];

// An attribute as onnx_writer takes it.
const attribute = (v) => !Array.isArray(v) ? v : typeof v[0] === 'string' ? { strings: v } : v[0]?.float !== undefined ? { floats: v.map((x) => x.float) } : v;

function model_of({ op, domain }, c, way) {
  const name = (i) => `in${i}`, inputs = [], initializers = [], feeds = {};
  c.inputs.forEach((x, i) => {
    if (!x) return;
    if (way === 'weights' && i > 0) return initializers.push(tensor(name(i), x.type, x.dims, x.data));
    inputs.push(port(name(i), x.type, way === 'symbolic' ? x.dims.map((_, axis) => `d${i}_${axis}`) : x.dims));
    feeds[name(i)] = x;
  });
  const outs = c.outputs.length ? c.outputs : [{ tensor: { type: c.inputs[0].type } }];
  const attributes = Object.fromEntries(Object.entries(c.attrs).map(([k, v]) => [k, attribute(v)]));
  const nodes = [node(op, c.inputs.map((x, i) => x ? name(i) : ''), outs.map((o, k) => o ? `out${k}` : ''), { domain, name: 'node', attributes })];
  const outputs = outs.flatMap((o, k) => o ? [port(`out${k}`, o.tensor.type, null)] : []);
  return { bytes: model({ graph: graph({ inputs, outputs, initializers, nodes }), opsets: { '': 21, [domain]: 1 } }), feeds };
}

async function run(t, row, c, way) {
  const { bytes, feeds } = model_of(row, c, way);
  if (c.error) return void await t.error(async () => {
    const m = await t.load_shared(bytes);
    await m.run(feeds).finally(() => m.dispose());
  }, c.error);
  const m = await t.load_shared(bytes);
  try {
    for (let again = 0; again < 2; ++again) {
      const outputs = await m.run(feeds);
      c.outputs.forEach((o, k) => {
        const d = o && difference(outputs[`out${k}`], o.tensor, o.tolerance, `out${k}`);
        if (d) t.fail(d);
      });
    }
  } finally {
    await m.dispose();
  }
}

export async function cases(t) {
  const list = [];
  for (const row of rewrites(await t.fetchText('compiler/rewrites.def'))) {
    const op = `${row.domain} ${row.op}`;
    let vectors;
    try {
      vectors = parse_vectors(await t.fetchText(`tests/onnx/rewrites/${row.op}.txt`));
      if (!vectors.some((c) => !c.error)) throw new Error('no case that succeeds');
    } catch (e) {
      list.push({ name: op, run: (t) => t.fail(e.message) });
      continue;
    }
    for (const c of vectors)
      for (const way of ways)
        if (way !== 'weights' || c.inputs.length > 1) list.push({ name: `${op}: ${c.name} (${way})`, run: (t) => run(t, row, c, way) });
  }
  return list;
}
