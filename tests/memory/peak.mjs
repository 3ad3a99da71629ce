// Loads a model by path and prints the greatest resident size of the process in bytes: node peak.mjs [MODEL
// VARIANT]. Without arguments: that of an empty Node.
import { readFileSync } from 'node:fs';

const [path, variant] = process.argv.slice(2);
let answer = null;
if (path) {
  const { load } = await import('../../js/index.js');
  const model = await load(path, { variant });
  const { y } = await model.run({ x: { type: 'float32', dims: [1, 1024], data: new Float32Array(1024).fill(1) } });
  answer = [y.data[0], y.data[1023]];
}
const peak = Number(readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s*(\d+)/)[1]) * 1024;
console.log(JSON.stringify({ peak, answer }));
