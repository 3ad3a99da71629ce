// The one runner: node tests/run.mjs [--suite S]… [--variant V]… [--host H]… [--only REGEX] [--jobs 2]
// [--update] [--verbose] --verbose also prints every result, and the slowest cases. Prints the first failures
// with their reasons, a table of variant, host and suite, and last `N passed, N failed, N skipped`. --update
// adds the names that pass in every row that ran to the lists of tests/onnx.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, family, name_of } from './hosts/hang.mjs';
import { prepare } from './prepare.mjs';
import { rows, suites } from './suites.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
// a host that says nothing for so long is ended and its case counts as failed
const quiet_limit_ms = 120_000;
const end_limit_ms = 20_000;     // after its last word
const shown_failures = 60;

const options = { suite: [], variant: [], host: [], only: null, jobs: 2, update: false, verbose: false };
for (let i = 2; i < process.argv.length; ++i) {
  const key = process.argv[i].replace(/^--/, '');
  if (key === 'update' || key === 'verbose') options[key] = true;
  else if (Array.isArray(options[key])) options[key].push(...process.argv[++i].split(','));
  else if (key in options) options[key] = key === 'jobs' ? Number(process.argv[++i]) : process.argv[++i];
  else if (key in suites) options.suite.push(key);
  else {
    console.error(`unknown argument ${process.argv[i]}; suites: ${Object.keys(suites).join(' ')}`);
    process.exit(2);
  }
}
const wants = (list, name) => !list.length || list.includes(name);

const files_of = (suite) => existsSync(`${root}tests/${suite}`)
  ? readdirSync(`${root}tests/${suite}`).sort().map((f) => `tests/${suite}/${f}`)
    .filter((f) => f.endsWith('.mjs') && /^export (const|default|async function|function) ?cases\b|^export default/m.test(readFileSync(root + f, 'utf8'))) : [];

