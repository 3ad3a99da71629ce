// The declarations of the shim, checked by tsc in strict mode. In one row only: they are the same everywhere.
async function check(t) {
  const { execFileSync } = await import('node:child_process');
  const tsc = `${t.root}tests/node_modules/typescript/bin/tsc`;
  try {
    execFileSync(process.execPath, [tsc, '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--module', 'nodenext', '--target',
      'es2022', '--lib', 'es2022,dom,dom.iterable', `${t.root}js/index.d.ts`, `${t.root}js/inspect.d.ts`, `${t.root}tests/api/types.ts`], { encoding: 'utf8', stdio: 'pipe' });
  } catch (e) {
    t.fail(e.stdout || e.message);
  }
}

export const cases = (t) => t.host === 'node20' && t.variant === 'simd' ? [{ name: 'index.d.ts', run: check }] : [];
