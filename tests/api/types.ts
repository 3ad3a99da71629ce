// Checked by tsc, never run: what the declarations must take and what they must refuse.
import { load, variants, type Feed, type Model, type MoteError, type Tensor, type Value, type Variant } from '../../js/index.js';
import { inspect } from '../../js/inspect.js';

export async function takes(bytes: Uint8Array, blob: Blob, signal: AbortSignal): Promise<void> {
  const model: Model = await load('model.onnx', { signal, variant: 'simd', progress: ({ loaded, total }) => console.log(loaded / total) });
  await load(new URL('https://example.org/model.onnx'));
  await load(bytes, { external: { 'model.onnx_data': blob } });
  await load(bytes.buffer, { external: new Map([['w', bytes]]) });
  await load({ graph: '{}', weights: blob });
  await load({ graph: { mote: 1 }, weights: { 'w.bin': bytes } });
  const x = { type: 'float32', dims: [1, 2], data: Float32Array.of(1, 2) } as const;
  const { y } = await model.run({ x, s: [x, x], m: new Map([[1n, 2]]), o: null }, { signal });
  if (y?.type === 'int64') y.data.at(0)?.toString(2) satisfies string | undefined;
  if (y?.type === 'string') y.data.join('') satisfies string;
  const { z } = await model.run<{ z: Tensor<'float32'> }>({ x });
  z.data satisfies Float32Array;
  const { list } = await model.run<{ list: Value[] }>({});
  list.length satisfies number;
  const output: Tensor = z, again: Feed = output;
  await model.run({ again });
  const { memoryBytes } = model.stats();
  memoryBytes satisfies number;
  model.inputs[0]?.shape satisfies (number | string)[] | undefined;
  variants satisfies readonly Variant[];
  const { operators, missing, inputs: [first] } = await inspect(blob, { signal });
  (operators.Conv ?? missing.Conv ?? 0) satisfies number;
  first?.shape satisfies (number | string)[] | null | undefined;
  model.dispose();
  await load(bytes).catch((e: MoteError) => e.code + (e.tensor ?? ''));
  await load({ graph: '{}' }, { hostOps: { Twice: async ({ inputs: [first] }) => [first ?? null] } });
}

export async function refuses(model: Model): Promise<void> {
  // @ts-expect-error a number is no source
  await load(3);
  // @ts-expect-error no such variant
  await load('model.onnx', { variant: 'sse' });
  // @ts-expect-error no such option
  await load('model.onnx', { varient: 'simd' });
  // @ts-expect-error no such type
  await model.run({ x: { type: 'float33', dims: [], data: new Float32Array(1) } });
  // @ts-expect-error dims are an array
  await model.run({ x: { type: 'float32', dims: 3, data: new Float32Array(1) } });
  // @ts-expect-error outputs cannot be set
  model.outputs = [];
}
