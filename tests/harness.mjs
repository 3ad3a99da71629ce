// Runs suites inside one host, a Node process or a page: the same file in both. A case is { name, run(t) };
// it passes when run() returns, fails when it throws, is skipped through t.skip(reason). A text that run()
// returns is printed. A module of a suite exports `cases` (or a default): a list, or a function of t that
// gives one; list.note is printed.

class Skip extends Error {}
class Failure extends Error {}

// base: what the host gives: { host, variant, native, browser, node, zoo, load(source, options),
// fetchBytes(path) }, and load_shared(source, options), which loads into an instance that other cases have
// used and will use. emit(record): to the parent.
export function make_t(base, emit) {
  const decoder = new TextDecoder();
  return {
    ...base,
    fetchText: async (path) => decoder.decode(await base.fetchBytes(path)),
    // what a long case does next: told where the host then says no more
    at(text) { emit({ kind: 'at', text }); },
    skip(reason) { throw new Skip(reason); },
    fail(reason) { throw new Failure(reason); },
    assert(condition, reason) { if (!condition) throw new Failure(reason); },
    equal(got, want, what = 'value') {
      const text = (x) => JSON.stringify(x, (_, v) => typeof v === 'bigint' ? `${v}n` : ArrayBuffer.isView(v) ? [...v].map(String) : v);
      if (text(got) !== text(want)) throw new Failure(`${what}: got ${text(got)}, expected ${text(want)}`);
    },
    // The error that the promise or function rejects with; fails where it does not, or where its code is
    // another.
    async error(what, code, pattern) {
      const e = await Promise.resolve().then(() => typeof what === 'function' ? what() : what).then(() => null, (e) => e);
      if (!e) throw new Failure(`expected the error ${code}, got none`);
      if (code && e.code !== code) throw new Failure(`expected the error ${code}, got ${e.code ?? e.stack}: ${e.message}`);
      if (pattern && !pattern.test(e.message)) throw new Failure(`expected a message like ${pattern}, got: ${e.message}`);
      return e;
    },
  };
}

// job: { suites: [{ name, files }], only, from: [suite, index] | null }; emit(record) goes to the parent.
// `from` is where an earlier process of the same job ended badly: everything before it has been reported.
export async function run_suites(job, base, import_file, emit) {
  const t = make_t(base, emit);
  const only = job.only && new RegExp(job.only);
  let skip_to = job.from;
  for (const suite of job.suites) {
    if (skip_to && skip_to[0] !== suite.name) continue;
    let list = [];
    for (const file of suite.files) {
      try {
        const exported = await import_file(file);
        const found = exported.cases ?? exported.default;
        if (!found) continue;
        const more = typeof found === 'function' ? await found(t) : found;
        if (more.note) emit({ kind: 'note', suite: suite.name, text: more.note });
        list = list.concat(more);
      } catch (e) {
        list.push({ name: `${file}: loading`, run() { throw e; } });
      }
    }
    for (const [index, c] of list.entries()) {
      if (skip_to && index < skip_to[1]) continue;
      if (only && !only.test(c.name)) continue;
      emit({ kind: 'start', suite: suite.name, index, name: c.name });
      const started = performance.now();
      let status = 'passed', reason = '';
      try {
        const text = await c.run(t);
        if (typeof text === 'string') emit({ kind: 'note', suite: suite.name, text });
      } catch (e) {
        status = e instanceof Skip ? 'skipped' : 'failed';
        if (status === 'failed') await base.drop_shared?.();
        reason = e instanceof Skip || e instanceof Failure ? e.message : `${e?.code ? `${e.code}: ` : ''}${e?.message ?? e}`;
        if (!(e instanceof Skip || e instanceof Failure || e?.code)) reason += `\n${String(e?.stack ?? '').split('\n').slice(1, 5).join('\n')}`;
      }
      emit({ kind: 'end', suite: suite.name, index, name: c.name, status, reason, ms: Math.round(performance.now() - started) });
    }
    skip_to = null;
  }
}
