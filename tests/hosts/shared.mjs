// One instance of runtime and compiler for many models: what makes thousands of small cases quick (in Node 24
// every growth of a shared memory visits all others that are not collected yet). Suites that are about
// instances load fresh ones.
import { instantiate } from '../../js/engine.js';
import { get_module } from '../../js/modules.js';

// of a memory: what models leave behind in it stays until the instance is replaced
const most_bytes = 1 << 25;

// Gives { load(source, options), drop() }; drop() is called after a case that failed.
export function share(load, variant) {
  let engine;
  const fresh = async () => {
    const [runtime, compiler] = await Promise.all([variant, 'compiler'].map(async (name) => instantiate(await get_module(name))));
    // as beside a large model: at once
    const pool = runtime.shared ? (await import('../../js/worker.js')).open_pool(runtime, 2, [{ size: Infinity }]) : null;
    return { variant, runtime, compiler, pool };
  };
  const worn = ({ runtime, compiler }) => runtime.memory.size + compiler.memory.size > most_bytes;
  const drop = () => {
    engine?.pool?.end();
    engine = null;
  };
  return {
    async load(source, options = {}) {
      if (engine && worn(engine)) drop();
      engine ??= await fresh();
      return load(source, { ...options, engine });
    },
    drop,
  };
}
