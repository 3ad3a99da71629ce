// The tests' own tools: a comparison that lets everything pass would hide every fault.
import { difference, from_bf16, from_f16, make_tensor, short_names, to_bf16, to_f16 } from '../tensors.mjs';
import { read_npy, write_npy } from '../npy.mjs';
import { graph_of, parse_vectors } from '../vectors.mjs';
import { live_set_bytes, overlap } from '../memory/live_set.mjs';

const f = (...v) => make_tensor('float32', [v.length], v);

export const cases = [
  { name: 'difference sees what differs', run(t) {
    const differs = (a, b, tolerance) => { if (!difference(a, b, tolerance))
      t.fail(`no difference between ${JSON.stringify(a)} and ${JSON.stringify(b)}`); };
    const agrees = (a, b, tolerance) => { const d = difference(a, b, tolerance); if (d) t.fail(d); };
    differs(f(1), f(2));
    differs(f(1, 2), f(1));
    differs(f(NaN), f(1), { atol: 9, rtol: 9 });
    differs(f(1), f(NaN), { atol: 9, rtol: 9 });
    differs(f(Infinity), f(1), { atol: 9, rtol: 9 });
    differs(f(1), f(Infinity), { atol: 9, rtol: 9 });
    differs(f(-Infinity), f(Infinity), { ulp: 4 });
    differs(f(NaN), f(1), { ulp: 1e9 });
    differs(f(1 + 4 * 2 ** -23), f(1), { ulp: 3 });
    differs(f(1.1), f(1), { rtol: 0.09 });
    differs(make_tensor('float32', [1, 2], [1, 2]), f(1, 2));
    differs(make_tensor('float64', [1], [1]), f(1));
    differs(make_tensor('int64', [1], [1n]), make_tensor('int64', [1], [2n]));
    differs(make_tensor('string', [1], ['a']), make_tensor('string', [1], ['b']));
    differs(make_tensor('int4', [3], [1, -8, 7]), make_tensor('int4', [3], [1, -8, 6]));
    differs(undefined, f(1));
    differs([f(1)], [f(1), f(2)]);
    agrees(f(NaN, -0, Infinity), f(NaN, 0, Infinity));
    agrees(f(1 + 4 * 2 ** -23), f(1), { ulp: 4 });
    agrees(f(2 ** -149), f(-(2 ** -149)), { ulp: 2 });
    agrees(f(1.1), f(1), { rtol: 0.11 });
  } },
  { name: 'half floats there and back', run(t) {
    for (let bits = 0; bits < 65536; ++bits) {
      const x = from_f16(bits), y = from_bf16(bits);
      if (x === x && to_f16(x) !== bits) t.fail(`float16 ${bits}: ${x} became ${to_f16(x)}`);
      if (y === y && to_bf16(y) !== bits) t.fail(`bfloat16 ${bits}: ${y} became ${to_bf16(y)}`);
    }
    t.equal([to_f16(65519.99), to_f16(65520), to_f16(2 ** -25), to_f16(2 ** -25 * 1.01)],
      [0x7bff, 0x7c00, 0, 1], 'float16 at the edges');
  } },
  { name: '.npy there and back', run(t) {
    for (const tensor of [f(1, 2, 3), make_tensor('int64', [], [-5n]), make_tensor('bool', [1, 2], [1, 0]),
      make_tensor('float32', [0, 3], [])])
      t.equal(read_npy(write_npy(tensor)), tensor, '.npy');
  } },
  { name: 'vectors are read: attributes, absent inputs, tolerances, errors', run(t) {
    const [a, b] = parse_vectors(`# comment
case one axis=-1 alpha=0.5 mode="a b" list=[1,2] v=f32[2]{1 2}
 in f32[2] 1 -inf # more
 in -
 out i64[3] ..
 tol 0.1 0.2
case two
 in str[1] "#\\"x"
 error bad_type
`);
    t.equal([a.name, a.attrs.axis, a.attrs.alpha, a.attrs.mode, a.inputs.length, a.outputs[0].tolerance],
      ['one', -1n, { float: 0.5 }, 'a b', 2, { atol: 0.1, rtol: 0.2 }], 'case one');
    t.equal([b.error, b.inputs[0].data], ['bad_type', ['#"x']], 'case two');
    t.equal(JSON.parse(graph_of('Op', '', a, 'symbolic').graph).nodes[0].attrs.shape, ['d0_0'], 'symbols');
    t.equal(Object.keys(short_names).length, 26, 'types');
  } },
  { name: 'the live set is counted, and an overlap is seen', run(t) {
    const places = [[0, 64], [64, 128], [0, 64], [192, 64]].map(([offset, bytes], root) =>
      ({ offset, bytes, root, isOutput: root === 3 }));
    const steps = [{ inputs: [0], outputs: [1] }, { inputs: [1, null], outputs: [2] },
      { inputs: [2], outputs: [3] }];
    const place = (v) => places[v];
    t.equal([live_set_bytes(steps, place), overlap(steps, place)], [192, null], 'three steps');
    places[2].offset = 128;
    if (!overlap(steps, place)) t.fail('an overlap was not seen');
  } },
];
