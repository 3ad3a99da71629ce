// Prints the sizes of what is built. With --update: writes them to wasm/sizes.json, the figures that
// tests/wasm holds against growth.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { measure, size_table } from './modules.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sizes = measure(root);
console.log(size_table(sizes));
if (process.argv.includes('--update')) {
  const rows = Object.entries(sizes).map(([path, size]) => `  ${JSON.stringify(path)}: ${JSON.stringify(size)}`);
  writeFileSync(`${root}wasm/sizes.json`, `{\n${rows.join(',\n')}\n}\n`);
}
