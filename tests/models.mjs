// Small models that several suites use, made on the spot.
import { graph, model, node, port, tensor } from './onnx_writer.mjs';

export const floats = (...values) => ({ type: 'float32', dims: [values.length], data: Float32Array.from(values) });

// y = x + w, x [n], w [1] = 10
export const add_model = (options = {}) => model({
  ...options,
  graph: graph({
    inputs: [port('x', 'float32', ['n'])], outputs: [port('y', 'float32', ['n'])],
    initializers: [tensor('w', 'float32', [1], Float32Array.of(10))], nodes: [node('Add', ['x', 'w'], ['y'], { name: 'plus' })],
  }),
});

// A model of one graph: nodes, ports and initializers.
export const make_model = ({ opsets, functions, ir, ...parts }) => model({ opsets, functions, ir, graph: graph(parts) });

// A Loop that carries `v`, whose size goes 1, 2, ..., 100, 1, 2, ...; trip count and first v are fed.
export function growing_loop() {
  const int = (name, ...values) => tensor(name, 'int64', [values.length], BigInt64Array.from(values, BigInt));
  const body = graph({
    name: 'body',
    inputs: [port('i', 'int64', []), port('go', 'bool', []), port('v', 'float32', ['size'])],
    outputs: [port('go_on', 'bool', []), port('v_next', 'float32', ['size_next'])],
    initializers: [int('hundred', 100), int('one', 1)],
    nodes: [
      node('Identity', ['go'], ['go_on']),
      node('Shape', ['v'], ['n']),
      node('Equal', ['n', 'hundred'], ['full']),
      node('Add', ['n', 'one'], ['more']),
      node('Where', ['full', 'one', 'more'], ['next']),
      node('ConstantOfShape', ['next'], ['v_next'], { attributes: { value: { tensor: tensor('', 'float32', [1], Float32Array.of(3)) } } }),
    ],
  });
  return make_model({
    opsets: { '': 17 },
    inputs: [port('steps', 'int64', []), port('start', 'float32', ['k'])], outputs: [port('end', 'float32', ['m'])],
    nodes: [node('Loop', ['steps', '', 'start'], ['end'], { name: 'loop', attributes: { body: { graph: body } } })],
  });
}
