// Pages of headless Chromium, each in a browser of its own; a static server of the checkout and of one more
// folder, /zoo.
import { chromium } from 'playwright-core';
import { serve } from '../hosts/server.mjs';
import { root } from './options.mjs';

// Gives { evaluate(f, argument), end() }.
export async function open_page(zoo) {
  const server = await serve(root, { folders: { '/zoo/': `${zoo}/` } });
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'] });
  const page = await browser.newPage();
  await page.goto(server.url);
  return {
    evaluate: (f, argument) => page.evaluate(f, argument),
    async end() {
      await browser.close();
      server.close();
    },
  };
}
