// The parent's side of child.mjs.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// Gives { ask(message), end() }.
export function start(program) {
  const child = fork(fileURLToPath(new URL('child.mjs', import.meta.url)), { execPath: program, execArgv: [] });
  const ask = (message) => new Promise((done, failed) => {
    const ended = (code, signal) => failed(new Error(`the process ended (${signal ?? code})`));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      if (answer.error) failed(new Error(answer.error));
      else done(answer);
    });
    child.send(message);
  });
  return { ask, end: () => new Promise((done) => { child.once('exit', done); child.kill('SIGKILL'); }) };
}
