// mote/inspect: opsets, ports, operators, weights and what is missing, of whole and of incomplete models.
import { add_model, growing_loop, make_model } from '../models.mjs';
import { models, more } from '../zoo/cases.mjs';
import { graph, node, port, tensor } from '../onnx_writer.mjs';

const inspect = async (source) => (await import('../../js/inspect.js')).inspect(source);

const branch = (name, ...nodes) =>
  ({ graph: graph({ name, outputs: [port(`${name}_out`, 'float32', null)], nodes }) });
const incomplete = () => make_model({
  opsets: { '': 17, 'my.domain': 3 },
  inputs: [port('x', 'float32', ['n', 2, '']), port('c', 'bool', []), port('s', 'string', ['k'], 'sequence'),
    port('w', 'float32', [2])],
  outputs: [port('y', 'float32', null)],
  initializers: [tensor('w', 'float32', [2], Float32Array.of(1, 2)), tensor('e', 'int4', [3], null,
    { external: { location: 'e.bin', offset: 0, length: 2 } })],
  nodes: [node('Frobnicate', ['x', 'w', 'e'], ['a']), node('Frobnicate', ['a'], ['b']),
    node('Wibble', ['b'], ['d'], { domain: 'my.domain' }),
    node('If', ['c'], ['y'], { attributes: { then_branch: branch('t', node('Hidden', ['d'], ['t_out'])),
      else_branch: branch('e', node('Identity', ['d'], ['e_out'])) } })],
});

export const cases = (t) => t.native ? [] : [
  { name: 'inspect tells what a model is', async run(t) {
    t.equal(await inspect(add_model()), {
      opsets: { 'ai.onnx': 17 }, inputs: [{ name: 'x', type: 'float32', shape: ['n'] }],
        outputs: [{ name: 'y', type: 'float32', shape: ['n'] }],
      nodes: 1, operators: { Add: 1 }, weights: { count: 1, bytes: 4, files: [] }, missing: {} }, 'a sum');
    const loop = await inspect(new Blob([growing_loop()]));
    t.equal([loop.nodes, loop.operators.Loop, loop.operators.Where, loop.missing], [7, 1, 1, {}], 'a loop');
  } },
  { name: 'inspect lists what is missing, where load refuses', async run(t) {
    const found = await inspect(incomplete());
    t.equal(found.missing, { Frobnicate: 2, Hidden: 1, 'my.domain.Wibble': 1 }, 'missing');
    t.equal(found.operators, { Frobnicate: 2, Hidden: 1, Identity: 1, If: 1, 'my.domain.Wibble': 1 },
      'operators');
    t.equal(found.inputs, [{ name: 'x', type: 'float32', shape: ['n', 2, ''] }, { name: 'c', type: 'bool',
      shape: [] }, { name: 's', type: 'string', shape: ['k'], kind: 'sequence' }], 'inputs');
    t.equal([found.outputs, found.opsets], [[{ name: 'y', type: 'float32', shape: null }],
      { 'ai.onnx': 17, 'my.domain': 3 }], 'outputs, opsets');
    t.equal(found.weights, { count: 2, bytes: 10, files: ['e.bin'] }, 'weights');
    await t.error(t.load(incomplete()), 'unknown_operators');
  } },
  { name: 'inspect of graph JSON', async run(t) {
    const source = { mote: 1, nodes: [{ op: 'null', name: 'x', attrs: { type: 'float32', shape: [2] } },
      { op: 'Nowhere', name: 'y', inputs: [[0, 0]], outputs: ['y'] }], arg_nodes: [0], heads: [[1, 0]] };
    const found = await inspect({ graph: source });
    t.equal([found.operators, found.missing, found.inputs, found.outputs], [{ Nowhere: 1 }, { Nowhere: 1 },
      [{ name: 'x', type: 'float32', shape: [2] }], [{ name: 'y', type: '', shape: null }]], 'a graph');
  } },
  { name: 'inspect refuses what is no model, in one sentence', async run(t) {
    await t.error(inspect(new TextEncoder().encode('<!DOCTYPE html><html></html>')), 'not_onnx', /HTML/);
    await t.error(inspect({ graph: '{"mote": 1, "nodes": [' }), 'bad_json', /line 1/);
    const whole = add_model();
    for (let n = 1; n < whole.length; ++n) {
      const e = await inspect(whole.slice(0, n)).then(() => null, (e) => e);
      if (e && !e.code) throw e;
    }
  } },
  { name: 'inspect of every model of the zoo', async run(t) {
    if (!t.zoo || !t.node) t.skip('the zoo is not at hand');
    for (const name of [...models, ...more]) {
      const found = await inspect(`${t.root}build/zoo/${name}/model.onnx`);
      t.equal(found.missing, {}, `${name}: missing`);
      t.equal(Object.values(found.operators).reduce((n, k) => n + k, 0), found.nodes, `${name}: nodes`);
      t.assert(found.nodes && found.inputs.length && found.outputs.length && found.inputs.every((p) => p.name
        && p.type), `${name}: a port without name or type`);
    }
  } },
];
