// Matrix products of f32 in sizes that are cut at every edge of the kernels, against sums in double: each
// element within 4 ulp of the sum of |a b|.
import { model, graph, node, port, tensor } from '../onnx_writer.mjs';

const most_ulps = 4;

// m, k, n, and whether a and b lie turned; b is a weight or not.
const shapes = {
  'one element': [2, 1, 1],
  'cut tiles': [7, 5, 11],
  'whole tiles': [8, 16, 24],
  'three rows': [3, 40, 64],
  'rows packed': [18, 400, 260],
  'rows packed, two blocks of k': [21, 801, 257],
  'b turned': [9, 33, 19, { b_turned: true }],
  'a turned': [13, 20, 9, { a_turned: true }],
  'both turned': [130, 31, 17, { a_turned: true, b_turned: true }],
};

function numbers(n, seed) {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

async function check(t, [m, k, n, { a_turned = false, b_turned = false } = {}]) {
  const a = numbers(m * k, 1), b = numbers(k * n, 2), bias = numbers(n, 3);
  const a_dims = a_turned ? [k, m] : [m, k], b_dims = b_turned ? [n, k] : [k, n];
  for (const weight of [true, false]) {
    const more = weight ? [] : [port('b', 'float32', b_dims)];
    const bytes = model({ graph: graph({
      inputs: [port('a', 'float32', a_dims), ...more], outputs: [port('y', 'float32', [m, n])],
      initializers: [tensor('c', 'float32', [n], bias), ...weight ? [tensor('b', 'float32', b_dims, b)] : []],
      nodes: [node('Gemm', ['a', 'b', 'c'], ['y'], { attributes: { transA: Number(a_turned), transB: Number(b_turned) } })] }) });
    const net = await t.load_shared(bytes);
    const feeds = { a: { type: 'float32', dims: a_dims, data: a } };
    if (!weight) feeds.b = { type: 'float32', dims: b_dims, data: b };
    const { y } = await net.run(feeds);
    net.dispose();
    t.equal(y.dims, [m, n], 'dims');
    y.data.forEach((got, at) => {
      const i = Math.floor(at / n), j = at % n;
      let sum = bias[j], size = Math.abs(bias[j]);
      for (let q = 0; q < k; ++q) {
        const term = a[a_turned ? q * m + i : i * k + q] * b[b_turned ? j * k + q : q * n + j];
        sum += term;
        size += Math.abs(term);
      }
      if (!(Math.abs(got - sum) <= size * most_ulps * 2 ** -23)) t.fail(`[${i},${j}], b ${weight ? 'a weight' : 'fed'}: got ${got}, expected ${sum}`);
    });
  }
}

export const cases = Object.entries(shapes).map(([name, shape]) => ({ name: `product: ${name}`, run: (t) => check(t, shape) }));
