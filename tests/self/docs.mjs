// docs/operators.md is what the table makes of it.
import { readFileSync } from 'node:fs';
import { make_page } from '../../docs/make_operators.mjs';

export const cases = [
  { name: 'docs/operators.md is up to date', async run(t) {
    const page = await make_page();
    if (page === null) t.skip('the onnx package for Python is not there');
    const lines = readFileSync(`${t.root}docs/operators.md`, 'utf8').split('\n'), made = page.split('\n');
    const at = made.findIndex((line, i) => line !== lines[i]);
    if (at >= 0 || lines.length !== made.length)
      t.fail(`run node docs/make_operators.mjs; line ${at + 1} would be: ${made[at]}, it is: ${lines[at]}`);
  } },
];
