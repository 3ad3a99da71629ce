// The demo's page and examples/page in Chromium, as a visitor sees them: from a plain static server, without
// ranges.
import { readFileSync } from 'node:fs';
import { serve } from '../hosts/server.mjs';
import { notice } from './cases.mjs';
import { write_png } from './png.mjs';

// use(page, url) in a fresh page of Chromium; faults of the page fail the case.
export async function in_chromium(t, folder, use) {
  const { chromium } = await import('playwright-core');
  const server = await serve(folder, { ranges: false, isolated: false });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  const faults = [];
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(90_000);
    page.on('pageerror', (e) => faults.push(e.message));
    page.on('response', (r) => {
      if (r.status() >= 400) faults.push(`${r.url()}: HTTP status ${r.status()}`);
    });
    page.on('request', (r) => {
      if (!r.url().startsWith(server.url) && !/^(data|blob):/.test(r.url())) faults.push(`it asked for ${r.url()}`);
    });
    await use(page, server.url);
    t.equal(faults, [], 'faults of the page');
  } finally {
    await browser.close();
    server.close();
  }
}

const shown = (page) => page.evaluate(() => ({
  status: document.getElementById('status').textContent,
  lines: [...document.querySelectorAll('#lines li')].map((li) => li.firstChild.textContent),
  boxes: document.querySelectorAll('#stage polygon').length,
  times: document.getElementById('times').textContent,
}));
const until = (page, status) =>
  page.waitForFunction((status) => document.getElementById('status').textContent === status, status);

// Drops a file on the page.
const drop = (page, name, type, base64) => page.evaluate(([name, type, base64]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type }));
  document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
}, [name, type, base64]);

export const node_cases = [
  { name: 'the page reads its picture and dropped ones', run: (t) => in_chromium(t, t.root, async (page, url) => {
    await page.goto(`${url}examples/ocr/index.html`);
    const texts = notice.map(([text]) => text);
    await until(page, '12 lines');
    const first = await shown(page);
    t.equal([first.lines, first.boxes], [texts, 12], 'lines and boxes');
    const times = /^Models \d+ ms, detection \d+ ms, all \d+ ms; 900 × 1050 pixels, variant simd$/;
    t.assert(times.test(first.times), first.times);
    await drop(page, 'page.png', 'image/png', btoa('<!doctype html><html></html>'));
    await until(page, 'page.png is no picture that this browser reads, or it is damaged');
    const none = await shown(page);
    t.equal([none.lines, none.boxes, none.times], [[], 0, ''], 'what is left of the picture before');
    const white = write_png({ width: 40, height: 30, colour: 0, rows: () => Array(40).fill(255) });
    await drop(page, 'white.png', 'image/png', white.toString('base64'));
    await until(page, 'There is no text in white.png');
    const notice_bytes = readFileSync(`${t.root}examples/ocr/notice.jpg`);
    await drop(page, 'again.jpg', 'image/jpeg', notice_bytes.toString('base64'));
    await until(page, '12 lines');
    const again = await shown(page);
    t.equal([again.lines, again.boxes], [texts, 12], 'lines and boxes after other pictures');
  }) },
  { name: 'examples/page', run: (t) => in_chromium(t, t.root, async (page, url) => {
    await page.goto(`${url}examples/page/index.html`);
    await page.waitForFunction(() => document.body.textContent.includes('float32'));
  }) },
];
