import { load } from '../js/index.js';

const model = await load(process.argv[2] ?? 'model.onnx');  // a path, a URL, bytes or a Blob
console.log(model.inputs, model.outputs);                   // of each { name, type, shape }
const x = { type: 'float32', dims: [1, 3, 48, 192], data: new Float32Array(3 * 48 * 192).fill(0.5) };
const outputs = await model.run({ [model.inputs[0].name]: x });
for (const [name, y] of Object.entries(outputs)) console.log(`${name}: ${y.type} [${y.dims}] ${y.data}`);
console.log(model.variant, model.stats());                  // bytes of memory
model.dispose();
