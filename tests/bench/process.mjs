// The parent's side of engine.mjs, which runs in a process, or in a page of its own.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { root } from './options.mjs';

// Gives { ask(message), end() }.
export const start = (program, zoo) => program === 'chromium' ? start_page(zoo) : start_process(program, zoo);

async function start_page(zoo) {
  const { open_page } = await import('./page.mjs'), page = await open_page(zoo);
  return {
    async ask(message) {
      const answer = await page.evaluate(async (m) => (await import('/tests/bench/engine.mjs')).answer(m), { root: '/', zoo: '/zoo', ...message });
      if (answer.error) throw new Error(answer.error);
      return answer;
    },
    end: page.end,
  };
}

function start_process(program, zoo) {
  const child = fork(fileURLToPath(new URL('child.mjs', import.meta.url)), { execPath: program, execArgv: [] });
  const ask = (message) => new Promise((done, failed) => {
    const ended = (code, signal) => failed(new Error(`the process ended (${signal ?? code})`));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      if (answer.error) failed(new Error(answer.error));
      else done(answer);
    });
    child.send({ root, zoo, ...message });
  });
  return { ask, end: () => new Promise((done) => { child.once('exit', done); child.kill('SIGKILL'); }) };
}
