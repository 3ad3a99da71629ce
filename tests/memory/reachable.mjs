// Loads a model, runs it once and prints the bytes of every WebAssembly.Memory that can still be reached:
//   node --expose-gc reachable.mjs FOLDER VARIANT      (a folder of the zoo)
import { readFileSync } from 'node:fs';
import { read_npy } from '../npy.mjs';

const memories = [];
const seen = (memory) => { if (memory instanceof WebAssembly.Memory) memories.push(new WeakRef(memory)); };
const { instantiate, Instance, Memory } = WebAssembly;
const look = (instance) => {
  Object.values(instance.exports).forEach(seen);
  return instance;
};
WebAssembly.instantiate = async (what, imports) => {
  const made = await instantiate.call(WebAssembly, what, imports);
  look(made.instance ?? made);
  return made;
};
WebAssembly.Instance = new Proxy(Instance, { construct: (target, args) => look(Reflect.construct(target, args)) });
WebAssembly.Memory = new Proxy(Memory, { construct(target, args) { const m = Reflect.construct(target, args); seen(m); return m; } });

const [folder, variant] = process.argv.slice(2);
const { load } = await import('../../js/index.js');
const info = JSON.parse(readFileSync(`${folder}/case.json`, 'utf8'));
const model = await load(`${folder}/model.onnx`, { variant });
await model.run(Object.fromEntries(info.cases[0].inputs.map((i) => [i.name, read_npy(readFileSync(`${folder}/${i.file}`))])));
for (let i = 0; i < 5; ++i) {  // weak references are cleared between turns
  await new Promise((resolve) => setTimeout(resolve, 10));
  globalThis.gc();
}
const sizes = [...new Set(memories.map((m) => m.deref()).filter(Boolean))].map((m) => m.buffer.byteLength);
console.log(JSON.stringify({ sizes, made: memories.length, stats: model.stats() }));