// The program of a row, or why there is none.
function command_of({ host, variant }) {
  const missing = (what) => ({ missing: `${what} is not there: run toolchain/setup and toolchain/build` });
  if (host === 'node24') {
    const node = ['node24', 'node'].map((n) => `${root}tests/node_modules/${n}/bin/node`).find(existsSync);
    return node ? { program: node, script: 'tests/hosts/node.mjs', version: 24 } : missing('Node 24 (tests/node_modules/node24)');
  }
  if (host === 'chromium') {
    if (!existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium')) return missing('Chromium');
    return { program: process.execPath, script: 'tests/hosts/chromium.mjs', batches: true };
  }
  if (host === 'native') {
    const remote = `${root}build/native/${variant}/mote-remote`;
    return existsSync(remote) ? { program: process.execPath, script: 'tests/hosts/node.mjs', remote } : missing(`build/native/${variant}/mote-remote`);
  }
  return { program: process.execPath, script: 'tests/hosts/node.mjs' };
}

const results = [];  // { host, variant, suite, name, status, reason, ms }
const notes = new Set();

// Runs a row's suites in processes of their own, one after the other: a process that dies is replaced by one
// that goes on after the case that killed it.
async function run_row(row, list, number) {
  const add = (suite, name, status, reason, ms = 0) => {
    results.push({ ...row, suite, name, status, reason, ms });
    if (options.verbose || status === 'failed') process.stderr.write(`${status} ${row.variant} ${row.host} ${suite}: ${name}${reason ? ` — ${reason.split('\n')[0]}` : ''}\n`);
  };
  const command = command_of(row);
  if (command.missing) return list.forEach((s) => add(s, 'host', 'failed', command.missing));
  let from = null, careful = false;
  for (let deaths = 0; deaths < 20; ++deaths) {
    const job_file = `${root}build/tests/job-${process.pid}-${number}.json`;
    writeFileSync(job_file, JSON.stringify({ ...row, remote: command.remote ?? null, only: options.only, zoo, from, careful,
      suites: list.map((name) => ({ name, files: files_of(name) })) }));
    const child = spawn(command.program, [root + command.script, job_file], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], cwd: root });
    let current = null, done = false, said = '', timer, reported = from, hung = '', heard = 0;
    async function hang() {
      if (done) {  // an engine may fail to end; all that it had to say has come
        notes.add(`${row.variant} ${row.host}: the host did not end by itself`);
        return child.kill('SIGKILL');
      }
      const before = heard, answer = `no answer for ${quiet_limit_ms / 1000} s${current?.at ? ` since ${current.at}` : ''}\n${await describe(child.pid)}`;
      if (heard !== before) return;
      // tells where it is
      const remote = hung ? null : family(child.pid).find((pid) => name_of(pid) === 'mote-remote');
      hung = answer;
      if (remote) process.kill(remote, 'SIGABRT');
      else child.kill('SIGKILL');
      wake();
    }
    const wake = () => { clearTimeout(timer); timer = setTimeout(hang, done ? end_limit_ms : quiet_limit_ms); };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => { said = (said + d).slice(-4000); });
    wake();
    const lines = createInterface({ input: child.stdio[3] });
    lines.on('line', (line) => {
      const record = JSON.parse(line);
      ++heard;
      if (record.kind === 'start') current = record;
      else if (record.kind === 'at') { if (current) current.at = record.text; }
      else if (record.kind === 'note') notes.add(`${record.suite}: ${record.text}`);
      else if (record.kind === 'done') done = true;
      else if (record.kind === 'end') {
        add(record.suite, record.name, hung ? 'failed' : record.status, [hung, record.reason].filter(Boolean).join('\n'), record.ms);
        current = null;
        hung = '';
        reported = [record.suite, record.index + 1];
      }
      wake();
    });
    const [code, signal] = await new Promise((resolve) => {
      let ended = null, closed = false;
      const both = () => { if (ended && closed) resolve(ended); };
      child.on('close', (...how) => { ended = how; both(); });
      child.on('error', (e) => { said += e.message; ended = [1, null]; closed = true; both(); });
      lines.on('close', () => { closed = true; both(); });
    });
    ++heard;
    clearTimeout(timer);
    rmSync(job_file);
    if (done) return;
    const how = `the host ended (${signal ?? `exit code ${code}`}): ${hung}${hung && '\n'}${said.trim().split('\n').slice(-12).join('\n')}`;
    // which case it was is not known yet: again from the last one known, record by record
    if (command.batches && !careful) {
      careful = true;
      from = reported;
      continue;
    }
    if (!current) return add(from?.[0] ?? list[0], 'host', 'failed', how);
    add(current.suite, current.name, 'failed', how);
    from = [current.suite, current.index + 1];
  }
  add(list.at(-1), 'host', 'failed', 'the host ended too often');
}

function print_table() {
  const width = (list, title) => Math.max(title.length, ...list.map((s) => s.length));
  const names = Object.keys(suites).filter((s) => results.some((r) => r.suite === s));
  const used = rows.filter((row) => results.some((r) => r.host === row.host && r.variant === row.variant));
  const cell = (row, suite) => {
    const mine = results.filter((r) => r.host === row.host && r.variant === row.variant && r.suite === suite);
    const n = (status) => mine.filter((r) => r.status === status).length;
    const seconds = Math.round(mine.reduce((sum, r) => sum + r.ms, 0) / 1000);
    return mine.length ? `${n('passed')}/${n('failed')}/${n('skipped')} ${seconds}s` : '';
  };
  const table = [['variant', 'host', ...names], ...used.map((row) => [row.variant, row.host, ...names.map((s) => cell(row, s))])];
  const widths = table[0].map((title, i) => width(table.map((line) => line[i]), title));
  console.log('\npassed/failed/skipped, seconds');
  for (const line of table) console.log(line.map((text, i) => text.padEnd(widths[i])).join('  ').trimEnd());
}

