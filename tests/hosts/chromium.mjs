// Runs suites in a page of headless Chromium: `node tests/hosts/chromium.mjs JOB.json`, records to the
// descriptor 3.
import { readFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serve } from './server.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { chromium } = await import('playwright-core');
const server = await serve(root);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--disable-dev-shm-usage'],
});
let failed = false;
function write(bytes, at) {
  try {
    return writeSync(3, bytes, at);
  } catch (e) {
    if (e.code !== 'EAGAIN') throw e;
    return 0;
  }
}
try {
  const page = await browser.newPage();
  await page.exposeFunction('emit', (records) => {
    const bytes = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    for (let at = 0; at < bytes.length;) at += write(bytes, at);
  });
  page.on('pageerror', (e) => console.error(e.message));
  page.on('crash', () => { console.error('the page crashed'); process.exit(1); });
  await page.goto(server.url);
  await page.evaluate(async (job) => (await import('/tests/hosts/page.mjs')).run(job), job);
} catch (e) {
  console.error(e.message);
  failed = true;
} finally {
  await browser.close();
  server.close();
}
process.exit(failed ? 1 : 0);
