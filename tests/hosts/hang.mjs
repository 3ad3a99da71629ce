// What a host that says nothing is doing: which of its threads use a processor, and where the others wait.
import { readFileSync, readdirSync } from 'node:fs';

const hertz = 100;  // of the times in /proc
const sample_ms = 1000;
// it may have ended meanwhile
const read = (path) => { try { return readFileSync(path, 'utf8'); } catch { return ''; } };
const entries = (path) => { try { return readdirSync(path); } catch { return []; } };

// A process and all that it has started.
export function family(pid) {
  const children = entries(`/proc/${pid}/task`).flatMap((task) => read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean));
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}
export const name_of = (pid) => read(`/proc/${pid}/comm`).trim();

const threads = (pid) => entries(`/proc/${pid}/task`).map((task) => {
  const of = `/proc/${pid}/task/${task}`, stat = read(`${of}/stat`).replace(/^.*\) /s, '').split(' ');
  return { task, state: stat[0], place: read(`${of}/wchan`), used: (Number(stat[11]) + Number(stat[12])) / hertz };
});

// A line a process: what its main thread does, and how many others do anything. R is running; a main thread
// of Node that waits in epoll has a promise that nobody keeps, one in a futex is a matter of the engine.
export async function describe(pid) {
  const before = family(pid).map((process) => [process, threads(process)]);
  await new Promise((done) => setTimeout(done, sample_ms));
  return before.map(([process, were]) => {
    const now = new Map(threads(process).map((t) => [t.task, t]));
    const grown = (t) => (now.get(t.task)?.used ?? t.used) - t.used;
    const { state, place } = now.get(were[0]?.task) ?? {};
    const busy = were.slice(1).filter((t) => grown(t) > 0.02 * sample_ms / 1000).length;
    return `${name_of(process)} (${process}): ${state === undefined ? 'has ended' : `state ${state}, ${place || 'unknown place'}, ${Math.round(grown(were[0]) * 1e5 / sample_ms)} % of a processor`}; ${busy} of ${were.length - 1} other threads are busy`;
  }).join('\n');
}