// Of the models of the zoo, and of every list of backend tests: what passes of all but those that errata
// name.
const pack_of = ({ suite, name }) => suite === 'packs' ? name.split('/')[0] : 'onnx';
const backend = (r) => ['onnx', 'packs'].includes(r.suite) && r.name.includes('test_');
function print_scores() {
  const scores = new Map();
  for (const r of results.filter(backend)) {
    const key = `${pack_of(r)} ${r.variant} ${r.host}`;
    const score = scores.get(key) ?? scores.set(key, { passed: 0, all: 0, apart: 0 }).get(key);
    if (r.reason.startsWith('errata: ')) ++score.apart;
    else ++score.all;
    if (r.status === 'passed') ++score.passed;
  }
  for (const row of rows) {
    const models = results.filter((r) => r.suite === 'zoo' && r.host === row.host && r.variant === row.variant && r.status !== 'skipped');
    if (models.length) console.log(`score of zoo ${row.variant} ${row.host}: ${models.filter((r) => r.status === 'passed').length} of ${models.length} models`);
  }
  for (const [key, { passed, all, apart }] of scores)
    console.log(`score of ${key}: ${passed} of ${all} backend tests pass (${(100 * passed / all).toFixed(1)} %), ${apart} of errata apart`);
}

const golden_headings = {
  onnx: ['passing.txt', 'Backend tests of the onnx package'], legacy: ['legacy.txt', 'Backend tests of older opsets'],
  'ort-ops': ['ort-ops.txt', 'Tests of onnxruntime\'s operators'],
};
function update_golden() {
  for (const [pack, [file, heading]] of Object.entries(golden_headings)) {
    const path = `${root}tests/onnx/${file}`;
    const tried = results.filter((r) => backend(r) && pack_of(r) === pack);
    if (!tried.length) continue;
    const failed = new Set(tried.filter((r) => r.status !== 'passed').map((r) => r.name));
    const old = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter((l) => l && !l.startsWith('#')) : [];
    const passed = tried.filter((r) => !failed.has(r.name)).map((r) => r.name.split('/').at(-1));
    writeFileSync(path, `# ${heading} that pass. This list may only grow.\n${[...new Set([...old, ...passed])].sort().join('\n')}\n`);
  }
}

const started = Date.now();
mkdirSync(`${root}build/tests`, { recursive: true });
const { zoo } = await prepare(root, (suite) => wants(options.suite, suite));
const work = rows.filter((r) => wants(options.host, r.host) && wants(options.variant, r.variant))
  .map((row) => [row, Object.keys(suites).filter((s) => suites[s].on === row.kind && wants(options.suite, s) && files_of(s).length
    && wants(suites[s].hosts ?? [], row.host) && wants(suites[s].variants ?? [], row.variant))])
  .filter(([, list]) => list.length);
let next = 0;
await Promise.all(Array.from({ length: options.jobs }, async () => {
  while (next < work.length) {
    const number = next++;
    await run_row(...work[number], number);
  }
}));

const failures = results.filter((r) => r.status === 'failed');
const skipped = results.filter((r) => r.status === 'skipped');
if (failures.length) console.log(`\nfirst failures of ${failures.length}:`);
for (const r of failures.slice(0, shown_failures)) console.log(`  ${r.variant} ${r.host} ${r.suite}: ${r.name}\n    ${r.reason.replace(/\n/g, '\n    ')}`);
const skips = new Map();  // reason: names
for (const r of skipped) {
  const key = `${r.suite}: ${r.reason}`;
  skips.set(key, (skips.get(key) ?? new Set()).add(r.name));
}
for (const [reason, names] of skips) console.log(`skipped ${reason}: ${[...names].slice(0, 4).join(' ')}${names.size > 4 ? ` and ${names.size - 4} more` : ''}`);
for (const note of notes) console.log(note);
if (options.update) update_golden();
print_scores();
print_table();
if (options.verbose) {
  console.log('\nslowest, ms');
  for (const r of results.toSorted((a, b) => b.ms - a.ms).slice(0, 40)) console.log(`${r.ms}  ${r.variant} ${r.host} ${r.suite}: ${r.name}`);
}
const count = (status) => results.filter((r) => r.status === status).length;
if (!results.length) console.log('no test was found');
console.log(`${Math.round((Date.now() - started) / 1000)} s`);
console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
process.exit(failures.length || !results.length ? 1 : 0);
