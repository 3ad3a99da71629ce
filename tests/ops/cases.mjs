// Vectors of every operator: tests/ops/NAME.txt, each case fed, with weights, with symbolic and with unknown
// shapes.
import { difference } from '../tensors.mjs';
import { operators } from '../table.mjs';
import { graph_of, parse_vectors } from '../vectors.mjs';

const ways = ['fed', 'weights', 'symbolic', 'unranked'];

async function attempt(t, graph, feeds) {
  let model;
  try {
    model = await t.load_shared({ graph });
    return { model, outputs: await model.run(feeds) };
  } catch (error) {
    return { model, error };
  }
}

function check_outputs(t, c, outputs) {
  c.outputs.forEach((o, k) => {
    if (!o) return;
    const d = difference(outputs[`out${k}`], o.tensor, o.tolerance, `out${k}`);
    if (d) t.fail(d);
  });
}

const signature = (c) => JSON.stringify(c.inputs.map((x) => x && [x.type, x.dims?.length])) + c.outputs.length +
  JSON.stringify(c.attrs, (_, v) => typeof v === 'bigint' ? `${v}` : v);

async function run_case(t, row, c, way, good) {
  const { graph, feeds } = graph_of(row.op, row.domain, c, way);
  const { model, outputs, error } = await attempt(t, graph, feeds);
  try {
    if (!c.error) {
      if (error) throw error;
      check_outputs(t, c, outputs);
      check_outputs(t, c, await model.run(feeds));  // and again on the same plan
      return;
    }
    if (!error) t.fail(`expected the error ${c.error}, got [${Object.values(outputs).map((o) => `${o?.type} [${o?.dims}] ${[...o?.data ?? []].slice(0, 4)}`)}]`);
    if (error.code !== c.error) t.fail(`expected the error ${c.error}, got ${error.code ?? error.stack}: ${error.message}`);
    if (!model || way === 'weights') return;
    // The instance answers the next call: a good case of the same node, where there is one, or the same error
    // again.
    if (good && way !== 'fed') return check_outputs(t, good, await model.run(graph_of(row.op, row.domain, good, way).feeds));
    const again = await model.run(feeds).then(() => null, (e) => e);
    if (again?.code !== c.error) t.fail(`the second run: expected the error ${c.error}, got ${again?.code}: ${again?.message}`);
  } finally {
    await model?.dispose();
  }
}

export async function cases(t) {
  const list = [];
  for (const row of operators(await t.fetchText('runtime/ops.def'))) {
    let vectors;
    try {
      vectors = parse_vectors(await t.fetchText(`tests/ops/${row.name}.txt`));
    } catch (e) {
      list.push({ name: `${row.name}: vectors`, run: (t) => t.fail(e.message) });
      continue;
    }
    if (!vectors.some((c) => !c.error)) list.push({ name: `${row.name}: vectors`, run: (t) => t.fail('no case that succeeds') });
    for (const c of vectors) {
      const good = c.error && vectors.find((v) => !v.error && signature(v) === signature(c));
      for (const way of ways) {
        if (way === 'weights' && c.inputs.length < 2) continue;
        if ((way === 'symbolic' || way === 'unranked') && !c.inputs.some((x) => x && (way === 'unranked' || x.dims?.length))) continue;
        list.push({ name: `${row.name}: ${c.name} (${way})`, run: (t) => run_case(t, row, c, way, good) });
      }
    }
  }
  return list;
}
