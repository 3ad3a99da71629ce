// Runs that last: they pause for the other tasks of the thread, end at a signal, and leave the model usable.
import { add_model, floats, make_model } from '../models.mjs';
import { graph, node, port, tensor } from '../onnx_writer.mjs';

const list = [];
const add = (name, run) => list.push({ name, run });
const bool = (x) => ({ type: 'bool', dims: [], data: Uint8Array.of(x) });

// Loop without a count, whose condition is fed and stays: for ever, or no step at all. `nodes` of the body
// make v2 of v.
const endless = (nodes) => make_model({
  opsets: { '': 17 },
  inputs: [port('go', 'bool', []), port('x', 'float32', ['n'])], outputs: [port('y', 'float32', ['n'])],
  nodes: [node('Loop', ['', 'go', 'x'], ['y'], { name: 'loop', attributes: { body: { graph: graph({
    name: 'body', inputs: [port('i', 'int64', []), port('c', 'bool', []), port('v', 'float32', ['n'])],
    outputs: [port('c', 'bool', []), port(nodes.length ? 'v2' : 'v', 'float32', ['n'])], nodes }) } } })],
});
const bodies = { 'an empty body': [], 'a body of one node': [node('Relu', ['v'], ['v2'])] };

// Calls back at every task of the event loop until it says false.
const every_task = (call) => setTimeout(() => { if (call()) every_task(call); }, 0);

for (const [what, nodes] of Object.entries(bodies)) {
  add(`a loop without end, with ${what}, ends at a signal`, async (t) => {
    const model = await t.load(endless(nodes)), reason = new Error('enough');
    for (let i = 0; i < 2; ++i) {
      const controller = new AbortController();
      let turns = 0;
      every_task(() => ++turns < 4 || controller.abort(reason));
      t.assert(await model.run({ go: bool(1), x: floats(1) }, { signal: controller.signal }).catch((e) => e) === reason, 'the reason of the signal');
      t.equal([...(await model.run({ go: bool(0), x: floats(7, 8) })).y.data], [7, 8], 'the next run');
    }
    model.dispose();
  });
}
add('dispose while a run pauses', async (t) => {
  const model = await t.load(endless(bodies['a body of one node']));
  every_task(() => { model.dispose(); });
  await t.error(model.run({ go: bool(1), x: floats(1) }), 'disposed');
});
add('a run in slices gives what a run at once gives', async (t) => {
  const steps = 60_000;
  const body = graph({ name: 'body', inputs: [port('i', 'int64', []), port('c', 'bool', []), port('v', 'float32', [2])],
    outputs: [port('c', 'bool', []), port('v2', 'float32', [2])], initializers: [tensor('one', 'float32', [1], Float32Array.of(1))],
    nodes: [node('Add', ['v', 'one'], ['v2'])] });
  const model = await t.load(make_model({ opsets: { '': 17 }, inputs: [port('n', 'int64', []), port('x', 'float32', [2])], outputs: [port('y', 'float32', [2])],
    nodes: [node('Loop', ['n', '', 'x'], ['y'], { attributes: { body: { graph: body } } })] }));
  const run = async (n) => [...(await model.run({ n: { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(n)) }, x: floats(1, 2) })).y.data];
  t.equal(await Promise.all([run(3), run(steps), run(0)]), [[4, 5], [1 + steps, 2 + steps], [1, 2]]);
  model.dispose();
});
add('a signal that is aborted before, or while the run waits its turn', async (t) => {
  const model = await t.load(add_model()), reason = new Error('changed my mind'), controller = new AbortController();
  t.assert(await model.run({ x: floats(1) }, { signal: AbortSignal.abort(reason) }).catch((e) => e) === reason, 'before');
  const first = model.run({ x: floats(1) }, { signal: controller.signal }), second = model.run({ x: floats(2) }, { signal: controller.signal }), third = model.run({ x: floats(3) });
  controller.abort(reason);
  t.equal([...(await first).y.data], [11], 'what is done stays done');
  t.assert(await second.catch((e) => e) === reason, 'waiting');
  t.equal([...(await third).y.data], [13], 'without the signal');
  model.dispose();
});

export const cases = list;
