// docs/operators.md is what the table makes of it, and the tables are in order.
import { readFileSync } from 'node:fs';
import { make_page } from '../../docs/make_operators.mjs';

export const cases = [
  // A row twice builds: what it declares may be declared again.
  { name: 'tables are sorted by name, each row once', run(t) {
    for (const path of ['runtime/ops.def', 'runtime/kernels.def', 'runtime/codecs.def']) {
      const rows = [...readFileSync(`${t.root}${path}`, 'utf8').matchAll(/^[A-Z]+\((\w+)/gm)].map(([, name]) => name);
      if (!rows.length) t.fail(`${path} has no row`);
      const at = rows.findIndex((name, i) => i && name <= rows[i - 1]);
      if (at >= 0) t.fail(`${path}: ${rows[at]} stands behind ${rows[at - 1]}`);
    }
  } },
  { name: 'docs/operators.md is up to date', async run(t) {
    const page = await make_page();
    if (page === null) t.skip('the onnx package for Python is not there');
    const lines = readFileSync(`${t.root}docs/operators.md`, 'utf8').split('\n'), made = page.split('\n');
    const at = made.findIndex((line, i) => line !== lines[i]);
    if (at >= 0 || lines.length !== made.length)
      t.fail(`run node docs/make_operators.mjs; line ${at + 1} would be: ${made[at]}, it is: ${lines[at]}`);
  } },
];
